using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Vk;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>A community. What it sends comes back to it as an echo.</summary>
internal sealed class SimulatedVk(FakeVk vk) : SimulatedChat, ISimulatedEditing
{
    private const string WebhookSecret = "simulated-vk-secret";

    public override string Type => "vk";

    public override string Title => "VK";

    public override IReadOnlyList<string> Receipts => ["read"];

    public override IReadOnlyList<string> Secrets => [vk.Token, WebhookSecret];

    public override IReadOnlyList<string> Violations => vk.Violations;

    public override string AddressOf(SimulatedPerson person) => person.Vk.ToString(CultureInfo.InvariantCulture);

    public override void SlowMedia(TimeSpan delay) => vk.MediaDelay = delay;

    public override void ReportBeforeAnswers(bool reports) => vk.ReportsBeforeAnswers = reports;

    // VK says it in the body of a 200.
    public override void Throttle(int calls, int retryAfterSeconds) => vk.Script("messages.send",
        ScriptedReply.Json("""{"error":{"error_code":6,"error_msg":"Too many requests per second"}}""").With("Retry-After", $"{retryAfterSeconds}"), times: calls);

    public override void Report(SimulatedPerson person, ShownMessage message, string state) =>
        vk.AddRead(person.Vk, long.Parse(message.Id, CultureInfo.InvariantCulture));

    public void Edit(SimulatedPerson person, string id, string text) => vk.AddEdit(person.Vk, long.Parse(id, CultureInfo.InvariantCulture), text);

    public override IReadOnlyList<ShownMessage> Shown(SimulatedPerson person) => [.. vk.Sent.Where(one => one.Peer == person.Vk).Select(Shown)];

    public override Task<FakeFile?> FileAsync(ShownMessage message, CancellationToken cancellation = default) =>
        Task.FromResult(message.File is { } attachment ? vk.FileOf(attachment) : null);

    internal override JsonObject Settings(Uri hub) => new()
    {
        ["group_id"] = vk.GroupId, ["access_token"] = vk.Token, ["secret"] = WebhookSecret, ["api_base_url"] = vk.Url.AbsoluteUri,
    };

    internal override IEnumerable<SimulatedDelivery> Take() =>
        vk.Take().Select(push => new SimulatedDelivery(Type, async cancellation => (await vk.PushAsync(push, cancellation)).Status));

    private protected override void Refuse(SimulatedPerson person, bool refuses)
    {
        if (refuses)
            vk.Refuse(person.Vk, 901, "Can't send messages for users without permission");
        else
            vk.AddSubscription(person.Vk, wanted: true);
    }

    private protected override string Write(SimulatedPerson person, string text) => Write(person, new JsonObject { ["text"] = text });

    private protected override string Write(SimulatedPerson person, FakeFile file)
    {
        string link = vk.AddMedia(file);
        JsonObject attachment = file.ContentType.StartsWith("image/", StringComparison.Ordinal)
            ? new() { ["type"] = "photo", ["photo"] = new JsonObject { ["sizes"] = new JsonArray(new JsonObject { ["url"] = link, ["width"] = 640, ["height"] = 480 }) } }
            : new() { ["type"] = "doc", ["doc"] = new JsonObject { ["title"] = file.FileName, ["url"] = link, ["type"] = 1 } };
        return Write(person, new JsonObject { ["attachments"] = new JsonArray(attachment) });
    }

    private protected override string Write(SimulatedPerson person, ShownMessage message, ShownButton button) =>
        Write(person, new JsonObject { ["text"] = button.Label, ["payload"] = button.Data });

    private string Write(SimulatedPerson person, JsonObject content)
    {
        vk.AddName(person.Vk, person.Name);
        return vk.AddMessage(person.Vk, content).ToString(CultureInfo.InvariantCulture);
    }

    private static ShownMessage Shown(VkSent sent) => new(sent.Number.ToString(CultureInfo.InvariantCulture), sent.Form.GetValueOrDefault("message") ?? "")
    {
        File = sent.Form.GetValueOrDefault("attachment"),
        Buttons = sent.Form.TryGetValue("keyboard", out string? keyboard)
            ? [.. JsonElement.Parse(keyboard).GetProperty("buttons").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(one => Button(one.GetProperty("action")))]
            : [],
    };

    private static ShownButton Button(JsonElement action)
    {
        string label = action.GetProperty("label").GetString()!;
        return action.TryGetProperty("link", out JsonElement link)
            ? new ShownButton(label, null, link.GetString())
            : new ShownButton(label, action.GetProperty("payload").GetString());
    }
}
