using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ChannelHub.Adapters;

/// <summary>Reads JSON that strangers wrote.</summary>
public static class ProviderJson
{
    /// <summary>
    /// The document, or null if the bytes are not JSON; never throws. What no database takes (broken UTF-8, U+0000 and halves of surrogate pairs,
    /// in values and in names) reads as U+FFFD, so that no accessor of <see cref="JsonElement"/> throws for its content. Of a repeated name
    /// the last value counts. Deeper than 64 levels is not JSON.
    /// </summary>
    public static JsonDocument? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(Clean(body));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The bytes as <see cref="TryParse"/> reads them.</summary>
    internal static ReadOnlyMemory<byte> Clean(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        if (!Utf8.IsValid(body.Span))
            body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body.Span));
        if (body.Span.IndexOf("\\u"u8) < 0)
            return body;
        byte[] cleaned = body.ToArray();
        CleanEscapes(cleaned);
        return cleaned;
    }

    // In place, since \ufffd is as long as what it replaces. A backslash outside a string is no JSON anyway.
    private static void CleanEscapes(Span<byte> json)
    {
        for (int at = 0; at + 1 < json.Length; at++)
        {
            if (json[at] != '\\')
                continue;
            if (Unit(json, at) is { } unit)
            {
                if (char.IsHighSurrogate(unit) && Unit(json, at + 6) is { } next && char.IsLowSurrogate(next))
                    at += 6;
                else if (unit == '\0' || char.IsSurrogate(unit))
                    "\\ufffd"u8.CopyTo(json[at..]);
                at += 5;
            }
            else
            {
                at++;
            }
        }
    }

    private static char? Unit(ReadOnlySpan<byte> json, int at) =>
        at + 6 <= json.Length && json[at] == '\\' && json[at + 1] == 'u'
        && ushort.TryParse(json.Slice(at + 2, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out ushort unit)
            ? (char)unit
            : null;
}
