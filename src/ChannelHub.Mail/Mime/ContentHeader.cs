using System.Globalization;
using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>A header of one value and parameters: Content-Type, Content-Disposition.</summary>
/// <param name="Value">The value before the first parameter, lower-case.</param>
/// <param name="Parameters">Names in lower case with their decoded values; the first of a name counts.</param>
public sealed record ContentHeader(string Value, IReadOnlyList<KeyValuePair<string, string>> Parameters)
{
    /// <summary>The value of a parameter; null when absent.</summary>
    public string? this[string name]
    {
        get
        {
            foreach ((string key, string value) in Parameters)
            {
                if (key == name)
                    return value;
            }
            return null;
        }
    }

    /// <summary>Reads what stands after the header's colon.</summary>
    public static ContentHeader Parse(ReadOnlySpan<byte> raw) => ParameterReader.Read(HeaderText.Unfold(raw));

    /// <summary>The first word of a header value, comments and parameters aside.</summary>
    internal static string Token(string value)
    {
        ReadOnlySpan<char> text = value.AsSpan().Trim();
        while (text.StartsWith("(") && text.IndexOf(')') is > 0 and int close)
            text = text[(close + 1)..].TrimStart();
        int end = text.IndexOfAny(" \t;(");
        return (end < 0 ? text : text[..end]).Trim("\"").ToString();
    }
}

/// <summary>Reads parameters: quoted, bare, continued over several (RFC 2231), with encoded words where none belong.</summary>
internal sealed class ParameterReader
{
    private const int Most = 1_000;

    private readonly string text;
    private readonly List<KeyValuePair<string, string>> plain = [];
    private readonly Dictionary<string, SortedDictionary<long, Segment>> continued = new(StringComparer.Ordinal);
    private int at;

    private ParameterReader(string text) => this.text = text;

    public static ContentHeader Read(string text)
    {
        string value = ContentHeader.Token(text).ToLowerInvariant();
        ParameterReader reader = new(text);
        int semicolon = text.IndexOf(';');
        int space = text.IndexOf(' ');
        // "text/plain charset=x" forgot its semicolon.
        reader.at = semicolon >= 0 && (space < 0 || semicolon < space || !text[..semicolon].Contains('=')) ? semicolon + 1
            : space >= 0 ? space : text.Length;
        reader.ReadAll();
        return new ContentHeader(value, reader.Joined());
    }

    private void ReadAll()
    {
        for (int count = 0; count < Most && at < text.Length; count++)
        {
            Skip();
            int start = at;
            while (at < text.Length && text[at] is not ('=' or ';' or ' ' or '"'))
                at++;
            string name = text[start..at].ToLowerInvariant();
            SkipSpace();
            if (at >= text.Length || text[at] != '=' || name.Length == 0)
            {
                if (at == start)
                    at++;
                continue;
            }
            at++;
            SkipSpace();
            Keep(name, ReadValue(name));
        }
    }

    private string ReadValue(string name)
    {
        if (at < text.Length && text[at] == '"')
            return ReadQuoted();
        int start = at;
        // Bare file names with spaces are common; any other bare value ends at white space.
        bool toSemicolon = name.StartsWith("filename", StringComparison.Ordinal) || name.StartsWith("name", StringComparison.Ordinal);
        int length = text.AsSpan(at).IndexOfAny(toSemicolon ? ";" : "; ");
        at = length < 0 ? text.Length : at + length;
        string value = text[start..at].Trim();
        int comment = value.IndexOf('(');
        return !toSemicolon && comment > 0 ? value[..comment] : value;
    }

    private string ReadQuoted()
    {
        StringBuilder value = new();
        at++;
        while (at < text.Length && text[at] != '"')
        {
            bool escaped = text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '"' or '\\';
            value.Append(escaped ? text[at + 1] : text[at]);
            at += escaped ? 2 : 1;
        }
        at++;
        return value.ToString();
    }

    private void Keep(string name, string value)
    {
        int star = name.IndexOf('*');
        if (star < 0)
        {
            plain.Add(new(name, EncodedWords.Decode(value)));
            return;
        }
        bool encoded = name.EndsWith('*');
        string number = name[(star + 1)..].TrimEnd('*');
        bool whole = number.Length == 0;
        if (!whole && (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long index) || index > 999_999_999))
            return;
        else if (whole)
            index = 0;
        else
            index = long.Parse(number, CultureInfo.InvariantCulture);
        string bare = name[..star];
        if (!continued.TryGetValue(bare, out SortedDictionary<long, Segment>? segments))
            continued[bare] = segments = [];
        segments.TryAdd(index, new Segment(value, encoded));
    }

    /// <summary>The modern form of a parameter wins over the plain one beside it.</summary>
    private List<KeyValuePair<string, string>> Joined()
    {
        List<KeyValuePair<string, string>> joined = [.. continued.Select(c => KeyValuePair.Create(c.Key, Join(c.Value.Values)))];
        joined.AddRange(plain);
        return joined;
    }

    private static string Join(IEnumerable<Segment> segments)
    {
        string charset = "";
        using MemoryStream bytes = new();
        bool first = true;
        bool anyEncoded = false;
        foreach (Segment segment in segments)
        {
            string value = segment.Value;
            if (first && segment.Encoded && value.IndexOf('\'', StringComparison.Ordinal) is >= 0 and int quote
                && value.IndexOf('\'', quote + 1) is > 0 and int second)
            {
                charset = value[..quote];
                value = value[(second + 1)..];
            }
            anyEncoded |= segment.Encoded;
            if (segment.Encoded)
                Unescape(value, bytes);
            else
                bytes.Write(Encoding.UTF8.GetBytes(value));
            first = false;
        }
        string joined = Charsets.Decode(bytes.ToArray(), charset.Length == 0 ? null : charset);
        return HeaderText.OneLine(anyEncoded ? joined : EncodedWords.Decode(joined));
    }

    private static void Unescape(string value, MemoryStream bytes)
    {
        byte[] source = Encoding.UTF8.GetBytes(value);
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i] == '%' && i + 2 < source.Length
                && TransferDecoding.Hex(source[i + 1]) is >= 0 and int high && TransferDecoding.Hex(source[i + 2]) is >= 0 and int low)
            {
                bytes.WriteByte((byte)((high << 4) | low));
                i += 2;
            }
            else
            {
                bytes.WriteByte(source[i]);
            }
        }
    }

    private void Skip()
    {
        while (at < text.Length && text[at] is ' ' or ';')
            at++;
    }

    private void SkipSpace()
    {
        while (at < text.Length && text[at] == ' ')
            at++;
    }

    private readonly record struct Segment(string Value, bool Encoded);
}
