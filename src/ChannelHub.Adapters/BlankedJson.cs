using System.Text.Json;

namespace ChannelHub.Adapters;

/// <summary>Takes secrets out of a JSON object and leaves every other byte as it came.</summary>
internal static class BlankedJson
{
    /// <summary>The body with the values of these members blanked, wherever they stand in the outermost object. What is no JSON stays as it is.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> body, IReadOnlyList<string> names) =>
        Blank(body, names) ?? Blank(ProviderJson.Clean(body), names) ?? body;

    private static ReadOnlyMemory<byte>? Blank(ReadOnlyMemory<byte> body, IReadOnlyList<string> names)
    {
        List<(int Start, int End)> values = [];
        try
        {
            Find(body.Span, names, values);
        }
        catch (JsonException)
        {
            return null;
        }
        if (values.Count == 0)
            return body;
        using var blanked = new MemoryStream(body.Length + 16);
        int copied = 0;
        foreach ((int start, int end) in values)
        {
            blanked.Write(body.Span[copied..start]);
            blanked.Write("\"•••\""u8);
            copied = end;
        }
        blanked.Write(body.Span[copied..]);
        return blanked.ToArray();
    }

    private static void Find(ReadOnlySpan<byte> body, IReadOnlyList<string> names, List<(int, int)> values)
    {
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !IsOneOf(ref reader, names))
                continue;
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            values.Add((start, (int)reader.BytesConsumed));
        }
    }

    private static bool IsOneOf(ref Utf8JsonReader reader, IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (reader.ValueTextEquals(name))
                return true;
        }
        return false;
    }
}
