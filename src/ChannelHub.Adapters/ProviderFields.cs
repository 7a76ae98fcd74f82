using System.Text.Json;

namespace ChannelHub.Adapters;

/// <summary>
/// Reads members of JSON that <see cref="ProviderJson.TryParse"/> has opened, without ever throwing: what is absent, null or of another kind
/// is null, false or empty.
/// </summary>
public static class ProviderFields
{
    /// <summary>Whether there is such a member and it is not null.</summary>
    public static bool Has(this JsonElement parent, string name) => parent.Get(name).ValueKind != JsonValueKind.Undefined;

    /// <summary>The member; undefined where there is none, or where it is null.</summary>
    public static JsonElement Get(this JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : default;

    /// <summary>The member if it is an object, else undefined.</summary>
    public static JsonElement Child(this JsonElement parent, string name) => parent.Get(name) is { ValueKind: JsonValueKind.Object } child ? child : default;

    /// <summary>The members of a list.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement parent, string name) =>
        parent.Get(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>A string, cut between characters to at most <paramref name="max"/> UTF-16 units.</summary>
    public static string? Text(this JsonElement parent, string name, int max = int.MaxValue) =>
        parent.Get(name) is { ValueKind: JsonValueKind.String } text ? CleanText.Truncate(text.GetString()!, max) : null;

    /// <summary>A string that is of use only whole: null also if it is empty or longer than <paramref name="max"/>.</summary>
    public static string? Id(this JsonElement parent, string name, int max = 256) =>
        parent.Get(name) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } id && id.Length <= max ? id : null;

    /// <summary>A whole number.</summary>
    public static long? Long(this JsonElement parent, string name) =>
        parent.Get(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number) ? number : null;

    /// <summary>A finite number.</summary>
    public static double? Double(this JsonElement parent, string name) =>
        parent.Get(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;

    /// <summary>Whether the member is true.</summary>
    public static bool IsTrue(this JsonElement parent, string name) => parent.Get(name).ValueKind == JsonValueKind.True;
}
