using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Meta.Graph;

/// <summary>
/// Reads what one entry must have, and remembers the first thing that is not so. Readers go on with empty values to the end; then <see cref="Entry"/>
/// gives what they made, or says why it may not be used.
/// </summary>
internal sealed class GraphShape
{
    private const long FirstMillisecond = 1_000_000_000_000;
    private const long LastSecond = 253_402_300_799;

    public string? Broken { get; private set; }

    public string Id(JsonElement parent, string name, int max = 256) => parent.Id(name, max) ?? Miss(name, "an id", "");

    public string Text(JsonElement parent, string name, int max = int.MaxValue) => parent.Text(name, max) ?? Miss(name, "a text", "");

    public JsonElement Object(JsonElement parent, string name)
    {
        JsonElement child = parent.Child(name);
        return child.ValueKind == JsonValueKind.Object ? child : Miss(name, "an object", child);
    }

    /// <summary>An angle between minus and plus <paramref name="limit"/> degrees.</summary>
    public double Degrees(JsonElement parent, string name, double limit) =>
        parent.Double(name) is { } angle && Math.Abs(angle) <= limit ? angle : Miss(name, "an angle", 0d);

    public T Miss<T>(string name, string what, T instead)
    {
        Broken ??= $"{name} is not {what}";
        return instead;
    }

    /// <summary>What was read, or the slice it was read from with the reason why it may not be used.</summary>
    public Entry Entry(JsonElement slice, ChannelEvent read) => Broken is { } reason ? Unreadable(slice, reason) : read;

    public static Entry Unreadable(JsonElement slice, string reason) => new Entry.Unreadable(JsonMarshal.GetRawUtf8Value(slice).ToArray(), reason);

    /// <summary>
    /// Seconds or milliseconds since 1970, as a number or as text: all four are met. What no calendar holds is not told.
    /// </summary>
    public static DateTimeOffset? Time(JsonElement parent, string name)
    {
        if (parent.Long(name) is not { } told && !long.TryParse(parent.Text(name, 20), NumberStyles.None, CultureInfo.InvariantCulture, out told))
            return null;
        return told switch
        {
            <= 0 => null,
            < FirstMillisecond when told <= LastSecond => DateTimeOffset.FromUnixTimeSeconds(told),
            <= LastSecond * 1000 + 999 => DateTimeOffset.FromUnixTimeMilliseconds(told),
            _ => null,
        };
    }

    /// <summary>Adds a small fact, if there is one.</summary>
    public static void Note(ref Dictionary<string, string>? facts, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            (facts ??= [])[name] = value;
    }
}
