using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Viber;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>A bot.</summary>
internal sealed class SimulatedViber(FakeViber viber, SimulatedLinks links) : SimulatedChat
{
    public override string Type => "viber";

    public override string Title => "Viber";

    public override IReadOnlyList<string> Receipts => ["delivered", "read"];

    public override IReadOnlyList<string> Secrets => [viber.Token];

    public override IReadOnlyList<string> Violations => viber.Violations;

    public override string AddressOf(SimulatedPerson person) => person.Viber;

    public override void SlowMedia(TimeSpan delay) => viber.MediaDelay = delay;

    public override void ReportBeforeAnswers(bool reports) => viber.ReportsBeforeAnswers = reports;

    // Viber says it in the body of a 200.
    public override void Throttle(int calls, int retryAfterSeconds) => viber.Script("send_message",
        ScriptedReply.Json("""{"status":12,"status_message":"tooManyRequests"}""").With("Retry-After", $"{retryAfterSeconds}"), times: calls);

    public override void Report(SimulatedPerson person, ShownMessage message, string state) =>
        viber.AddReceipt(person.Viber, message.Id, state == "read" ? "seen" : state);

    public override IReadOnlyList<ShownMessage> Shown(SimulatedPerson person) => [.. viber.Sent.Where(one => one.Receiver == person.Viber).Select(Shown)];

    public override Task<FakeFile?> FileAsync(ShownMessage message, CancellationToken cancellation = default) => links.FetchAsync(message.File, cancellation);

    internal override JsonObject Settings(Uri hub) => new()
    {
        ["auth_token"] = viber.Token, ["sender_name"] = "Lofty & Lark", ["api_base_url"] = viber.Url.AbsoluteUri,
    };

    internal override IEnumerable<SimulatedDelivery> Take() =>
        viber.Take().Select(push => new SimulatedDelivery(Type, async cancellation => (await viber.PushAsync(push, cancellation)).Status));

    private protected override void Refuse(SimulatedPerson person, bool refuses)
    {
        viber.Refuse(person.Viber, refuses ? 6 : null, "receiverNotSubscribed");
        if (!refuses)
            viber.AddSubscription(person.Viber, wanted: true);
    }

    private protected override string Write(SimulatedPerson person, string text)
    {
        viber.AddName(person.Viber, person.Name);
        return viber.AddText(person.Viber, text);
    }

    private protected override string Write(SimulatedPerson person, FakeFile file)
    {
        viber.AddName(person.Viber, person.Name);
        return viber.AddMessage(person.Viber, new JsonObject
        {
            ["type"] = file.ContentType.StartsWith("image/", StringComparison.Ordinal) ? "picture" : "file",
            ["media"] = viber.AddMedia(file), ["file_name"] = file.FileName, ["size"] = file.Bytes.Length,
        });
    }

    private protected override string Write(SimulatedPerson person, ShownMessage message, ShownButton button) =>
        viber.AddText(person.Viber, button.Data ?? "", message.Tracking);

    private static ShownMessage Shown(ViberSent sent)
    {
        string? Get(string name) => sent.Message.TryGetProperty(name, out JsonElement value) ? value.ToString() : null;
        return new ShownMessage(sent.Token, Get("text") ?? Get("contact") ?? Get("location") ?? "")
        {
            File = Get("media"),
            Tracking = Get("tracking_data"),
            Buttons = sent.Message.TryGetProperty("keyboard", out JsonElement keyboard) ? [.. keyboard.GetProperty("Buttons").EnumerateArray().Select(Button)] : [],
        };
    }

    private static ShownButton Button(JsonElement button)
    {
        string label = System.Net.WebUtility.HtmlDecode(button.GetProperty("Text").GetString()!);
        string body = button.GetProperty("ActionBody").GetString()!;
        return button.GetProperty("ActionType").GetString() == "open-url" ? new ShownButton(label, null, body) : new ShownButton(label, body);
    }
}
