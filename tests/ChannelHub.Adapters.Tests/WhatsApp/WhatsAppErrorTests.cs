using ChannelHub.Adapters.Conformance.Meta;

namespace ChannelHub.Adapters.Tests.WhatsApp;

public sealed class WhatsAppErrorTests : IAsyncLifetime
{
    private WhatsAppAccount account = null!;

    public async Task InitializeAsync() => account = await WhatsAppAccount.StartAsync();

    public async Task DisposeAsync() => await account.DisposeAsync();

    [Theory]
    [InlineData(131047, FaultKind.WindowClosed)]
    [InlineData(131026, FaultKind.UnknownRecipient)]
    [InlineData(131049, FaultKind.ContentRefused)]
    [InlineData(131050, FaultKind.ContentRefused)]
    [InlineData(130472, FaultKind.ContentRefused)]
    [InlineData(131030, FaultKind.ContentRefused)]
    [InlineData(130497, FaultKind.ContentRefused)]
    [InlineData(131008, FaultKind.ContentRefused)]
    [InlineData(131009, FaultKind.ContentRefused)]
    [InlineData(100, FaultKind.ContentRefused)]
    [InlineData(131021, FaultKind.ContentRefused)]
    [InlineData(131051, FaultKind.ContentRefused)]
    [InlineData(131062, FaultKind.ContentRefused)]
    [InlineData(131063, FaultKind.ContentRefused)]
    [InlineData(132000, FaultKind.ContentRefused)]
    [InlineData(132001, FaultKind.ContentRefused)]
    [InlineData(132005, FaultKind.ContentRefused)]
    [InlineData(132007, FaultKind.ContentRefused)]
    [InlineData(132008, FaultKind.ContentRefused)]
    [InlineData(132012, FaultKind.ContentRefused)]
    [InlineData(132015, FaultKind.ContentRefused)]
    [InlineData(132016, FaultKind.ContentRefused)]
    [InlineData(132068, FaultKind.ContentRefused)]
    [InlineData(138000, FaultKind.ContentRefused)]
    [InlineData(138013, FaultKind.ContentRefused)]
    [InlineData(999999, FaultKind.ContentRefused)]
    public async Task A_refusal_for_good_says_what_to_do(int code, FaultKind kind)
    {
        account.Api.Script("POST messages", GraphReply.Error(code, "Something", details: "more of it"));

        Fault fault = (await account.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Rejected>().Fault;

        fault.ShouldBe(new Fault(kind, $"(#{code}) Something: more of it ({code})"));
    }

    [Theory]
    [InlineData(0, 401, null)]
    [InlineData(190, 401, null)]
    [InlineData(3, 400, null)]
    [InlineData(10, 403, null)]
    [InlineData(200, 403, null)]
    [InlineData(299, 403, null)]
    [InlineData(131031, 400, null)]
    [InlineData(368, 400, null)]
    [InlineData(131042, 400, null)]
    [InlineData(131037, 400, null)]
    [InlineData(131045, 400, null)]
    [InlineData(100, 400, 33)]
    public async Task Trouble_with_the_account_stops_the_channel_and_keeps_the_message(int code, int status, int? subcode)
    {
        account.Api.Script("POST messages", GraphReply.Error(code, status: status, subcode: subcode));

        Fault fault = (await account.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>().Fault;

        (fault.Kind, fault.WholeChannel).ShouldBe((FaultKind.NotAuthorized, true));
    }

    [Theory]
    [InlineData(4, 400, true, null)]
    [InlineData(80007, 400, true, null)]
    [InlineData(130429, 429, true, null)]
    [InlineData(777777, 429, true, null)]
    [InlineData(131056, 400, false, 1)]
    [InlineData(131048, 400, true, 3600)]
    [InlineData(131064, 400, false, 3600)]
    [InlineData(132069, 400, false, 3600)]
    [InlineData(133016, 400, false, 3600)]
    public async Task Too_fast_waits(int code, int status, bool wholeChannel, int? seconds)
    {
        account.Api.Script("POST messages", GraphReply.Error(code, status: status));

        var deferred = (await account.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>();

        (deferred.Fault.Kind, deferred.Fault.WholeChannel).ShouldBe((FaultKind.RateLimited, wholeChannel));
        (deferred.RetryAfter?.TotalSeconds).ShouldBe(seconds);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 4)]
    [InlineData(4, 64)]
    [InlineData(99, 4096)]
    public async Task Too_many_to_one_customer_waits_four_times_as_long_each_time(int attempt, int seconds)
    {
        account.Api.Script("POST messages", GraphReply.Error(131056));

        var deferred = (await account.SendAsync(new TextPart("Hello"), attempt: attempt)).ShouldBeOfType<SendResult.Deferred>();

        deferred.RetryAfter.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [InlineData("""{"2000300040005":[{"type":"whatsapp","call_count":100,"estimated_time_to_regain_access":12}]}""", 720)]
    [InlineData("""{"call_count":100}""", null)]
    [InlineData("nonsense", null)]
    [InlineData("""{"x":[{"estimated_time_to_regain_access":-5}]}""", null)]
    [InlineData("""{"x":[{"estimated_time_to_regain_access":1e300}]}""", 86_400)]
    public async Task The_wait_that_the_usage_header_tells_is_kept(string usage, int? seconds)
    {
        account.Api.Script("POST messages", GraphReply.Error(80007).With("X-Business-Use-Case-Usage", usage));

        var deferred = (await account.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>();

        (deferred.RetryAfter?.TotalSeconds).ShouldBe(seconds);
    }

    [Theory]
    [InlineData(1, 400, 1, true)]
    [InlineData(2, 503, 1, true)]
    [InlineData(131000, 500, 5, true)]
    [InlineData(131016, 400, 1, true)]
    [InlineData(131057, 400, 1, true)]
    [InlineData(135000, 400, 2, true)]
    [InlineData(135000, 400, 3, false)]
    [InlineData(131052, 400, 1, true)]
    [InlineData(131052, 400, 2, false)]
    [InlineData(131053, 400, 1, true)]
    [InlineData(131053, 400, 2, false)]
    public async Task Trouble_at_WhatsApp_is_tried_again_as_often_as_it_helps(int code, int status, int attempt, bool again)
    {
        account.Api.Script("POST messages", GraphReply.Error(code, status: status));

        SendResult result = await account.SendAsync(new TextPart("Hello"), attempt: attempt);

        (result is SendResult.Deferred { Fault.Kind: FaultKind.ProviderDown }).ShouldBe(again, result.ToString());
        (result is SendResult.Rejected { Fault.Kind: FaultKind.ContentRefused }).ShouldBe(!again);
    }

    [Theory]
    [InlineData(502, "<html>")]
    [InlineData(504, "<html>")]
    [InlineData(200, "<html>")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"messages":[]}""")]
    [InlineData(200, """{"messages":[{"id":17}]}""")]
    [InlineData(200, "{\"messages\":[{\"id\":")]
    [InlineData(200, "[]")]
    public async Task An_answer_that_proves_nothing_leaves_it_unconfirmed(int status, string body)
    {
        account.Api.Script("POST messages", GraphReply.Raw(status, body));

        (await account.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Unconfirmed>();
    }

    [Fact]
    public async Task A_closed_window_lets_only_templates_through()
    {
        account.Api.CloseWindow("447700900123");

        (await account.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.WindowClosed);
        (await account.SendAsync(new TemplatePart("hello_world", "en_US", []))).ShouldBeOfType<SendResult.Sent>();
    }

    [Fact]
    public async Task A_revoked_token_stops_the_channel()
    {
        IChannel channel = account.Open();
        account.Api.AccessToken = "another";

        Fault fault = (await ((IMessageSender)channel).SendAsync(Conformance.SampleMessages.Text(WhatsAppAccount.Ada), CancellationToken.None))
            .ShouldBeOfType<SendResult.Deferred>().Fault;

        (fault.Kind, fault.WholeChannel).ShouldBe((FaultKind.NotAuthorized, true));
        (await channel.ProbeAsync(CancellationToken.None)).Fault!.Kind.ShouldBe(FaultKind.NotAuthorized);
    }

    [Theory]
    [InlineData("not an address", "api_base_url is not an http address")]
    [InlineData("https://graph.example/?x=", "api_base_url is not an http address")]
    public async Task A_wrong_address_of_the_API_stops_the_channel_with_words(string address, string words)
    {
        var sender = (IMessageSender)account.Open(settings => settings with { ApiBaseUrl = address });

        SendResult result = await sender.SendAsync(Conformance.SampleMessages.Text(WhatsAppAccount.Ada), CancellationToken.None);

        result.ShouldBeOfType<SendResult.Deferred>().Fault.ShouldBe(new Fault(FaultKind.NotAuthorized, words) { WholeChannel = true });
    }

    [Fact]
    public async Task A_token_with_a_line_break_is_never_sent()
    {
        var sender = (IMessageSender)account.Open(settings => settings with { AccessToken = "EAA\nX-Evil: 1" });

        (await sender.SendAsync(Conformance.SampleMessages.Text(WhatsAppAccount.Ada), CancellationToken.None)).ShouldBeOfType<SendResult.Deferred>();
        account.Api.Calls.ShouldBeEmpty();
    }
}
