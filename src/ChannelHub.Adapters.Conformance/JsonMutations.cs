using System.Text;
using System.Text.Json;

namespace ChannelHub.Adapters.Conformance;

/// <summary>Takes a JSON body and puts something else in the place of each of its values, one at a time.</summary>
internal static class JsonMutations
{
    private static readonly byte[][] Strangers =
    [
        "null"u8.ToArray(), "true"u8.ToArray(), "-1"u8.ToArray(), "0.5"u8.ToArray(), "1e999"u8.ToArray(), "9007199254740993"u8.ToArray(),
        "99999999999999999999999999"u8.ToArray(), "\"\""u8.ToArray(), "\" \""u8.ToArray(), "\"a\\u0000b\""u8.ToArray(), "\"\\ud800\""u8.ToArray(),
        "\"\\udc00\\ud83d x\""u8.ToArray(), "\"\\u202e\\u2028\""u8.ToArray(), "\"0001-01-01T00:00:00+14:00\""u8.ToArray(),
        "\"9999-12-31T23:59:59-14:00\""u8.ToArray(), "[]"u8.ToArray(), "[null]"u8.ToArray(), "[[[]]]"u8.ToArray(), "{}"u8.ToArray(),
        "{\"a\":1,\"a\":2}"u8.ToArray(), "{\"type\":[]}"u8.ToArray(), Encoding.UTF8.GetBytes("\"" + new string('y', 5000) + "\""),
        Encoding.UTF8.GetBytes(new string('[', 70) + new string(']', 70)), "\"\xff\xfe\""u8.ToArray(), [0x22, 0xC3, 0x28, 0x22], "x"u8.ToArray(),
    ];

    /// <summary>Every value replaced by every stranger, and every member written twice. Nothing if the body is not JSON.</summary>
    public static IEnumerable<byte[]> Of(ReadOnlyMemory<byte> body)
    {
        foreach ((int start, int end) in Values(body.Span))
        {
            foreach (byte[] stranger in Strangers)
                yield return [.. body.Span[..start], .. stranger, .. body.Span[end..]];
        }
        foreach ((int start, int end) in Members(body.Span))
            yield return [.. body.Span[..end], .. ","u8, .. body.Span[start..end], .. body.Span[end..]];
    }

    private static List<(int Start, int End)> Values(ReadOnlySpan<byte> body) => Spans(body, members: false);

    private static List<(int Start, int End)> Members(ReadOnlySpan<byte> body) => Spans(body, members: true);

    private static List<(int Start, int End)> Spans(ReadOnlySpan<byte> body, bool members)
    {
        var spans = new List<(int, int)>();
        var opened = new Stack<int>();
        int name = -1;
        var reader = new Utf8JsonReader(body);
        try
        {
            while (reader.Read())
            {
                int start = (int)reader.TokenStartIndex;
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        name = start;
                        continue;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        opened.Push(members ? name : start);
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        Add(opened.Pop(), (int)reader.BytesConsumed);
                        break;
                    default:
                        Add(members ? name : start, (int)reader.BytesConsumed);
                        break;
                }
                name = -1;
            }
        }
        catch (JsonException)
        {
            return [];
        }
        return spans;

        void Add(int start, int end)
        {
            if (start >= 0)
                spans.Add((start, end));
        }
    }
}
