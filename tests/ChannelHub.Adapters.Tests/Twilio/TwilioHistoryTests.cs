using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Twilio;
using ChannelHub.Twilio;

namespace ChannelHub.Adapters.Tests.Twilio;

/// <summary>What was written while nobody took the webhooks.</summary>
public sealed class TwilioHistoryTests : IAsyncLifetime
{
    private const string Ada = "+447700900123";
    private const string Service = "MG00000000000000000000000000000001";

    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 9, 21, 12, 0, 0, TimeSpan.Zero));
    private readonly HttpClient client = new();
    private FakeTwilio twilio = null!;

    public async Task InitializeAsync() => twilio = await FakeTwilio.StartAsync(clock: clock);

    public async Task DisposeAsync()
    {
        twilio.Violations.ShouldBeEmpty();
        client.Dispose();
        await twilio.DisposeAsync();
    }

    [Fact]
    public async Task A_missed_message_is_what_its_webhook_would_have_made_and_has_its_time()
    {
        string file = twilio.AddFile([1, 2, 3], "image/jpeg");
        string sid = twilio.AddText(Ada, TwilioShop.Number, "Là! & more = 100 %", ("MediaUrl0", file), ("MediaContentType0", "image/jpeg"));
        clock.Advance(TimeSpan.FromMinutes(10));

        var received = (await EventsAsync(Sms(), null)).ShouldHaveSingleItem().ShouldBeOfType<MessageReceived>();

        received.Id.Value.ShouldBe(sid);
        received.Sender.Key.ShouldBe(new Key(KeyKinds.Phone, Ada));
        received.At.ShouldBe(new DateTimeOffset(2026, 9, 21, 12, 0, 0, TimeSpan.Zero));
        MediaPart part = received.Parts.ShouldHaveSingleItem().ShouldBeOfType<MediaPart>();
        (part.Kind, part.Caption).ShouldBe((MediaKind.Image, "Là! & more = 100 %"));
        part.Media.Reference.ShouldBe(file.Replace("MM1", sid, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_what_was_written_to_this_sender_is_fetched()
    {
        twilio.AddText(Ada, "+15005550009", "to another number");
        twilio.AddText("whatsapp:" + Ada, "whatsapp:" + TwilioShop.Number, "in a chat");
        string text = twilio.AddText(Ada, TwilioShop.Number, "here");
        string service = twilio.AddText(Ada, "+15005550010", "by the service", ("MessagingServiceSid", Service));
        (await TwilioShop.SendAsync(Sms(), new TextPart("an answer"))).ShouldBeOfType<SendResult.Sent>();
        clock.Advance(TimeSpan.FromMinutes(10));

        (await EventsAsync(Sms(), null)).Select(one => one.Key).ShouldBe([text]);
        (await EventsAsync(Sms(settings => settings with { From = null, MessagingServiceSid = Service }), null)).Select(one => one.Key).ShouldBe([service]);
        (await EventsAsync(Open(new TwilioWhatsAppChannelType(), TwilioShop.Number), null)).ShouldHaveSingleItem().ShouldBeOfType<MessageReceived>()
            .Parts.ShouldBe([new TextPart("in a chat")]);
    }

    [Fact]
    public async Task After_an_outage_of_days_every_message_comes_once_and_in_order()
    {
        (_, string before) = await PullAsync(Sms(), null);
        var written = new List<string>();
        for (int number = 0; number < 250; number++)
        {
            written.Add(twilio.AddText(Ada, TwilioShop.Number, $"message {number}"));
            clock.Advance(TimeSpan.FromMinutes(20));
        }

        (IReadOnlyList<ChannelEvent> events, string after) = await PullAsync(Sms(), before);

        events.Select(one => one.Key).ShouldBe(written);
        (await PullAsync(Sms(), after)).Events.ShouldBeEmpty();
        string last = twilio.AddText(Ada, TwilioShop.Number, "one more");
        (await PullAsync(Sms(), after)).Events.ShouldBeEmpty("its webhook is still on its way");
        clock.Advance(TimeSpan.FromMinutes(6));
        (await PullAsync(Sms(), after)).Events.Select(one => one.Key).ShouldBe([last]);
    }

    [Fact]
    public async Task A_missed_stop_opts_out()
    {
        twilio.AddText(Ada, TwilioShop.Number, "STOP");
        clock.Advance(TimeSpan.FromMinutes(10));

        (await EventsAsync(Sms(), null)).OfType<SubscriptionChanged>().ShouldHaveSingleItem().OptedOut.ShouldBeTrue();
    }

    [Fact]
    public async Task A_file_that_was_deleted_meanwhile_does_not_hold_up_the_words()
    {
        string file = twilio.AddFile([1], "image/jpeg");
        twilio.AddText(Ada, TwilioShop.Number, "See", ("MediaUrl0", file), ("MediaContentType0", "image/jpeg"));
        clock.Advance(TimeSpan.FromMinutes(10));
        twilio.Script("Media.json", ScriptedReply.Json("""{"code":20404,"message":"not found"}""", 404));

        (await EventsAsync(Sms(), null)).ShouldHaveSingleItem().ShouldBeOfType<MessageReceived>().Parts.ShouldBe([new TextPart("See")]);
    }

    [Fact]
    public async Task A_next_page_outside_of_the_account_is_not_asked_for()
    {
        twilio.Script("Messages.json", ScriptedReply.Json("""{"messages":[],"next_page_uri":"/2010-04-01/Accounts/AC2/Messages.json?Page=1"}"""));
        twilio.Script("Messages.json", ScriptedReply.Json("""{"messages":[],"next_page_uri":"https://elsewhere.example/"}"""));

        await PullAsync(Sms(), null);
        await PullAsync(Sms(), null);

        twilio.Calls.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("", TwilioShop.Number)]
    [InlineData("AC1", "")]
    public void Without_an_account_or_a_sender_there_is_nothing_to_look_through(string account, string from) =>
        Sms(settings => settings with { AccountSid = account, From = from }).ShouldNotBeAssignableTo<IMessagePuller>();

    private IChannel Sms(Func<TwilioMessagingSettings, TwilioMessagingSettings>? change = null) => Open(new TwilioSmsChannelType(), TwilioShop.Number, change);

    private IChannel Open(ChannelType type, string from, Func<TwilioMessagingSettings, TwilioMessagingSettings>? change = null)
    {
        var settings = new TwilioMessagingSettings { AccountSid = twilio.AccountSid, AuthToken = twilio.Token, From = from, ApiBaseUrl = twilio.Url.AbsoluteUri };
        return type.Open(change?.Invoke(settings) ?? settings, new ChannelEnvironment(client, clock, new CapturingLogger()));
    }

    private static async Task<IReadOnlyList<ChannelEvent>> EventsAsync(IChannel channel, string? cursor) => (await PullAsync(channel, cursor)).Events;

    // One look through the list: it ends with the empty batch that says how far it was.
    private static async Task<(IReadOnlyList<ChannelEvent> Events, string Cursor)> PullAsync(IChannel channel, string? cursor)
    {
        var events = new List<ChannelEvent>();
        await foreach (PulledBatch batch in ((IMessagePuller)channel).PullAsync(cursor, CancellationToken.None))
        {
            if (batch.Items.Count == 0)
                return (events, batch.Cursor);
            batch.IsHistory.ShouldBeTrue();
            foreach (ReadOnlyMemory<byte> item in batch.Items)
                events.AddRange(((IReceiver)channel).Parse(AuthenticInput.Pulled(item, DateTimeOffset.UnixEpoch)).Entries.Select(entry => entry.ShouldBeOfType<Entry.Understood>().Event));
        }
        throw new InvalidOperationException("a stream that ends");
    }
}
