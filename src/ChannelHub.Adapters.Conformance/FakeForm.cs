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

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
