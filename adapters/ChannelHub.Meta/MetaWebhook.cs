using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.Meta;

/// <summary>One request of the webhook, as entries: many accounts, many events. Pure and total.</summary>
internal sealed class MetaWebhook(MetaProduct product, string account)
{
    private readonly MetaEvents events = new(product, account);

    public Received Parse(ReadOnlyMemory<byte> body)
    {
        using JsonDocument? document = ProviderJson.TryParse(body);
        if (document is null)
            return new(new Entry.Unreadable(body, "not JSON"));
        JsonElement root = document.RootElement;
        if (root.Text("object", 64) is not { } told)
            return new(new Entry.Unreadable(body, "object is not a text"));
        if (told != product.Object)
            return new(new Ignored("object", $"events of {told} are not of this channel"));
        var entries = new List<Entry>();
        foreach (JsonElement entry in root.List("entry"))
            Read(entry, entries);
        if (entries.Count == 0)
            entries.Add(new Entry.Unreadable(body, "no entry stands in it"));
        return new(entries);
    }

    private void Read(JsonElement entry, List<Entry> entries)
    {
        int before = entries.Count;
        if (entry.Id("id", 64) is not { } of || string.IsNullOrWhiteSpace(of))
        {
            entries.Add(GraphShape.Unreadable(entry, "id is not an id"));
            return;
        }
        if (of != account)
        {
            int count = entry.List("messaging").Count() + entry.List("standby").Count() + entry.List("changes").Count();
            entries.AddRange(Enumerable.Repeat(new Entry.Elsewhere(of), Math.Max(1, count)));
            return;
        }
        foreach (JsonElement happening in entry.List("messaging"))
            Add(happening, isStandby: false, entries);
        // Another app owns the thread: what comes is shown, and nobody should answer by themselves.
        foreach (JsonElement happening in entry.List("standby"))
            Add(happening, isStandby: true, entries);
        foreach (JsonElement change in entry.List("changes"))
            entries.Add(new Ignored(KeyOf(entries), $"changes of {change.Text("field", 64) ?? "no field"} are no messages"));
        if (entries.Count == before)
            entries.Add(GraphShape.Unreadable(entry, "nothing stands in the entry"));
    }

    private void Add(JsonElement happening, bool isStandby, List<Entry> entries)
    {
        foreach (Entry read in events.Read(happening, isStandby, KeyOf(entries)))
        {
            entries.Add(read);
            if (read is Entry.Understood { Event: MessageReceived received } && OptOutWords.Of(received) is { } changed)
                entries.Add(changed);
        }
    }

    // What is ignored is kept nowhere, so a key that is of use within this request is enough.
    private static string KeyOf(List<Entry> entries) => string.Create(CultureInfo.InvariantCulture, $"ignored:{entries.Count}");
}
