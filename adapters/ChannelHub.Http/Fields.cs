using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>
/// Reads the fields of one JSON object and notes everything that is wrong with them, so that a sender learns of all its mistakes at once.
/// An absent field, null and an empty string are the same.
/// </summary>
internal sealed class Fields(JsonElement element, string path, List<FieldError> errors)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";

    public JsonElement Element => element;

    public void Wrong(string name, string message) => errors.Add(new FieldError(path + name, message));

    public string? Text(string name, int longest, bool required = false)
    {
        JsonElement value = Get(name);
        if (value.ValueKind == JsonValueKind.Undefined || (value.ValueKind == JsonValueKind.String && value.GetString()!.Length == 0))
            return Missing(name, required);
        if (value.ValueKind != JsonValueKind.String)
            return Fails(name, "must be a string");
        string text = value.GetString()!;
        return text.Length <= longest ? text : Fails(name, $"must be at most {longest} characters");
    }

    /// <summary>An id of the other system: a string, or a whole number that every JSON reader holds exactly.</summary>
    public string? Id(string name, int longest, bool required = false)
    {
        JsonElement value = Get(name);
        if (value.ValueKind != JsonValueKind.Number)
            return Text(name, longest, required) is not { } text ? null : string.IsNullOrWhiteSpace(text) ? Fails(name, "must not be blank") : text;
        bool exact = value.TryGetInt64(out long number) && Math.Abs((decimal)number) < 1L << 53;
        return exact
            ? number.ToString(CultureInfo.InvariantCulture)
            : Fails(name, "write this id as a string: as a number it is not whole, or so large that it loses digits");
    }

    public bool? Flag(string name)
    {
        JsonElement value = Get(name);
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        if (value.ValueKind != JsonValueKind.Undefined)
            Wrong(name, "must be true or false");
        return null;
    }

    public double Number(string name, double least, double most)
    {
        JsonElement value = Get(name);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most)
            return number;
        Wrong(name, string.Create(CultureInfo.InvariantCulture, $"must be a number from {least} to {most}"));
        return 0;
    }

    public long? Count(string name)
    {
        JsonElement value = Get(name);
        if (value.ValueKind == JsonValueKind.Undefined)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= 0)
            return number;
        Wrong(name, "must be a whole number from 0");
        return null;
    }

    public DateTimeOffset? Time(string name)
    {
        if (Text(name, 64) is not { } text)
            return null;
        text = text.ToUpperInvariant();
        bool zoned = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        text = CutFraction(text);
        if (zoned && DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time))
            return time.ToUniversalTime();
        Wrong(name, "must be a time as in RFC 3339 with its zone, such as 2026-09-21T12:00:00Z");
        return null;
    }

    public Uri? WebAddress(string name)
    {
        if (Text(name, 2048) is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http" && address.UserInfo.Length == 0)
            return address;
        Wrong(name, "must be an http or https address without user name");
        return null;
    }

    public Fields? Object(string name, bool required = false)
    {
        JsonElement value = Get(name);
        if (value.ValueKind == JsonValueKind.Object)
            return new Fields(value, $"{path}{name}.", errors);
        if (value.ValueKind == JsonValueKind.Undefined)
            Missing(name, required);
        else
            Wrong(name, "must be an object");
        return null;
    }

    public IReadOnlyList<Fields> Objects(string name, int most, bool required = false)
    {
        var list = new List<Fields>();
        foreach ((int index, JsonElement item) in Items(name, most, required).Index())
        {
            if (item.ValueKind == JsonValueKind.Object)
                list.Add(new Fields(item, $"{path}{name}[{index}].", errors));
            else
                Wrong($"{name}[{index}]", "must be an object");
        }
        return list;
    }

    public IReadOnlyList<string> Texts(string name, int most, int longest)
    {
        var list = new List<string>();
        foreach ((int index, JsonElement item) in Items(name, most, required: false).Index())
        {
            if (item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } text && text.Length <= longest)
                list.Add(text);
            else
                Wrong($"{name}[{index}]", $"must be a string of 1 to {longest} characters");
        }
        return list;
    }

    private List<JsonElement> Items(string name, int most, bool required)
    {
        JsonElement value = Get(name);
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= most && (value.GetArrayLength() > 0 || !required))
            return [.. value.EnumerateArray()];
        if (value.ValueKind == JsonValueKind.Undefined && !required)
            return [];
        Wrong(name, required ? $"must be a list of 1 to {most}" : $"must be a list of at most {most}");
        return [];
    }

    private JsonElement Get(string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : default;

    private string? Missing(string name, bool required) => required ? Fails(name, "is required") : null;

    private string? Fails(string name, string message)
    {
        Wrong(name, message);
        return null;
    }

    // Some systems write nanoseconds; .NET reads seven digits.
    private static string CutFraction(string text)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
            return text;
        int end = point + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        return end - point - 1 > 7 ? text[..(point + 8)] + text[end..] : text;
    }
}
