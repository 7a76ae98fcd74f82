using ChannelHub.Adapters.Conformance.Twilio;
using ChannelHub.Adapters.Tests.Vk;
using ChannelHub.Twilio;

namespace ChannelHub.Adapters.Tests.Twilio;

public sealed class TwilioVoiceTests : IAsyncLifetime
{
    private TwilioShop shop = null!;

    public async Task InitializeAsync() => shop = await TwilioShop.StartAsync();

    public async Task DisposeAsync() => await shop.DisposeAsync();

    [Fact]
    public async Task A_caller_leaves_a_message_that_comes_with_its_words()
    {
        await using TinyHub hub = await HubAsync(TwilioFacts.Menu with { Hours = null });
        shop.Twilio.DelayRecordings(1);

        TwilioCall call = await shop.Twilio.CallAsync(TwilioShop.Number, new TwilioCaller(TwilioShop.Ada.Value) { Keys = ["1", "2"], Speaks = 17, Verdict = "TN-Validation-Passed-A" });
        await shop.Twilio.DeliverAsync(new Conformance.FakeMischief { ShuffleSeed = 3 });

        Quiet(hub);
        call.Heard.ShouldBe(["[en-GB] For English press 1.", "[pl-PL] Po polsku: 2.", "[en-GB] For sales press 1, to leave a message press 2, to be called back press 3.",
            "[en-GB] Leave a message after the tone. It is recorded.", "[en-GB] Thank you."]);
        CallReported[] reports = Reports(hub, call);
        reports.Max(report => report.Call.Status).ShouldBe(CallStatus.Voicemail);
        reports.ShouldAllBe(report => report.Sender == null || report.Sender.Assurance == Assurance.Proven);
        reports.Where(report => report.Call.Recording is not null).Select(report => report.Call.Recording!.Media.Reference).Distinct().ShouldHaveSingleItem();
        reports.Single(report => report.Call.Transcript is not null).Call.Transcript.ShouldBe("Please call me back");
        reports.Single(report => report.Call.Status == CallStatus.Completed).Call.DurationSeconds.ShouldBe(25);

        string reference = reports.First(report => report.Call.Recording is not null).Call.Recording!.Media.Reference!;
        var source = (IMediaSource)shop.Voice(null);
        (await source.OpenMediaAsync(reference, CancellationToken.None)).ShouldBe(new MediaResult.Later("the recording is not there yet", TimeSpan.FromSeconds(5)));
        (await source.OpenMediaAsync(reference, CancellationToken.None)).ShouldBeOfType<MediaResult.Opened>();
    }

    [Fact]
    public async Task A_caller_asks_in_Polish_to_be_called_back()
    {
        await using TinyHub hub = await HubAsync(TwilioFacts.Menu with { Hours = null });

        TwilioCall call = await shop.Twilio.CallAsync(TwilioShop.Number, new TwilioCaller(TwilioShop.Ada.Value) { Keys = ["2", "5", "3"] });

        Quiet(hub);
        call.Heard[^1].ShouldBe("[pl-PL] Oddzwonimy.");
        CallReported wish = Reports(hub, call).Single(report => report.Call.CallbackWanted);
        wish.Call.Choices.ShouldBe(["Hours", "Call back"]);
        wish.Sender!.Key.ShouldBe(TwilioShop.Ada);
        wish.Sender.Assurance.ShouldBe(Assurance.Claimed);
    }

    [Theory]
    [InlineData("completed", CallStatus.Answered)]
    [InlineData("no-answer", CallStatus.Voicemail)]
    public async Task A_call_is_put_through_and_falls_back_to_a_message(string dialled, CallStatus status)
    {
        await using TinyHub hub = await HubAsync(TwilioFacts.Menu with { Hours = null });

        TwilioCall call = await shop.Twilio.CallAsync(TwilioShop.Number, new TwilioCaller(TwilioShop.Ada.Value) { Keys = ["1", "1"], Dialled = dialled, Speaks = 5 });
        await shop.Twilio.DeliverAsync();

        Quiet(hub);
        Reports(hub, call).Max(report => report.Call.Status).ShouldBe(status);
    }

    [Fact]
    public async Task Silence_ends_in_a_message_and_not_in_a_circle()
    {
        await using TinyHub hub = await HubAsync(TwilioFacts.Menu with { Hours = null });

        TwilioCall call = await shop.Twilio.CallAsync(TwilioShop.Number, new TwilioCaller(TwilioShop.Ada.Value) { Keys = ["", "", "9", ""] });

        Quiet(hub);
        call.Heard.Count(words => words.Contains("For sales", StringComparison.Ordinal)).ShouldBe(3);
        call.Heard[^1].ShouldContain("after the tone");
    }

    [Fact]
    public async Task Without_a_menu_a_caller_is_asked_for_a_message()
    {
        await using TinyHub hub = await HubAsync(null);

        TwilioCall call = await shop.Twilio.CallAsync(TwilioShop.Number, new TwilioCaller(TwilioShop.Ada.Value) { Speaks = 9 });

        Quiet(hub);
        call.Heard.ShouldBe(["[en-GB] Please leave a message after the tone. It will be recorded.", "[en-GB] Thank you. Goodbye."]);
        call.Recording.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_call_that_nobody_took_is_missed()
    {
        await using TinyHub hub = await HubAsync(TwilioFacts.Menu);

        TwilioCall call = await shop.Twilio.CallAsync(TwilioShop.Number, new TwilioCaller(TwilioShop.Ada.Value) { HangsUp = true });
        await shop.Twilio.DeliverAsync();

        Quiet(hub);
        Reports(hub, call).Select(report => report.Call.Status).ShouldBe([CallStatus.Ringing, CallStatus.Missed]);
    }

    [Fact]
    public async Task Whoever_withholds_the_number_is_nobody_but_their_message_is_kept()
    {
        await using TinyHub hub = await HubAsync(TwilioFacts.Menu with { Hours = null });

        TwilioCall call = await shop.Twilio.CallAsync(TwilioShop.Number, new TwilioCaller("anonymous") { Keys = ["1", "2"], Speaks = 9 });
        await shop.Twilio.DeliverAsync();

        Quiet(hub);
        CallReported[] reports = Reports(hub, call);
        reports.Where(report => report.Sender is not null).ShouldAllBe(report => report.Sender!.Key == new Key("call", KeyScopes.Channel, call.Sid));
        reports.ShouldContain(report => report.Call.Recording != null && report.Sender != null);
    }

    [Fact]
    public async Task Both_hooks_are_entered_at_the_number()
    {
        await using TinyHub hub = await HubAsync(null, register: false);

        (await ((IWebhookRegistrar)shop.Voice(null)).RegisterWebhookAsync(hub.Url, CancellationToken.None)).Ok.ShouldBeTrue();
        TwilioCall call = await shop.Twilio.CallAsync(TwilioShop.Number, new TwilioCaller(TwilioShop.Ada.Value));
        await shop.Twilio.DeliverAsync();

        Quiet(hub);
        Reports(hub, call).Select(report => report.Call.Status).ShouldBe([CallStatus.Ringing, CallStatus.Completed]);
    }

    [Fact]
    public async Task A_forged_call_is_refused()
    {
        await using TinyHub hub = await HubAsync(null);
        shop.Twilio.Token = "changed";

        await shop.Twilio.CallAsync(TwilioShop.Number, new TwilioCaller(TwilioShop.Ada.Value));

        hub.Refused.ShouldBe(1);
        hub.Events.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("2026-09-21T08:59:00+02:00", false)]
    [InlineData("2026-09-21T09:00:00+02:00", true)]
    [InlineData("2026-09-21T16:59:59+02:00", true)]
    [InlineData("2026-09-21T17:00:00+02:00", false)]
    [InlineData("2026-09-20T12:00:00+02:00", false)]
    [InlineData("2026-12-25T12:00:00+01:00", false)]
    [InlineData("2026-12-24T08:30:00Z", true)]
    public void The_hours_are_those_of_the_shops_own_clock(string at, bool open) =>
        new IvrClock(TwilioFacts.Menu.Hours).IsOpen(DateTimeOffset.Parse(at)).ShouldBe(open);

    [Theory]
    [InlineData("2026-09-25T23:00:00Z", true)]
    [InlineData("2026-09-26T01:59:00Z", true)]
    [InlineData("2026-09-26T02:00:00Z", false)]
    [InlineData("2026-09-26T23:00:00Z", false)]
    [InlineData("2026-10-02T23:00:00Z", false)]
    [InlineData("2026-10-03T01:00:00Z", false)]
    public void A_span_past_midnight_belongs_to_the_day_it_began(string at, bool open) => new IvrClock(new IvrHours
    {
        Open = [new IvrSpan(DayOfWeek.Friday, "22:00", "02:00")], Holidays = ["2026-10-02"],
    }).IsOpen(DateTimeOffset.Parse(at)).ShouldBe(open);

    [Fact]
    public void A_clock_of_an_unknown_place_says_so()
    {
        var clock = new IvrClock(new IvrHours { TimeZone = "Middle/Earth", Open = [new(DayOfWeek.Monday, "00:00", "24:00"), new(DayOfWeek.Tuesday, "late", "later")] });

        clock.IsZoneKnown.ShouldBeFalse();
        clock.IsOpen(new DateTimeOffset(2026, 9, 21, 23, 59, 0, TimeSpan.Zero)).ShouldBeTrue();
        clock.IsOpen(new DateTimeOffset(2026, 9, 22, 12, 0, 0, TimeSpan.Zero)).ShouldBeFalse();
    }

    private async Task<TinyHub> HubAsync(IvrSettings? ivr, bool register = true)
    {
        IChannel? channel = null;
        TinyHub hub = await TinyHub.StartAsync(new TwilioVoiceChannelType(), () => channel!);
        shop.Hook = hub.Url;
        channel = shop.Voice(ivr);
        shop.Twilio.AddNumber(TwilioShop.Number, voiceUrl: register ? hub.Url : null, statusCallback: register ? new Uri(hub.Url.AbsoluteUri + "/status") : null);
        return hub;
    }

    private void Quiet(TinyHub hub)
    {
        shop.Twilio.Violations.ShouldBeEmpty();
        hub.Refused.ShouldBe(0);
    }

    private static CallReported[] Reports(TinyHub hub, TwilioCall call) => [.. hub.Events.OfType<CallReported>().Where(report => report.Id == new ExternalId(call.Sid))];
}
