using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.WhatsApp;

/// <summary>One request of the webhook, as entries: many accounts, many changes, many messages and reports. Pure and total.</summary>
internal sealed class WhatsAppWebhook(WhatsAppSettings settings)
{
    private readonly WhatsAppMessages messages = new(new WhatsAppSenders(settings));

    public Received Parse(ReadOnlyMemory<byte> body)
    {
        using JsonDocument? document = ProviderJson.TryParse(body);
        if (document is null)
            return new(new Entry.Unreadable(body, "not JSON"));
        JsonElement root = document.RootElement;
        if (root.Text("object", 64) is not { } product)
            return new(new Entry.Unreadable(body, "object is not a text"));
        if (product != "whatsapp_business_account")
            return new(new Ignored("product", $"events of {product} are not of this channel"));
        var entries = new List<Entry>();
        foreach (JsonElement account in root.List("entry"))
        {
            foreach (JsonElement change in account.List("changes"))
                Read(change, entries);
        }
        if (entries.Count == 0)
            entries.Add(new Entry.Unreadable(body, "no change stands in it"));
        return new(entries);
    }

    private void Read(JsonElement change, List<Entry> entries)
    {
        string field = change.Text("field", 64) ?? "";
        JsonElement value = change.Child("value");
        int before = entries.Count;
        // Each change names the number it is of; some of those about the whole account do not.
        string? number = value.Child("metadata").Id("phone_number_id", 64);
        if (string.IsNullOrWhiteSpace(number) && field is ("messages" or "standby" or "smb_message_echoes" or "calls"))
        {
            entries.Add(GraphShape.Unreadable(change, "metadata.phone_number_id is not an id"));
            return;
        }
        if (!string.IsNullOrWhiteSpace(number) && number != settings.PhoneNumberId)
        {
            entries.AddRange(Enumerable.Repeat(new Entry.Elsewhere(number), Math.Max(1, Items(value).Count())));
            return;
        }
        switch (field)
        {
            case "messages" or "standby":
                ReadMessages(value, isStandby: field == "standby", entries);
                break;
            case "smb_message_echoes":
                foreach (JsonElement echo in value.List("message_echoes"))
                    entries.Add(messages.Echo(echo, KeyOf(entries)));
                break;
            case "calls":
                foreach (JsonElement call in value.List("calls"))
                    entries.Add(messages.Call(call, value, KeyOf(entries)));
                foreach (JsonElement status in value.List("statuses"))
                    entries.Add(WhatsAppStatuses.Read(status, KeyOf(entries)));
                break;
            case "user_preferences":
                foreach (JsonElement preference in value.List("user_preferences"))
                    entries.Add(messages.Preference(preference, value, KeyOf(entries)));
                break;
            case "":
                entries.Add(GraphShape.Unreadable(change, "field is not a text"));
                break;
            default:
                entries.Add(new Ignored(KeyOf(entries), $"changes of {field} are not supported"));
                break;
        }
        if (entries.Count == before)
            entries.Add(GraphShape.Unreadable(change, "no entry stands in the change"));
    }

    private void ReadMessages(JsonElement value, bool isStandby, List<Entry> entries)
    {
        foreach (JsonElement message in value.List("messages"))
        {
            Entry entry = messages.Read(message, value, isStandby, KeyOf(entries));
            entries.Add(entry);
            if (entry is Entry.Understood { Event: MessageReceived received } && OptOutWords.Of(received) is { } changed)
                entries.Add(changed);
        }
        foreach (JsonElement status in value.List("statuses"))
            entries.Add(WhatsAppStatuses.Read(status, KeyOf(entries)));
        foreach (JsonElement error in value.List("errors"))
            entries.Add(new Ignored(KeyOf(entries), $"trouble of the account: {GraphError.Read(error).Words}"));
    }

    private static IEnumerable<JsonElement> Items(JsonElement value) => ((string[])
        ["messages", "statuses", "errors", "message_echoes", "calls", "user_preferences"]).SelectMany(name => value.List(name));

    // What is ignored is kept nowhere, so a key that is of use within this request is enough.
    private static string KeyOf(List<Entry> entries) => string.Create(CultureInfo.InvariantCulture, $"ignored:{entries.Count}");
}
