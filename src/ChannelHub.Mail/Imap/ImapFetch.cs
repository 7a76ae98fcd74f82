using System.Globalization;

namespace ChannelHub.Mail.Imap;

/// <summary>The answer to a FETCH, as far as we ask for it.</summary>
internal sealed record ImapFetch(uint? Uid, long? Size, IReadOnlyList<string>? Flags, DateTimeOffset? Received, byte[]? Body)
{
    public static ImapFetch? Read(ImapResponse response)
    {
        if (response.Values() is not [{ Text: not null }, { Text: { } word }, { List: { } pairs }, ..] || !word.Equals("FETCH", StringComparison.OrdinalIgnoreCase))
            return null;
        ImapFetch fetch = new(null, null, null, null, null);
        for (int i = 0; i + 1 < pairs.Count; i += 2)
            fetch = fetch.With(pairs[i].AsText.ToUpperInvariant(), pairs[i + 1]);
        return fetch;
    }

    private ImapFetch With(string name, ImapValue value) => name switch
    {
        "UID" => this with { Uid = value.AsNumber },
        "RFC822.SIZE" => this with { Size = value.AsNumber },
        "FLAGS" => this with { Flags = [.. (value.List ?? []).Take(100).Select(f => f.AsText)] },
        "INTERNALDATE" => this with { Received = Date(value.AsText) },
        _ when name.StartsWith("BODY[]", StringComparison.Ordinal) => this with { Body = value.Text?.Equals("NIL", StringComparison.OrdinalIgnoreCase) == true ? [] : value.AsBytes },
        _ => this,
    };

    private static DateTimeOffset? Date(string text) =>
        DateTimeOffset.TryParseExact(text.Trim(), ["d-MMM-yyyy HH:mm:ss zzz", "dd-MMM-yyyy HH:mm:ss zzz"], CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset date)
            ? date
            : Mime.MailDate.Parse(text);
}
