using System.Globalization;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>What the page asked, read with suspicion.</summary>
internal sealed class SimulatorAsk(JsonObject asked)
{
    private const int MostText = 10_000;

    public string Text(string name) => Text(name, asked[name]);

    /// <summary>Empty when it is missing.</summary>
    public IReadOnlyList<string> Texts(string name) => asked[name] is JsonArray list ? [.. list.Select(one => Text(name, one))] : [];

    public FakeFile File() => new(Text("name"), Text("type"), Bytes("bytes"));

    public int Number(string name, int most) =>
        asked[name] is { } value && int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= most
            ? number
            : throw new WrongException($"{name} is not a number from 0 to {most}");

    public bool Flag(string name) => asked[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static string Text(string name, JsonNode? given) => given is JsonValue value && value.TryGetValue(out string? text) && text.Length is > 0 and <= MostText
        ? text
        : throw new WrongException($"{name} is missing or too long");

    private byte[] Bytes(string name)
    {
        if (asked[name] is JsonValue value && value.TryGetValue(out string? base64))
        {
            byte[] bytes = new byte[base64.Length];
            if (base64.Length > 0 && Convert.TryFromBase64String(base64, bytes, out int length))
                return bytes[..length];
        }
        throw new WrongException($"{name} is no file");
    }

    public JsonObject Flags(IEnumerable<string> names) => new(names.Select(name => KeyValuePair.Create(name, (JsonNode?)Flag(name))));

    /// <summary>What was asked is not possible; the words are for whoever sits at the page.</summary>
    internal sealed class WrongException(string message) : Exception(message);
}
