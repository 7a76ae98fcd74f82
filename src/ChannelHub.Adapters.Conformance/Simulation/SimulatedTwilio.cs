using System.Globalization;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Twilio;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>A number for texts, or a WhatsApp sender. There are no buttons; people answer in words.</summary>
internal sealed class SimulatedTwilio(FakeTwilio twilio, SimulatedLinks links, string number, bool isWhatsApp) : SimulatedChat
{
    public override string Type => isWhatsApp ? "twilio_whatsapp" : "twilio_sms";

    public override string Title => isWhatsApp ? "WhatsApp (Twilio)" : "SMS (Twilio)";

    public override IReadOnlyList<string> Receipts => isWhatsApp ? ["delivered", "read"] : ["delivered"];

    public override IReadOnlyList<string> Secrets => [twilio.Token];

    public override IReadOnlyList<string> Violations => twilio.Violations;

    public override string AddressOf(SimulatedPerson person) => person.Phone[1..];

    public override void SlowMedia(TimeSpan delay) => twilio.MediaDelay = delay;

    public override void ReportBeforeAnswers(bool reports) => twilio.ReportsBeforeAnswers = reports;

    public override void Throttle(int calls, int retryAfterSeconds) => twilio.Script("Messages.json",
        ScriptedReply.Json("""{"code":20429,"message":"Too Many Requests","status":429}""", 429).With("Retry-After", $"{retryAfterSeconds}"), times: calls);

    public override void Report(SimulatedPerson person, ShownMessage message, string state)
    {
        if (twilio.Sent.FirstOrDefault(one => one.Sid == message.Id) is { } sent)
            twilio.AddStatus(sent, state);
    }

    public override IReadOnlyList<ShownMessage> Shown(SimulatedPerson person) => [.. twilio.Sent.Where(one => one["To"] == From(person)).Select(Shown)];

    public override Task<FakeFile?> FileAsync(ShownMessage message, CancellationToken cancellation = default) => links.FetchAsync(message.File, cancellation);

    internal override bool IsRegistered => !isWhatsApp;

    internal override JsonObject Settings(Uri hub) => new()
    {
        ["account_sid"] = twilio.AccountSid, ["auth_token"] = twilio.Token, ["from"] = number, ["public_url"] = hub.AbsoluteUri, ["api_base_url"] = twilio.Url.AbsoluteUri,
    };

    internal override void Connected(string channelId, Uri hook)
    {
        base.Connected(channelId, hook);
        // A WhatsApp sender's hook is entered by hand; a number's is registered by the hub.
        if (isWhatsApp)
            twilio.AddNumber(number, hook);
    }

    // One account has one queue, whichever of its channels is asked.
    internal override IEnumerable<SimulatedDelivery> Take() =>
        twilio.Take().Select(push => new SimulatedDelivery(Type, async cancellation => (await twilio.PushAsync(push, cancellation)).Status));

    private protected override void Refuse(SimulatedPerson person, bool refuses)
    {
        twilio.Refuse(From(person), !refuses ? null : isWhatsApp ? 63016 : 21610, isWhatsApp ? "outside the allowed window" : "Attempt to send to unsubscribed recipient");
        if (!refuses && !isWhatsApp)
            Say(person, "START");
    }

    private protected override string Write(SimulatedPerson person, string text) => twilio.AddText(From(person), To, text, Profile(person));

    private protected override string Write(SimulatedPerson person, FakeFile file) => twilio.AddText(From(person), To, "",
        [.. Profile(person), ("NumMedia", "1"), ("MediaUrl0", twilio.AddFile(file.Bytes.ToArray(), file.ContentType)), ("MediaContentType0", file.ContentType)]);

    private protected override string Write(SimulatedPerson person, ShownMessage message, ShownButton button) => Write(person, button.Label);

    private string To => isWhatsApp ? $"whatsapp:{number}" : number;

    private string From(SimulatedPerson person) => isWhatsApp ? $"whatsapp:{person.Phone}" : person.Phone;

    private (string Name, string Value)[] Profile(SimulatedPerson person) => isWhatsApp ? [("ProfileName", person.Name), ("WaId", person.Phone[1..])] : [];

    private static ShownMessage Shown(TwilioSent sent) => new(sent.Sid, sent["Body"] ?? (sent["ContentSid"] is { } template ? $"[{template}]" : "")) { File = sent["MediaUrl"] };
}

/// <summary>A number that people call.</summary>
public sealed class SimulatedTelephone : SimulatedChannel
{
    private readonly FakeTwilio twilio;
    private readonly string number;

    internal SimulatedTelephone(FakeTwilio twilio, string number)
    {
        this.twilio = twilio;
        this.number = number;
        twilio.AddNumber(number);
    }

    /// <inheritdoc/>
    public override string Type => "twilio_voice";

    /// <inheritdoc/>
    public override string Title => "Telephone (Twilio)";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Secrets => [twilio.Token];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Violations => twilio.Violations;

    /// <inheritdoc/>
    public override string AddressOf(SimulatedPerson person) => person.Phone[1..];

    /// <inheritdoc/>
    public override void SlowMedia(TimeSpan delay) => twilio.MediaDelay = delay;

    /// <summary>A person calls. What the provider tells of it afterwards waits to be delivered.</summary>
    /// <param name="person">Who.</param>
    /// <param name="keys">What they press, one at each question.</param>
    /// <param name="seconds">How long they speak after the tone.</param>
    /// <param name="words">What they say.</param>
    /// <param name="isAttested">Whether the network vouches for their number.</param>
    /// <param name="cancellation">Hangs up.</param>
    public Task<TwilioCall> CallAsync(
        SimulatedPerson person, IReadOnlyList<string> keys, int seconds, string words, bool isAttested = true, CancellationToken cancellation = default) =>
        twilio.CallAsync(number, new TwilioCaller(person.Phone)
        {
            Keys = keys, Speaks = seconds, Words = words, Verdict = isAttested ? "TN-Validation-Passed-A" : null,
        }, cancellation);

    internal override JsonObject Settings(Uri hub) => new()
    {
        ["account_sid"] = twilio.AccountSid, ["auth_token"] = twilio.Token, ["from"] = number, ["public_url"] = hub.AbsoluteUri, ["api_base_url"] = twilio.Url.AbsoluteUri,
        ["ivr"] = Menu(),
    };

    internal override IEnumerable<SimulatedDelivery> Take() => [];

    private static JsonObject Menu() => new()
    {
        ["languages"] = new JsonArray(new JsonObject { ["code"] = "en-GB" }),
        ["transcribe"] = true,
        ["menus"] = new JsonObject
        {
            ["main"] = new JsonObject
            {
                ["greeting"] = new JsonObject { ["en-GB"] = "Lofty and Lark, kites for every wind. Press 1 to leave a message, 2 to be called back." },
                ["keys"] = new JsonArray(
                    new JsonObject { ["key"] = "1", ["label"] = "Message", ["action"] = "voicemail" },
                    new JsonObject { ["key"] = "2", ["label"] = "Call me back", ["action"] = "callback" }),
            },
        },
    };
}
