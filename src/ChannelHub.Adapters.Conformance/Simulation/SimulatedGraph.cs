using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Meta;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>A number of WhatsApp, a Page, or an Instagram account.</summary>
internal sealed class SimulatedGraph(FakeGraphApi api, SimulatedLinks links) : SimulatedChat
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<ReadOnlyMemory<byte>> waiting = new();
    private long last;

    public override string Type => api.Product.ToString().ToLowerInvariant();

    public override string Title => api.Product.ToString();

    // A Page tells of both, Instagram only of what was read.
    public override IReadOnlyList<string> Receipts => api.Product == GraphProduct.Instagram ? ["read"] : ["delivered", "read"];

    public override IReadOnlyList<string> Secrets => [api.AccessToken, api.Webhooks.AppSecret, api.Webhooks.VerifyToken];

    public override IReadOnlyList<string> Violations => api.Violations;

    private bool IsWhatsApp => api.Product == GraphProduct.WhatsApp;

    public override string AddressOf(SimulatedPerson person) => api.Product switch
    {
        GraphProduct.WhatsApp => person.Phone[1..],
        GraphProduct.Messenger => person.Messenger,
        _ => person.Instagram,
    };

    public override void SlowMedia(TimeSpan delay) => api.MediaDelay = delay;

    public override void ReportBeforeAnswers(bool reports) => api.ReportsBeforeAnswers = reports;

    public override void Throttle(int calls, int retryAfterSeconds)
    {
        for (int call = 0; call < calls; call++)
        {
            api.Script("POST messages", GraphReply.Error(IsWhatsApp ? 130429 : 613, "Rate limit hit", status: 429)
                .With("Retry-After", retryAfterSeconds.ToString(CultureInfo.InvariantCulture)));
        }
    }

    public override void Report(SimulatedPerson person, ShownMessage message, string state) =>
        waiting.Enqueue(api.Webhooks.Receipt(AddressOf(person), message.Id, state, message.Tracking));

    public override IReadOnlyList<ShownMessage> Shown(SimulatedPerson person)
    {
        string address = AddressOf(person);
        return [.. api.Sent.Where(one => one.Customer == address).Select(one => IsWhatsApp ? GraphShown.WhatsApp(one) : GraphShown.Page(one))];
    }

    // Uploaded, or named by its address.
    public override async Task<FakeFile?> FileAsync(ShownMessage message, CancellationToken cancellation = default) =>
        message.File is { } id && api.UploadOf(id) is { } file
            ? new FakeFile(file.FileName, file.ContentType, file.Bytes)
            : await links.FetchAsync(message.File, cancellation);

    internal override JsonObject Settings(Uri hub)
    {
        var settings = new JsonObject
        {
            ["access_token"] = api.AccessToken, ["app_secret"] = api.Webhooks.AppSecret, ["verify_token"] = api.Webhooks.VerifyToken,
            ["api_base_url"] = api.Url.AbsoluteUri,
        };
        if (IsWhatsApp)
            (settings["phone_number_id"], settings["business_account_id"]) = (api.AccountId, api.BusinessAccountId);
        else
            settings["account_id"] = api.AccountId;
        return settings;
    }

    internal override void Connected(string channelId, Uri hook)
    {
        base.Connected(channelId, hook);
        api.Webhooks.Hook = hook;
    }

    internal override IEnumerable<SimulatedDelivery> Take()
    {
        while (waiting.TryDequeue(out ReadOnlyMemory<byte> body))
        {
            ReadOnlyMemory<byte> one = body;
            yield return new SimulatedDelivery(Type, cancellation => api.Webhooks.PushAsync(one, cancellation));
        }
    }

    private protected override void Refuse(SimulatedPerson person, bool refuses)
    {
        if (refuses)
            api.CloseWindow(AddressOf(person));
        else
            api.Refuse(AddressOf(person), null);
    }

    private protected override string Write(SimulatedPerson person, string text)
    {
        string id = Known(person);
        waiting.Enqueue(api.Webhooks.Text(AddressOf(person), text, id, person.Name));
        return id;
    }

    private protected override string Write(SimulatedPerson person, FakeFile file)
    {
        string id = Known(person);
        string there = api.AddFile($"90{id[(id.IndexOf('_') + 1)..]}", file.Bytes.ToArray(), file.ContentType, file.FileName);
        bool isPicture = file.ContentType.StartsWith("image/", StringComparison.Ordinal);
        waiting.Enqueue(api.Webhooks.Picture(AddressOf(person), there, id, isPicture ? null : file.FileName, file.ContentType, person.Name));
        return id;
    }

    private protected override string Write(SimulatedPerson person, ShownMessage message, ShownButton button)
    {
        string id = Known(person);
        waiting.Enqueue(api.Webhooks.Press(AddressOf(person), button.Data ?? "", button.Label, id, person.Name));
        return id;
    }

    // Pages tell a name only when they are asked.
    private string Known(SimulatedPerson person)
    {
        if (!IsWhatsApp)
            api.AddProfile(AddressOf(person), new JsonObject { ["first_name"] = person.Name, ["name"] = person.Name, ["username"] = person.Name.ToLowerInvariant() });
        return string.Create(CultureInfo.InvariantCulture, $"{(IsWhatsApp ? "wamid.sim" : "m_sim")}_{Interlocked.Increment(ref last):D6}");
    }
}

/// <summary>What stands in a call to send, as its recipient sees it.</summary>
internal static class GraphShown
{
    public static ShownMessage WhatsApp(GraphSent sent)
    {
        GraphCall call = sent.Call;
        string type = call["type"] ?? "";
        var message = new ShownMessage(sent.Id, call["text.body"] ?? call["interactive.body.text"] ?? call[$"{type}.caption"] ?? Other(call, type))
        {
            File = call[$"{type}.id"] ?? call[$"{type}.link"], Tracking = call["biz_opaque_callback_data"],
        };
        if (type != "interactive")
            return message;
        JsonElement action = call.Body.GetProperty("interactive").GetProperty("action");
        return message with
        {
            Buttons = action.TryGetProperty("parameters", out JsonElement link)
                ? [new ShownButton(link.GetProperty("display_text").GetString()!, null, link.GetProperty("url").GetString())]
                : [.. Rows(action).Select(row => new ShownButton(row.GetProperty("title").GetString()!, row.GetProperty("id").GetString()))],
        };
    }

    public static ShownMessage Page(GraphSent sent)
    {
        GraphCall call = sent.Call;
        JsonElement message = call.Body.GetProperty("message");
        return new ShownMessage(sent.Id, call["message.text"] ?? call["message.attachment.payload.text"] ?? "")
        {
            File = call["message.attachment.payload.attachment_id"] ?? call["message.attachment.payload.url"],
            Buttons = message.TryGetProperty("quick_replies", out JsonElement replies)
                ? [.. replies.EnumerateArray().Select(Button)]
                : call["message.attachment.payload.buttons"] is not null
                    ? [.. message.GetProperty("attachment").GetProperty("payload").GetProperty("buttons").EnumerateArray().Select(Button)]
                    : [],
        };
    }

    private static ShownButton Button(JsonElement button) => new(
        button.GetProperty("title").GetString()!,
        button.TryGetProperty("payload", out JsonElement data) ? data.GetString() : null,
        button.TryGetProperty("url", out JsonElement url) ? url.GetString() : null);

    private static IEnumerable<JsonElement> Rows(JsonElement action) => action.TryGetProperty("buttons", out JsonElement buttons)
        ? buttons.EnumerateArray().Select(button => button.GetProperty("reply"))
        : action.GetProperty("sections").EnumerateArray().SelectMany(section => section.GetProperty("rows").EnumerateArray());

    private static string Other(GraphCall call, string type) => type switch
    {
        "template" => $"[{call["template.name"]}]",
        "location" => $"{call["location.name"]} {call["location.latitude"]}, {call["location.longitude"]}".Trim(),
        "contacts" => $"{call["contacts.0.name.formatted_name"]} {call["contacts.0.phones.0.phone"]}".Trim(),
        _ => "",
    };
}
