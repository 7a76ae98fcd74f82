using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChannelHub.Adapters.Tests.Http;

public sealed class HttpSendingTests : IAsyncLifetime
{
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private ScriptedProvider receiver = null!;

    public async Task InitializeAsync() => receiver = await ScriptedProvider.StartAsync(_ => ScriptedReply.Json("""{"external_id":"m-1","status":"sent"}"""));

    public async Task DisposeAsync()
    {
        client.Dispose();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_message_goes_out_signed_under_the_id_that_every_attempt_shares()
    {
        OutboundMessage message = SampleMessages.Text(HttpExamples.Ada, "th-9") with
        {
            ReplyTo = new ExternalId("msg-5501"), AuthorName = "Mia", Attempt = 3,
        };

        (await Sender().SendAsync(message, CancellationToken.None)).ShouldBe(new SendResult.Sent(new ExternalId("m-1")));

        ProviderCall call = receiver.Calls.ShouldHaveSingleItem();
        call.Method.ShouldBe("POST");
        call.Path.ShouldBe("/in");
        call.Headers["webhook-id"].ShouldBe(message.Key);
        call.Headers["webhook-timestamp"].ShouldBe(HttpExamples.Now.ToUnixTimeSeconds().ToString());
        call.Headers["webhook-signature"].ShouldBe(
            HttpExamples.Signature(HttpExamples.OutboundSecret, message.Key, call.Headers["webhook-timestamp"], call.Body.Span));
        call.Text.ShouldBe("""
            {"type":"message.send","timestamp":"2026-09-21T12:00:00.000Z","data":{"id":"msg_0000000000001.0","channel_id":"chn_0000000000001","thread_id":"th-9","recipient":{"external_id":"u-77"},"reply_to":"msg-5501","content":[{"type":"text","text":"Grüße aus Łódź, your parcel is on its way \uD83D\uDCE6"}],"author":{"kind":"agent","name":"Mia"},"attempt":3}}
            """, StringCompareShould.IgnoreLineEndings);
    }

    [Fact]
    public async Task A_file_goes_out_as_a_link_and_without_one_is_refused()
    {
        OutboundMessage picture = SampleMessages.Picture(HttpExamples.Ada);
        await Sender().SendAsync(picture, CancellationToken.None);
        Content().GetRawText().ShouldBe("""
            {"type":"image","url":"https://hub.example/v1/attachments/att_0000000000001?signature=abc","name":"parcel.png","mime":"image/png","size":70,"caption":"The parcel as it left us"}
            """.Replace("70", picture.Media!.Size.ToString(), StringComparison.Ordinal), StringCompareShould.IgnoreLineEndings);

        SendResult result = await Sender().SendAsync(picture with { Media = picture.Media with { Link = null } }, CancellationToken.None);
        result.ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.ContentRefused);
    }

    [Fact]
    public async Task Buttons_stand_beside_the_text_and_bring_back_their_id()
    {
        await Sender().SendAsync(SampleMessages.Buttons(HttpExamples.Ada), CancellationToken.None);
        Content().GetProperty("type").GetString().ShouldBe("text");
        Data().GetProperty("buttons")[0].GetRawText().ShouldBe("""{"id":"yes","label":"Yes, please","payload":"yes"}""");
    }

    [Theory]
    [InlineData(200, """{"external_id":"m-9","status":"delivered"}""", "m-9", DeliveryState.Delivered)]
    [InlineData(200, """{"external_id":9}""", "9", DeliveryState.Sent)]
    [InlineData(200, "{}", "msg_0000000000001.0", DeliveryState.Sent)]
    [InlineData(200, "", "msg_0000000000001.0", DeliveryState.Sent)]
    [InlineData(200, "OK\n", "msg_0000000000001.0", DeliveryState.Sent)]
    [InlineData(202, "queued", "msg_0000000000001.0", DeliveryState.Sent)]
    [InlineData(409, """{"external_id":"m-9"}""", "m-9", DeliveryState.Sent)]
    public async Task Success_carries_the_other_systems_id_or_ours(int status, string body, string id, DeliveryState state)
    {
        receiver.Begin(_ => ScriptedReply.Json(body, status));
        (await Send()).ShouldBe(new SendResult.Sent(new ExternalId(id), state));
    }

    [Theory]
    [InlineData(400, """{"error":{"code":"bad","message":"no"}}""", FaultKind.ContentRefused)]
    [InlineData(413, "", FaultKind.ContentRefused)]
    [InlineData(415, "", FaultKind.ContentRefused)]
    [InlineData(422, """{"error":{"code":"recipient_unknown"}}""", FaultKind.UnknownRecipient)]
    [InlineData(404, "", FaultKind.UnknownRecipient)]
    [InlineData(400, """{"error":{"code":"blocked"}}""", FaultKind.OptedOut)]
    [InlineData(403, """{"error":{"code":"opted_out"}}""", FaultKind.OptedOut)]
    [InlineData(400, """{"error":{"code":"window_closed"}}""", FaultKind.WindowClosed)]
    [InlineData(409, "{}", FaultKind.ContentRefused)]
    [InlineData(302, "", FaultKind.ContentRefused)]
    [InlineData(200, """{"status":"failed","error":{"code":"blocked"}}""", FaultKind.OptedOut)]
    public async Task A_refusal_says_what_to_do_next(int status, string body, FaultKind kind)
    {
        receiver.Begin(_ => ScriptedReply.Json(body, status));
        (await Send()).ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(kind);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(410)]
    public async Task A_refused_signature_or_an_endpoint_that_is_gone_speaks_of_the_whole_channel(int status)
    {
        receiver.Begin(_ => ScriptedReply.Json("{}", status));
        Fault fault = (await Send()).ShouldBeOfType<SendResult.Deferred>().Fault;
        fault.Kind.ShouldBe(FaultKind.NotAuthorized);
        fault.WholeChannel.ShouldBeTrue();
    }

    [Fact]
    public async Task Redirects_are_not_followed()
    {
        await using ScriptedProvider elsewhere = await ScriptedProvider.StartAsync(_ => ScriptedReply.Json("{}"));
        receiver.Begin(_ => ScriptedReply.Json("", 307).With("Location", elsewhere.Address.AbsoluteUri));
        (await Send()).ShouldBeOfType<SendResult.Rejected>();
        elsewhere.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Words_of_a_refusal_are_kept_short()
    {
        receiver.Begin(_ => ScriptedReply.Json($$$"""{"error":{"code":"bad","message":"{{{new string('x', 5000)}}}"}}""", 400));
        (await Send()).ShouldBeOfType<SendResult.Rejected>().Fault.Detail.Length.ShouldBeLessThan(400);
    }

    [Fact]
    public async Task What_is_not_declared_is_refused_and_never_posted()
    {
        HttpSettings plain = HttpExamples.Settings(receiver.Address) with { Capabilities = new HttpCapabilities { Types = ["text"] } };
        IChannel channel = Open(plain);
        var unit = new SentUnit(HttpExamples.Ada, null, new ExternalId("m-1"));
        SendResult[] results =
        [
            await ((IMessageSender)channel).SendAsync(SampleMessages.Location(HttpExamples.Ada), CancellationToken.None),
            await ((IMessageEditor)channel).EditAsync(unit, new TextPart("x"), CancellationToken.None),
            await ((IMessageDeleter)channel).DeleteAsync(unit, CancellationToken.None),
            await ((IReactionSender)channel).ReactAsync(unit, "👍", CancellationToken.None),
        ];
        await ((ITypingSignal)channel).ShowTypingAsync(HttpExamples.Ada, null, CancellationToken.None);
        await ((IReadMarker)channel).MarkReadAsync(unit, CancellationToken.None);

        results.ShouldAllBe(result => result is SendResult.Rejected);
        receiver.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Changes_name_the_message_by_the_other_systems_id()
    {
        var unit = new SentUnit(HttpExamples.Ada, "th-9", new ExternalId("m-1"));
        IChannel channel = Open(HttpExamples.Settings(receiver.Address));
        await ((IMessageEditor)channel).EditAsync(unit, new TextPart("Better"), CancellationToken.None);
        await ((IReactionSender)channel).ReactAsync(unit, null, CancellationToken.None);

        receiver.Calls[0].Text.ShouldContain("""
            "data":{"channel_id":"chn_0000000000001","message_id":"m-1","thread_id":"th-9","recipient":{"external_id":"u-77"},"content":[{"type":"text","text":"Better"}]}
            """.Trim());
        receiver.Calls[1].Text.ShouldContain("\"action\":\"removed\"");
        receiver.Calls[0].Headers["webhook-id"].ShouldNotBe(receiver.Calls[1].Headers["webhook-id"]);
    }

    [Theory]
    [InlineData("not an address", HttpExamples.OutboundSecret)]
    [InlineData("ftp://127.0.0.1/", HttpExamples.OutboundSecret)]
    [InlineData("http://127.0.0.1/", "whsec_%%%")]
    [InlineData("http://127.0.0.1/", "whsec_")]
    public async Task Settings_that_cannot_work_pause_the_channel_and_do_not_crash_it(string sendUrl, string secret)
    {
        IChannel channel = Open(new HttpSettings { SendUrl = sendUrl, OutboundSecret = secret });
        SendResult result = await ((IMessageSender)channel).SendAsync(SampleMessages.Text(HttpExamples.Ada), CancellationToken.None);
        result.ShouldBeOfType<SendResult.Deferred>().Fault.Kind.ShouldBe(FaultKind.NotAuthorized);
        (await channel.ProbeAsync(CancellationToken.None)).Ok.ShouldBeFalse();
    }

    [Fact]
    public async Task A_probe_points_at_an_inbound_secret_that_verifies_nothing()
    {
        ProbeResult result = await Open(new HttpSettings { InboundSecrets = ["secret!"] }).ProbeAsync(CancellationToken.None);
        result.Ok.ShouldBeFalse();
        result.Detail.ShouldContain("inbound_secrets");
        result.Detail.ShouldNotContain("secret!");
    }

    [Fact]
    public async Task Half_a_character_in_a_text_does_not_break_the_post() =>
        (await Sender().SendAsync(SampleMessages.Text(HttpExamples.Ada) with { Part = new TextPart("a\ud800b") }, CancellationToken.None))
            .ShouldBeOfType<SendResult.Sent>();

    private ValueTask<SendResult> Send() => Sender().SendAsync(SampleMessages.Text(HttpExamples.Ada), CancellationToken.None);

    private IMessageSender Sender() => (IMessageSender)Open(HttpExamples.Settings(receiver.Address));

    private IChannel Open(HttpSettings settings) => new HttpChannelType().Open(
        settings, new ChannelEnvironment(client, new ManualTimeProvider(HttpExamples.Now), NullLogger.Instance) { ChannelId = "chn_0000000000001" });

    private JsonElement Data() => JsonDocument.Parse(receiver.Calls[^1].Body).RootElement.GetProperty("data");

    private JsonElement Content() => Data().GetProperty("content")[0];
}
