using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>
/// The account's own list of messages. Twilio tries a webhook a few times and never again; what got lost so is found here. Every message is looked at once,
/// when it is some minutes old: by then its webhook has come, wherever it comes at all.
/// </summary>
internal sealed class TwilioHistory(TwilioMessagingSettings settings, TwilioApi api, TimeProvider clock, bool whatsApp)
{
    private const int PageSize = 100;
    private const int BatchSize = 20;
    private const int MostPages = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);

    // Before a channel was made its messages were somebody else's affair, but for what came while it was being set up.
    private static readonly TimeSpan FirstLook = TimeSpan.FromHours(1);

    /// <summary>Whether these settings say whose messages to look for.</summary>
    public static bool CanLook(TwilioMessagingSettings settings) =>
        !string.IsNullOrEmpty(settings.AccountSid) && !(string.IsNullOrEmpty(settings.From) && string.IsNullOrEmpty(settings.MessagingServiceSid));

    /// <summary>Yields what came since the cursor, oldest first, and looks again every few minutes.</summary>
    public async IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellation)
    {
        TwilioPlace place = TwilioPlace.Read(cursor) ?? TwilioPlace.After(clock.GetUtcNow() - FirstLook);
        while (true)
        {
            TwilioPlace end = TwilioPlace.After(clock.GetUtcNow() - Settled);
            foreach (TwilioListed[] some in (await ListAsync(place, end, cancellation)).Chunk(BatchSize))
            {
                var items = new List<ReadOnlyMemory<byte>>(some.Length);
                foreach (TwilioListed message in some)
                    items.Add(await ItemAsync(message, cancellation));
                yield return new PulledBatch(items, some[^1].Place.ToString()) { IsHistory = true };
            }
            // Also where nothing came: a hub that is then off for days knows how far it had looked.
            place = end;
            yield return new PulledBatch([], place.ToString());
            await Task.Delay(Interval, clock, cancellation);
        }
    }

    // The list begins with the newest; days are the finest that it can be asked for.
    private async Task<IEnumerable<TwilioListed>> ListAsync(TwilioPlace after, TwilioPlace until, CancellationToken cancellation)
    {
        var found = new List<TwilioListed>();
        string service = settings.MessagingServiceSid ?? "";
        string to = service.Length > 0 ? "" : $"To={Uri.EscapeDataString(TwilioAddresses.Own(settings.From!, whatsApp))}&";
        string? page = $"Messages.json?{to}DateSent%3E={after.At.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}&PageSize={PageSize}";
        for (int pages = 0; page is not null; pages++)
        {
            if (pages == MostPages)
                throw new IOException("Messages: the list does not end");
            JsonElement answer = await ReadAsync(page, cancellation);
            TwilioListed[] listed = [.. answer.List("messages").Select(TwilioListed.Read).OfType<TwilioListed>()];
            found.AddRange(listed.Where(one => one.IsInbound && one.Place > after && one.Place <= until && (service.Length == 0 || one.Message.Text("messaging_service_sid") == service)));
            page = listed.Length > 0 && listed.All(one => one.Place <= after) ? null : api.NextPage(answer);
        }
        return found.OrderBy(one => one.Place);
    }

    private async Task<JsonElement> ReadAsync(string page, CancellationToken cancellation)
    {
        TwilioAnswer answer = await api.ListAsync(page, cancellation);
        if (answer.Fault is { Kind: FaultKind.NotAuthorized } refused)
            throw new PullRefusedException(refused);
        if (answer.Fault is { } fault)
            throw new IOException($"Messages: {fault.Detail}");
        return answer.Body.Has("messages") ? answer.Body : throw new IOException("Messages: an answer without messages");
    }

    // As its webhook would have come, and with the time, which that lacks.
    private async Task<ReadOnlyMemory<byte>> ItemAsync(TwilioListed one, CancellationToken cancellation)
    {
        List<(string Name, string? Value)> fields =
        [
            ("MessageSid", one.Place.Sid), ("AccountSid", settings.AccountSid), ("From", one.Message.Text("from")), ("To", one.Message.Text("to")),
            ("Body", one.Message.Text("body")), ("MessagingServiceSid", one.Message.Text("messaging_service_sid")), (TwilioMessages.PulledDate, one.Place.At.ToString("O", CultureInfo.InvariantCulture)),
        ];
        IReadOnlyList<JsonElement> files = one.Message.Text("num_media") is "0" or null ? [] : await FilesAsync(one, cancellation);
        fields.Add(("NumMedia", files.Count.ToString(CultureInfo.InvariantCulture)));
        foreach ((int index, JsonElement file) in files.Index())
        {
            fields.Add(($"MediaUrl{index}", api.Address($"Messages/{one.Place.Sid}/Media/{Uri.EscapeDataString(file.Id("sid") ?? "")}")));
            fields.Add(($"MediaContentType{index}", file.Text("content_type")));
        }
        return Encoding.UTF8.GetBytes(string.Join('&', fields.Where(field => field.Value is not null)
            .Select(field => $"{Uri.EscapeDataString(field.Name)}={Uri.EscapeDataString(field.Value!)}")));
    }

    // Files that were deleted meanwhile do not hold up the words beside them.
    private async Task<IReadOnlyList<JsonElement>> FilesAsync(TwilioListed one, CancellationToken cancellation)
    {
        TwilioAnswer answer = await api.ListAsync($"Messages/{one.Place.Sid}/Media.json", cancellation);
        return answer.Fault is null or { Kind: FaultKind.ContentRefused or FaultKind.NotAuthorized } ? [.. answer.Body.List("media_list")]
            : throw new IOException($"Media: {answer.Fault.Detail}");
    }
}

/// <summary>One line of the list.</summary>
internal sealed record TwilioListed(TwilioPlace Place, bool IsInbound, JsonElement Message)
{
    /// <summary>Null for what is not dated yet, or is no message.</summary>
    public static TwilioListed? Read(JsonElement message) =>
        message.Id("sid") is { } sid && (Date(message.Text("date_sent")) ?? Date(message.Text("date_created"))) is { } at
            ? new(new TwilioPlace(at, sid), message.Text("direction") == "inbound", message)
            : null;

    private static DateTimeOffset? Date(string? text) =>
        DateTimeOffset.TryParseExact(text, "ddd, d MMM yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset at) ? at.ToUniversalTime() : null;
}

/// <summary>A place in the list: a second, and a message within it. Written as <c>seconds sid</c> it is the cursor.</summary>
internal sealed record TwilioPlace(DateTimeOffset At, string Sid) : IComparable<TwilioPlace>
{
    // Behind every sid.
    private const string Last = "~";

    public static bool operator >(TwilioPlace left, TwilioPlace right) => left.CompareTo(right) > 0;

    public static bool operator <(TwilioPlace left, TwilioPlace right) => left.CompareTo(right) < 0;

    public static bool operator >=(TwilioPlace left, TwilioPlace right) => left.CompareTo(right) >= 0;

    public static bool operator <=(TwilioPlace left, TwilioPlace right) => left.CompareTo(right) <= 0;

    /// <summary>Behind everything of this second.</summary>
    public static TwilioPlace After(DateTimeOffset time) => new(DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds()), Last);

    /// <summary>Null if it is no cursor of ours.</summary>
    public static TwilioPlace? Read(string? cursor) =>
        cursor?.Split(' ') is [var seconds, var sid] && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out long at) && at < 253_402_300_800
            ? new(DateTimeOffset.FromUnixTimeSeconds(at), sid)
            : null;

    public int CompareTo(TwilioPlace? other) => other is null ? 1 : At != other.At ? At.CompareTo(other.At) : string.CompareOrdinal(Sid, other.Sid);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.ToUnixTimeSeconds()} {Sid}");
}
