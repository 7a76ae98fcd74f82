using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>
/// Reads JSON without ever throwing for a value. <see cref="JsonElement.GetString"/> throws for half a surrogate pair and for broken UTF-8;
/// here both, and NUL, become U+FFFD.
/// </summary>
internal static class TelegramJson
{
    /// <summary>False also where the value is null.</summary>
    public static bool Has(this JsonElement parent, ReadOnlySpan<byte> name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    public static bool Has(this JsonElement parent, ReadOnlySpan<byte> name) => parent.Has(name, out _);

    public static bool IsTrue(this JsonElement parent, ReadOnlySpan<byte> name) => parent.Has(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    public static JsonElement Child(this JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.Has(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value : default;

    public static IEnumerable<JsonElement> List(this JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    public static IEnumerable<JsonElement> List(this JsonElement parent, ReadOnlySpan<byte> name) => parent.Has(name, out JsonElement value) ? value.List() : [];

    public static long? Long(this JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.Has(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : null;

    public static double? Double(this JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.Has(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number : null;

    /// <summary>Null where there is no string. What is longer than <paramref name="max"/> is cut, never inside a surrogate pair.</summary>
    public static string? Text(this JsonElement parent, ReadOnlySpan<byte> name, int max = int.MaxValue) =>
        parent.Has(name, out JsonElement value) ? value.Text(max) : null;

    public static string? Text(this JsonElement value, int max = int.MaxValue) =>
        value.ValueKind == JsonValueKind.String ? Decode(JsonMarshal.GetRawUtf8Value(value)[1..^1], max) : null;

    public static string Name(this JsonProperty property) => Decode(JsonMarshal.GetRawUtf8PropertyName(property), 64);

    private static string Decode(ReadOnlySpan<byte> raw, int max) =>
        CleanText.Truncate(raw.Contains((byte)'\\') ? Unescape(raw) : Encoding.UTF8.GetString(raw), max);

    // The Bot API writes everything beyond ASCII as \uXXXX, so this is the usual way for most languages. Telling escapes apart is all there is
    // to do: the reader has checked that they are complete, and decoding never lengthens, so it is done in place.
    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        Span<char> text = raw.Length <= 1024 ? stackalloc char[1024] : new char[raw.Length];
        text = text[..Encoding.UTF8.GetChars(raw, text)];
        int length = 0;
        for (int next = 0; next < text.Length; next++)
        {
            char letter = text[next];
            if (letter == '\\')
            {
                letter = text[++next];
                if (letter == 'u')
                {
                    letter = (char)ushort.Parse(text.Slice(next + 1, 4), System.Globalization.NumberStyles.AllowHexSpecifier, provider: null);
                    next += 4;
                }
                else
                {
                    letter = letter switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', _ => letter };
                }
            }
            text[length++] = letter;
        }
        return CleanText.Clean(new string(text[..length]));
    }
}
