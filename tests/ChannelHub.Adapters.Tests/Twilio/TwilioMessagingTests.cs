using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Twilio;
using ChannelHub.Adapters.Tests.Vk;
using ChannelHub.Twilio;

namespace ChannelHub.Adapters.Tests.Twilio;

public sealed class TwilioMessagingTests : IAsyncLifetime
{
    private TwilioShop shop = null!;

    public async Task InitializeAsync() => shop = await TwilioShop.StartAsync();

    public async Task DisposeAsync() => await shop.DisposeAsync();

    [Theory]
    [InlineData(FaultKind.NotAuthorized, true, 20003, 20404, 21606, 21659, 21703, 30002, 30032, 30034, 63001, 63002, 63007, 63008, 63020)]
    [InlineData(FaultKind.RateLimited, true, 20429, 21611, 30001, 30022, 30023, 30027, 63017, 63018, 63038)]
    [InlineData(FaultKind.ProviderDown, true, 20500, 20503, 30003, 30008, 63009, 63010, 63012, 63019, 63037)]
    [InlineData(FaultKind.UnknownRecipient, false, 21211, 21217, 21612, 21614, 30005, 30006, 63003, 63024)]
    [InlineData(FaultKind.OptedOut, false, 21610, 63014, 63033)]
    [InlineData(FaultKind.WindowClosed, false, 63016)]
    [InlineData(FaultKind.ContentRefused, false, 21408, 21219, 63015, 21602, 21617, 21620, 21623, 11751, 30004, 30007)]
    [InlineData(FaultKind.ContentRefused, false, 63005, 63006, 63021, 63030, 63013, 63026, 63040, 63027, 63028, 63041, 63032)]
    public async Task Every_error_says_what_to_do(FaultKind kind, bool again, params int[] codes)
    {
        foreach (int code in codes)
        {
            shop.Twilio.Refuse(TwilioShop.Ada.Value, code, $"words beside {shop.Twilio.Token}");

            SendResult result = await TwilioShop.SendAsync(shop.Sms(), new TextPart("Hello"));

            Fault fault = again ? result.ShouldBeOfType<SendResult.Deferred>($"{code}").Fault : result.ShouldBeOfType<SendResult.Rejected>($"{code}").Fault;
            fault.Kind.ShouldBe(kind, $"{code}");
            fault.Detail.ShouldBe($"{code}: words beside •••");
        }
    }

    [Fact]
    public async Task A_text_goes_out_with_the_address_of_its_own_receipt()
    {
        IChannel channel = Hooked(out Func<Task<TinyHub>> start, new TwilioSmsChannelType(), () => shop.Sms());
        await using TinyHub hub = await start();

        await TwilioShop.SendAsync(shop.Sms(), new TextPart("Grüße 📦"));
        TwilioSent sent = shop.Twilio.Sent.ShouldHaveSingleItem();
        shop.Twilio.AddStatus(sent, "sent");
        shop.Twilio.AddStatus(sent, "delivered");
        shop.Twilio.AddStatus(sent, "undelivered", 30006);
        await shop.Twilio.DeliverAsync(new FakeMischief { ShuffleSeed = 7, Duplicates = true });

        channel.ShouldNotBeNull();
        shop.Twilio.Violations.ShouldBeEmpty();
        hub.Refused.ShouldBe(0);
        DeliveryReported[] reports = [.. hub.Events.OfType<DeliveryReported>().DistinctBy(report => report.Key)];
        reports.Select(report => report.State).ShouldBe([DeliveryState.Sent, DeliveryState.Delivered, DeliveryState.Failed], ignoreOrder: true);
        reports.ShouldAllBe(report => report.Id == new ExternalId("msg_0000000000001.0") && report.ProviderId == new ExternalId(sent.Sid));
        reports.Single(report => report.Fault is not null).Fault.ShouldBe(new Fault(FaultKind.UnknownRecipient, "30006: undelivered"));
    }

    [Fact]
    public async Task A_customer_who_says_stop_is_heard_and_left_alone_until_they_come_back()
    {
        Hooked(out Func<Task<TinyHub>> start, new TwilioSmsChannelType(), () => shop.Sms());
        await using TinyHub hub = await start();

        shop.Twilio.AddText(TwilioShop.Ada.Value, TwilioShop.Number, "STOP");
        (await shop.Twilio.DeliverAsync()).ShouldHaveSingleItem().ContentType.ShouldBe("text/xml");
        SendResult refused = await TwilioShop.SendAsync(shop.Sms(), new TextPart("Hello"));
        shop.Twilio.AddText(TwilioShop.Ada.Value, TwilioShop.Number, "START");
        await shop.Twilio.DeliverAsync();

        refused.ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.OptedOut);
        hub.Events.Select(happened => (happened as SubscriptionChanged)?.OptedOut).ShouldBe([null, true, null, false]);
        shop.Twilio.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_hook_is_entered_at_the_number_with_retries()
    {
        Hooked(out Func<Task<TinyHub>> start, new TwilioSmsChannelType(), () => shop.Sms(), register: false);
        await using TinyHub hub = await start();

        (await ((IWebhookRegistrar)shop.Sms()).RegisterWebhookAsync(hub.Url, CancellationToken.None)).Ok.ShouldBeTrue();
        shop.Twilio.AddText(TwilioShop.Ada.Value, TwilioShop.Number, "Hi");
        await shop.Twilio.DeliverAsync();

        shop.Twilio.Numbers.ShouldHaveSingleItem().SmsUrl!.Fragment.ShouldBe("#rc=3&rp=all");
        hub.Events.ShouldHaveSingleItem().ShouldBeOfType<MessageReceived>();
        (await ((IWebhookRegistrar)shop.Sms(settings => settings with { From = null, MessagingServiceSid = "MG1" })).RegisterWebhookAsync(hub.Url, CancellationToken.None)).Ok.ShouldBeFalse();
        (await ((IWebhookRegistrar)shop.Sms(settings => settings with { From = "+15005550009" })).RegisterWebhookAsync(hub.Url, CancellationToken.None)).Detail.ShouldContain("no such number");
    }

    [Fact]
    public async Task A_number_on_WhatsApp_and_by_text_is_one_key_and_is_answered_where_it_wrote()
    {
        Hooked(out Func<Task<TinyHub>> start, new TwilioWhatsAppChannelType(), () => shop.WhatsApp());
        await using TinyHub hub = await start();
        shop.Twilio.AddText("whatsapp:+447700900123", "whatsapp:" + TwilioShop.Number, "Hi", ("ProfileName", "Ada"));
        await shop.Twilio.DeliverAsync();
        Sender sender = hub.Events.ShouldHaveSingleItem().ShouldBeOfType<MessageReceived>().Sender;

        await TwilioShop.SendAsync(shop.WhatsApp(), new TextPart("Hello"), sender.Address);
        await TwilioShop.SendAsync(shop.WhatsApp(), new TextPart("Hello"));
        await TwilioShop.SendAsync(shop.WhatsApp(), new LocationPart(52.2297, 21.0122, "The | shop", "Street 1"));
        await TwilioShop.SendAsync(shop.WhatsApp(), new TemplatePart("HX1", "en", ["Ada", "17"]) { Header = ["Order"], Buttons = [new(0, "track/17", IsLink: true)] });

        sender.Key.ShouldBe(TwilioShop.Ada);
        shop.Twilio.Violations.ShouldBeEmpty();
        shop.Twilio.Sent.ShouldAllBe(sent => sent["To"] == "whatsapp:+447700900123" && sent["From"] == "whatsapp:" + TwilioShop.Number);
        (shop.Twilio.Sent[2]["Body"], shop.Twilio.Sent[2]["PersistentAction"]).ShouldBe(("The | shop, Street 1", "geo:52.2297,21.0122|The   shop"));
        shop.Twilio.Sent[3]["ContentVariables"].ShouldBe("""{"1":"Order","2":"Ada","3":"17","4":"track/17"}""");
    }

    [Fact]
    public async Task Typing_is_shown_at_the_customers_newest_message()
    {
        await ((ITypingAtMessage)shop.WhatsApp()).ShowTypingAsync(new SentUnit(TwilioShop.Ada, null, new ExternalId("SM00000000000000000000000000000003")), CancellationToken.None);

        shop.Twilio.Violations.ShouldBeEmpty();
        shop.Twilio.Calls.ShouldHaveSingleItem().Path.ShouldBe("/v3/Indicators/Typing.json");
    }

    [Fact]
    public async Task A_file_is_fetched_with_credentials_that_its_storage_never_sees()
    {
        string reference = shop.Twilio.AddFile([1, 2, 3], "image/jpeg");

        var opened = (await ((IMediaSource)shop.Sms()).OpenMediaAsync(reference, CancellationToken.None)).ShouldBeOfType<MediaResult.Opened>();

        using var bytes = new MemoryStream();
        await opened.Content.CopyToAsync(bytes);
        bytes.ToArray().ShouldBe([1, 2, 3]);
        shop.Twilio.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_elsewhere_is_fetched_without_credentials()
    {
        await using ScriptedProvider elsewhere = await ScriptedProvider.StartAsync(_ => ScriptedReply.Text("x"));

        await ((IMediaSource)shop.Sms()).OpenMediaAsync(elsewhere.Address.AbsoluteUri, CancellationToken.None);

        elsewhere.Calls.ShouldHaveSingleItem().Headers.ContainsKey("Authorization").ShouldBeFalse();
    }

    [Fact]
    public async Task A_service_takes_the_place_of_a_number()
    {
        await TwilioShop.SendAsync(shop.Sms(settings => settings with { MessagingServiceSid = "MG1" }), new TextPart("x"));

        TwilioSent sent = shop.Twilio.Sent.ShouldHaveSingleItem();
        (sent["From"], sent["MessagingServiceSid"]).ShouldBe((null, "MG1"));
        shop.Twilio.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_probe_tells_that_the_account_is_suspended()
    {
        (await shop.Sms().ProbeAsync(CancellationToken.None)).ShouldBe(new ProbeResult(true, "Shop"));
        shop.Twilio.AccountStatus = "suspended";

        (await shop.Sms().ProbeAsync(CancellationToken.None)).Fault?.Kind.ShouldBe(FaultKind.NotAuthorized);
    }

    [Theory]
    [InlineData("", "", "", "", "")]
    [InlineData("AC1", "t", "", "complete", "")]
    [InlineData("AC1", "t", "+1", "complete", "complete")]
    [InlineData("", "t", "+1", "complete", "account_sid")]
    public void Each_half_of_the_settings_stands_alone(string account, string token, string from, string receiving, string sending)
    {
        SettingsHalves halves = new TwilioSmsChannelType().Halves(new TwilioMessagingSettings { AccountSid = account, AuthToken = token, From = from });

        (Words(halves.Receiving), Words(halves.Sending)).ShouldBe((receiving, sending));

        static string Words(SettingsHalf half) => half.Complete ? "complete" : string.Join(',', half.Missing);
    }

    private IChannel Hooked(out Func<Task<TinyHub>> start, ChannelType type, Func<IChannel> open, bool register = true)
    {
        start = async () =>
        {
            TinyHub hub = await TinyHub.StartAsync(type, open);
            shop.Hook = hub.Url;
            shop.Twilio.AddNumber(TwilioShop.Number, register ? hub.Url : null);
            return hub;
        };
        return open();
    }
}
