using System.Text;
using System.Text.Json;

namespace ChannelHub.Telegram;

/// <summary>
/// Reads what an update must have, and remembers the first thing that is not so. Readers go on with empty values to the end; then
/// <see cref="Broken"/> says whether what they made may be used.
/// </summary>
internal sealed class TelegramShape
{
    public string? Broken { get; private set; }

    public long Long(JsonElement parent, ReadOnlySpan<byte> name) => parent.Long(name) ?? Miss(name, "a whole number", 0L);

    /// <summary>An angle between minus and plus <paramref name="limit"/> degrees.</summary>
    public double Degrees(JsonElement parent, ReadOnlySpan<byte> name, double limit) =>
        parent.Double(name) is { } angle && Math.Abs(angle) <= limit ? angle : Miss(name, "an angle", 0d);

    public string Text(JsonElement parent, ReadOnlySpan<byte> name, int max = int.MaxValue) => parent.Text(name, max) ?? Miss(name, "a text", "");

    /// <summary>A text that is of use only whole.</summary>
    public string Id(JsonElement parent, ReadOnlySpan<byte> name, int max) =>
        parent.Text(name) is { Length: > 0 } id && id.Length <= max ? id : Miss(name, "an id", "");

    public JsonElement Object(JsonElement parent, ReadOnlySpan<byte> name)
    {
        JsonElement child = parent.Child(name);
        return child.ValueKind == JsonValueKind.Object ? child : Miss(name, "an object", child);
    }

    public IEnumerable<JsonElement> List(JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.Has(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : Miss<IEnumerable<JsonElement>>(name, "a list", []);

    private T Miss<T>(ReadOnlySpan<byte> name, string what, T instead)
    {
        Broken ??= $"{Encoding.UTF8.GetString(name)} is not {what}";
        return instead;
    }
}
