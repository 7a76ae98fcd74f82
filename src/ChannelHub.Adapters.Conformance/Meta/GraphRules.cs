using System.Text;
using System.Text.Json;

namespace ChannelHub.Adapters.Conformance.Meta;

/// <summary>What the products' calls have in common when they are held against the rules: every judgement is a sentence, or null where nothing is wrong.</summary>
internal static class GraphRules
{
    public static string? First(params ReadOnlySpan<string?> judgements)
    {
        foreach (string? wrong in judgements)
        {
            if (wrong is not null)
                return wrong;
        }
        return null;
    }

    public static string? Only(JsonElement parent, params ReadOnlySpan<string> names)
    {
        foreach (JsonProperty member in parent.EnumerateObject())
        {
            if (!names.Contains(member.Name))
                return $"unknown parameter {member.Name}";
        }
        return null;
    }

    public static string? Text(JsonElement parent, string name, int max, bool required = true, bool inBytes = false)
    {
        if (!parent.TryGetProperty(name, out JsonElement value))
            return required ? $"{name} is missing" : null;
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 } text)
            return $"{name} is not a text that holds something";
        int length = inBytes ? Encoding.UTF8.GetByteCount(text) : text.Length;
        return length <= max ? null : $"{name} is longer than {max}";
    }

    public static string? Is(JsonElement parent, string name, params ReadOnlySpan<string> values) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && values.Contains(value.GetString())
            ? null : $"{name} is not {string.Join(" or ", values.ToArray())}";

    public static string? Object(JsonElement parent, string name, Func<JsonElement, string?> judge, bool required = true)
    {
        if (!parent.TryGetProperty(name, out JsonElement value))
            return required ? $"{name} is missing" : null;
        return value.ValueKind == JsonValueKind.Object ? judge(value) : $"{name} is not an object";
    }

    public static string? List(JsonElement parent, string name, int min, int max, Func<JsonElement, string?> judge, bool required = true)
    {
        if (!parent.TryGetProperty(name, out JsonElement value))
            return required ? $"{name} is missing" : null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() < min || value.GetArrayLength() > max)
            return $"{name} is not a list of {min} to {max}";
        return value.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.Object ? judge(one) : $"{name} holds what is no object").FirstOrDefault(wrong => wrong is not null);
    }

    public static string? Distinct(JsonElement parent, string list, Func<JsonElement, string?> of) =>
        parent.TryGetProperty(list, out JsonElement value) && value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().Select(of).GroupBy(one => one, StringComparer.Ordinal).Any(group => group.Count() > 1)
            ? $"{list} holds one twice" : null;

    public static string? Number(JsonElement parent, string name, double limit) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && Math.Abs(value.GetDouble()) <= limit ? null : $"{name} is not an angle";

    public static string? Id(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } ? null : $"{name} is not an id written as text";
}
