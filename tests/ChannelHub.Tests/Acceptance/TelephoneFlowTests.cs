using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Twilio;

namespace ChannelHub.Tests.Acceptance;

/// <summary>A customer who texts, chats and calls from one number, and a CRM.</summary>
public sealed class TelephoneFlowTests : IAsyncLifetime
{
    private const string Ada = "+447700900123";
    private const string Number = "+15005550006";
    private const string WhatsAppNumber = "+15005550008";

    private FakeTwilio twilio = null!;
    private TestHub hub = null!;

    public async Task InitializeAsync()
    {
        twilio = await FakeTwilio.StartAsync();
        hub = await TestHub.StartAsync();
        Uri sms = await AddAsync("twilio_sms", Number, null);
        Uri voice = await AddAsync("twilio_voice", Number, new { languages = new[] { new { code = "en-GB" } }, transcribe = true });
        twilio.AddNumber(Number, sms, voice, new Uri(voice.AbsoluteUri + "/status"));
        twilio.AddNumber(WhatsAppNumber, await AddAsync("twilio_whatsapp", WhatsAppNumber, null));
    }

    public async Task DisposeAsync()
    {
        twilio.Violations.ShouldBeEmpty();
        await hub.DisposeAsync();
        await twilio.DisposeAsync();
    }

    [Fact]
    public async Task A_text_a_chat_and_an_attested_call_of_one_number_are_one_customer_with_one_thread()
    {
        twilio.AddText(Ada, Number, "Where is my parcel?");
        twilio.AddText("whatsapp:" + Ada, "whatsapp:" + WhatsAppNumber, "Here I am too");
        await twilio.DeliverAsync();
        await twilio.CallAsync(Number, new TwilioCaller(Ada) { Speaks = 17, Verdict = "TN-Validation-Passed-A", Words = "Please call me back" });
        (await twilio.DeliverAsync(new FakeMischief { ShuffleSeed = 5, Duplicates = true })).ShouldAllBe(one => one.Status == 200);

        JsonNode thread = (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        JsonNode[] messages = [.. (await hub.GetAsync($"/v1/conversations/{thread["id"]}/messages?order=asc"))["data"]!.AsArray().Select(one => one!)];
        messages.Select(message => ((string)message["channel_type"]!, (string)message["parts"]![0]!["type"]!)).ShouldBe(
            [("twilio_sms", "text"), ("twilio_whatsapp", "text"), ("twilio_voice", "call")]);

        JsonNode call = (await hub.UntilAsync($"/v1/messages/{messages[2]["id"]}", message => (string?)message["parts"]![0]!["recording"]?["state"] == "ready"))["parts"]![0]!;
        ((string?)call["status"], (long?)call["duration_s"], (string?)call["attestation"], (string?)call["transcript"]).ShouldBe(("voicemail", 25, "A", "Please call me back"));
    }

    [Fact]
    public async Task A_caller_whose_number_is_only_claimed_stands_on_its_thread_marked_so()
    {
        await twilio.CallAsync(Number, new TwilioCaller(Ada) { HangsUp = true });
        await twilio.DeliverAsync();

        JsonNode message = (await hub.GetAsync("/v1/events?types=message.received"))["data"]!.AsArray().ShouldHaveSingleItem()!["data"]!;
        ((string?)message["sender_assurance"]).ShouldBe("claimed");
    }

    private async Task<Uri> AddAsync(string type, string from, object? ivr)
    {
        object settings = ivr is null
            ? new { account_sid = twilio.AccountSid, auth_token = twilio.Token, from, public_url = hub.Address.AbsoluteUri, api_base_url = twilio.Url.AbsoluteUri }
            : new { account_sid = twilio.AccountSid, auth_token = twilio.Token, from, public_url = hub.Address.AbsoluteUri, api_base_url = twilio.Url.AbsoluteUri, ivr };
        return new Uri(hub.Address, $"/hooks/{await hub.AddChannelAsync(type, settings)}");
    }
}
