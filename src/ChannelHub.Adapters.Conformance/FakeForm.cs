using System.Text;

namespace ChannelHub.Adapters.Conformance;

/// <summary>Form bodies as fake providers read them.</summary>
internal static class FakeForm
{
    /// <summary>Fields in their order; a name may stand more than once.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Fields(string form) =>
        [.. form.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(sides => KeyValuePair.Create(Decode(sides[0]), Decode(sides.ElementAtOrDefault(1) ?? "")))];

    /// <summary>Fields by name; the last of a name counts.</summary>
    public static Dictionary<string, string> Read(string form)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in Fields(form))
            fields[name] = value;
        return fields;
    }

    /// <summary>Fields as a body.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, string>> fields) =>
        string.Join('&', fields.Select(field => $"{Uri.EscapeDataString(field.Key)}={Uri.EscapeDataString(field.Value)}"));

    // Byte by byte, since what a customer sent may be no UTF-8 once it is decoded.
    private static string Decode(string text)
    {
        byte[] raw = Encoding.UTF8.GetBytes(text);
        using var decoded = new MemoryStream(raw.Length);
        for (int at = 0; at < raw.Length; at++)
        {
            bool escaped = raw[at] == '%' && at + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[at + 1]) && char.IsAsciiHexDigit((char)raw[at + 2]);
            decoded.WriteByte(escaped ? Convert.ToByte($"{(char)raw[at + 1]}{(char)raw[at + 2]}", 16) : raw[at] == '+' ? (byte)' ' : raw[at]);
            at += escaped ? 2 : 0;
        }
        return Encoding.UTF8.GetString(decoded.ToArray());
    }
}
