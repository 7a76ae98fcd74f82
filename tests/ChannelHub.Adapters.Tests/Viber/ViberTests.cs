using System.Text;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Viber;

namespace ChannelHub.Adapters.Tests.Viber;

public sealed class ViberTests : IAsyncLifetime
{
    private ViberBot bot = null!;

    public async Task InitializeAsync() => bot = await ViberBot.StartAsync();

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public void The_signature_is_that_of_the_test_vector()
    {
        var request = new WebhookRequest
        {
            Method = "POST",
            Url = new Uri("https://hub.example/hooks/chn_1"),
            Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
            {
                ["X-Viber-Content-Signature"] = "5ba804278cbbabd46d97566f50ba78bbbf1972e85a8054d3e2b15cfc052e5fdb",
            },
            Body = """{"event":"webhook","timestamp":1790000000000,"message_token":5000000000000000001}"""u8.ToArray(),
            ReceivedAt = DateTimeOffset.UnixEpoch,
        };
        var channel = (IWebhookReceiver)bot.Open(settings => settings with { AuthToken = "demo-viber-token" });
        WebhookRequest inQuery = request with
        {
            Headers = new Dictionary<string, string>(),
            Url = new Uri("https://hub.example/hooks/chn_1?a=1&sig=5ba804278cbbabd46d97566f50ba78bbbf1972e85a8054d3e2b15cfc052e5fdb"),
        };

        channel.Verify(request).ShouldBeTrue();
        channel.Verify(inQuery).ShouldBeTrue();
        channel.Verify(request with { Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(request.Body.Span) + " ") }).ShouldBeFalse();
        ((IWebhookReceiver)bot.Open(settings => settings with { AuthToken = null })).Verify(request).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    public void A_signature_that_is_wrong_at_one_place_is_refused(int place)
    {
        byte[] body = "{}"u8.ToArray();
        char[] signature = Conformance.Viber.FakeViber.Sign(bot.Viber.Token, body).ToCharArray();
        signature[place] = signature[place] == '0' ? '1' : '0';
        var request = new WebhookRequest
        {
            Method = "POST",
            Url = new Uri("https://hub.example/hooks/chn_1"),
            Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["x-viber-content-signature"] = new(signature) },
            Body = body,
            ReceivedAt = DateTimeOffset.UnixEpoch,
        };

        ((IWebhookReceiver)bot.Open()).Verify(request).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1, FaultKind.ContentRefused, false)]
    [InlineData(2, FaultKind.NotAuthorized, true)]
    [InlineData(3, FaultKind.ContentRefused, false)]
    [InlineData(4, FaultKind.ContentRefused, false)]
    [InlineData(5, FaultKind.UnknownRecipient, false)]
    [InlineData(6, FaultKind.OptedOut, false)]
    [InlineData(7, FaultKind.NotAuthorized, true)]
    [InlineData(8, FaultKind.NotAuthorized, true)]
    [InlineData(9, FaultKind.NotAuthorized, true)]
    [InlineData(10, FaultKind.NotAuthorized, true)]
    [InlineData(11, FaultKind.ContentRefused, false)]
    [InlineData(12, FaultKind.RateLimited, true)]
    [InlineData(13, FaultKind.ContentRefused, false)]
    [InlineData(14, FaultKind.ContentRefused, false)]
    [InlineData(15, FaultKind.NotAuthorized, true)]
    [InlineData(16, FaultKind.ContentRefused, false)]
    [InlineData(17, FaultKind.ContentRefused, false)]
    [InlineData(18, FaultKind.ContentRefused, false)]
    [InlineData(19, FaultKind.NotAuthorized, true)]
    [InlineData(20, FaultKind.NotAuthorized, true)]
    [InlineData(21, FaultKind.ContentRefused, false)]
    [InlineData(22, FaultKind.ContentRefused, false)]
    [InlineData(23, FaultKind.NotAuthorized, true)]
    [InlineData(24, FaultKind.NotAuthorized, true)]
    [InlineData(99, FaultKind.ProviderDown, true)]
    public async Task Every_status_says_what_to_do(int status, FaultKind kind, bool again)
    {
        bot.Viber.Refuse(ViberBot.Ada.Value, status, $"words of {status} with {bot.Viber.Token}");

        SendResult result = await bot.SendAsync(new TextPart("Hello"));

        Fault fault = again ? result.ShouldBeOfType<SendResult.Deferred>().Fault : result.ShouldBeOfType<SendResult.Rejected>().Fault;
        fault.Kind.ShouldBe(kind);
        fault.Detail.ShouldBe($"{status}: words of {status} with •••");
    }

    [Fact]
    public async Task A_customer_who_never_wrote_cannot_be_reached()
    {
        bot.Viber.AddSubscription(ViberBot.Ada.Value, wanted: false);

        (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.OptedOut);
    }

    [Theory]
    [InlineData("ж", 7000)]
    [InlineData("漢", 7000)]
    [InlineData("📦", 3500)]
    [InlineData("\"", 7000)]
    public async Task The_longest_text_of_any_script_stays_within_thirty_kilobytes(string letter, int times)
    {
        await bot.SendAsync(new TextPart(string.Concat(Enumerable.Repeat(letter, times))));

        bot.Viber.Violations.ShouldBeEmpty();
        bot.Viber.Sent.ShouldHaveSingleItem().Message.GetProperty("text").GetString()!.Length.ShouldBe(7000);
    }

    [Theory]
    [InlineData(MediaKind.Image, "image/jpeg", "a.jpg", 1000, "picture")]
    [InlineData(MediaKind.Image, "image/png", "a.png", 1000, "picture")]
    [InlineData(MediaKind.Image, "image/jpeg", "a.jpg", 1024 * 1024 + 1, "file")]
    [InlineData(MediaKind.Image, "image/webp", "a.webp", 1000, "file")]
    [InlineData(MediaKind.Sticker, "image/png", "a.png", 1000, "picture")]
    [InlineData(MediaKind.Video, "video/mp4", "a.mp4", 1000, "video")]
    [InlineData(MediaKind.Video, "video/mp4", "a.mp4", 26 * 1024 * 1024 + 1, "file")]
    [InlineData(MediaKind.Video, "video/webm", "a.webm", 1000, "file")]
    [InlineData(MediaKind.Audio, "audio/ogg", "a.ogg", 1000, "file")]
    [InlineData(MediaKind.File, "application/pdf", "Rechnung №5.pdf", 1000, "file")]
    public async Task A_file_goes_out_in_the_form_that_arrives(MediaKind kind, string contentType, string fileName, long size, string type)
    {
        (await bot.SendFileAsync(kind, contentType, fileName, size)).ShouldBeOfType<SendResult.Sent>();

        bot.Viber.Violations.ShouldBeEmpty();
        bot.Viber.Sent.ShouldHaveSingleItem().Message.GetProperty("type").GetString().ShouldBe(type);
    }

    [Fact]
    public async Task A_file_without_a_public_address_is_refused_with_the_reason()
    {
        SendResult result = await bot.SendAsync(SampleMessages.Picture(ViberBot.Ada).Part, SampleMessages.Picture(ViberBot.Ada).Media! with { Link = null });

        result.ShouldBeOfType<SendResult.Rejected>().Fault.Detail.ShouldContain("CHANNELHUB_PUBLIC_URL");
        bot.Viber.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_place_or_a_card_cannot_hold_is_written_out()
    {
        await bot.SendAsync(new LocationPart(52.2297, 21.0122));
        await bot.SendAsync(new LocationPart(52.2297, 21.0122, "The shop", "Street 1"));
        await bot.SendAsync(new ContactPart("Desk", ["+48221234567"], []));
        await bot.SendAsync(new ContactPart("Desk", ["+48221234567", "+48221234568"], ["desk@shop.example"]));

        bot.Viber.Violations.ShouldBeEmpty();
        bot.Viber.Sent.Select(one => one.Message.GetProperty("type").GetString()).ShouldBe(["location", "text", "contact", "text"]);
        bot.Viber.Sent[1].Message.GetProperty("text").GetString().ShouldBe("The shop\nStreet 1\n52.2297, 21.0122");
        bot.Viber.Sent[3].Message.GetProperty("text").GetString().ShouldBe("Desk\n+48221234567\n+48221234568\ndesk@shop.example");
    }

    [Fact]
    public async Task A_press_of_any_button_comes_back_as_its_id_and_label()
    {
        var channel = (IWebhookRegistrar)bot.Open();
        var received = new List<MessageReceived>();
        await using ScriptedProvider hub = await ScriptedProvider.StartAsync(call =>
        {
            var input = AuthenticInput.Pulled(call.Body, DateTimeOffset.UnixEpoch);
            received.AddRange(((IReceiver)channel).Parse(input).Entries.OfType<Entry.Understood>().Select(entry => entry.Event).OfType<MessageReceived>());
            return ScriptedReply.Text("", contentType: "text/plain");
        });
        (await channel.RegisterWebhookAsync(hub.Address, CancellationToken.None)).Ok.ShouldBeTrue();
        await bot.SendAsync(new ButtonsPart("Really <now>?", [new Button("order:17|ja ✓%41", "Ja | nein <b>"), new Button("x", "Page", "https://shop.example/?a=1&b=2")]));

        bot.Viber.AddPress(ViberBot.Ada.Value);
        await bot.Viber.DeliverAsync();

        bot.Viber.Violations.ShouldBeEmpty();
        received.ShouldHaveSingleItem().Parts.ShouldBe([new ReplyPart("order:17|ja ✓%41", "Ja | nein <b>")]);
    }

    [Fact]
    public async Task Opening_the_chat_is_answered_with_the_welcome_message_that_carries_the_context()
    {
        IChannel channel = bot.Open(settings => settings with { WelcomeMessage = "Good day!" });
        await using ScriptedProvider hub = await ScriptedProvider.StartAsync(call =>
            ((IReceiver)channel).Parse(AuthenticInput.Pulled(call.Body, DateTimeOffset.UnixEpoch)).Reply is { } reply
                ? ScriptedReply.Bytes(reply.Body, reply.ContentType)
                : ScriptedReply.Text("", contentType: "text/plain"));
        await ((IWebhookRegistrar)channel).RegisterWebhookAsync(hub.Address, CancellationToken.None);

        bot.Viber.AddOpened("new==", "cart-17");
        await bot.Viber.DeliverAsync();

        bot.Viber.Violations.ShouldBeEmpty();
        bot.Viber.Sent.ShouldHaveSingleItem().Message.GetProperty("tracking_data").GetString().ShouldBe("ctx:cart-17");
    }

    [Fact]
    public async Task Registering_fails_with_words_while_the_hook_does_not_answer()
    {
        await using ScriptedProvider hub = await ScriptedProvider.StartAsync(_ => ScriptedReply.Text("no", 404));

        ProbeResult result = await ((IWebhookRegistrar)bot.Open()).RegisterWebhookAsync(hub.Address, CancellationToken.None);

        result.Ok.ShouldBeFalse();
        result.Detail.ShouldContain("not 200");
        bot.Viber.Webhook.ShouldBeNull();
    }

    [Fact]
    public async Task A_probe_tells_that_another_program_took_the_webhook()
    {
        var channel = (IWebhookRegistrar)bot.Open();
        await using ScriptedProvider hub = await ScriptedProvider.StartAsync(_ => ScriptedReply.Text(""));
        (await channel.ProbeAsync(CancellationToken.None)).Detail.ShouldContain("no webhook is registered");

        await channel.RegisterWebhookAsync(hub.Address, CancellationToken.None);
        (await channel.ProbeAsync(CancellationToken.None)).Detail.ShouldContain("webhook at 127.0.0.1");
        await ((IWebhookRegistrar)bot.Open()).RegisterWebhookAsync(new Uri(hub.Address, "other"), CancellationToken.None);

        (await channel.ProbeAsync(CancellationToken.None)).Detail.ShouldContain("another program has taken the webhook");
    }

    [Fact]
    public void The_token_is_both_halves_of_the_settings()
    {
        SettingsHalves bare = new ViberChannelType().Halves(new ViberSettings());
        SettingsHalves full = new ViberChannelType().Halves(new ViberSettings { AuthToken = "t" });

        (bare.Receiving.Complete, bare.Sending.Complete, full.Receiving.Complete, full.Sending.Complete).ShouldBe((false, false, true, true));
    }
}
