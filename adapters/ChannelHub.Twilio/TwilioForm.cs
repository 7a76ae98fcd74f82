using System.Text;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>The parameters of one request, in the order in which they came.</summary>
internal sealed class TwilioForm
{
    private readonly List<KeyValuePair<string, string>> fields;

    private TwilioForm(List<KeyValuePair<string, string>> read) => fields = read;

    public IReadOnlyList<KeyValuePair<string, string>> Fields => fields;

    /// <summary>A form as it stands in a body. Whatever the bytes are, it is read.</summary>
    public static TwilioForm Read(ReadOnlySpan<byte> body)
    {
        var read = new List<KeyValuePair<string, string>>();
        foreach (Range range in body.Split((byte)'&'))
        {
            ReadOnlySpan<byte> pair = body[range];
            if (pair.IsEmpty)
                continue;
            int equals = pair.IndexOf((byte)'=');
            read.Add(KeyValuePair.Create(Decode(equals < 0 ? pair : pair[..equals]), equals < 0 ? "" : Decode(pair[(equals + 1)..])));
        }
        return new(read);
    }

    /// <summary>What parsing sees: the body, or the query where Twilio was told to GET.</summary>
    public static TwilioForm Of(AuthenticInput input) => input.Method == "GET" ? new([.. input.Query]) : Read(input.Body.Span);

    /// <summary>The first of that name, as every store can take it; null if it is absent or empty.</summary>
    public string? this[string name]
    {
        get
        {
            foreach ((string field, string value) in fields)
            {
                if (field == name)
                    return value.Length == 0 ? null : CleanText.Clean(value);
            }
            return null;
        }
    }

    /// <summary>A value that is of use only whole.</summary>
    public string? Id(string name, int max = 64) => this[name] is { } id && id.Length <= max ? id : null;

    private static string Decode(ReadOnlySpan<byte> raw)
    {
        Span<byte> bytes = raw.Length <= 1024 ? stackalloc byte[raw.Length] : new byte[raw.Length];
        int length = 0;
        for (int at = 0; at < raw.Length; at++)
        {
            if (raw[at] == '%' && at + 2 < raw.Length && Hex(raw[at + 1]) is { } high && Hex(raw[at + 2]) is { } low)
            {
                bytes[length++] = (byte)((high << 4) | low);
                at += 2;
            }
            else
            {
                bytes[length++] = raw[at] == '+' ? (byte)' ' : raw[at];
            }
        }
        return Encoding.UTF8.GetString(bytes[..length]);
    }

    private static int? Hex(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => null,
    };
}
