using System.Globalization;

namespace ChannelHub.Twilio;

/// <summary>
/// Where a caller is in the menu. It stands in the addresses that Twilio calls, so that nothing need be remembered: any node can go on, and a
/// restart costs no call.
/// </summary>
/// <param name="Language">Index of the language.</param>
/// <param name="Menu">Name of the menu.</param>
/// <param name="Keys">The keys pressed so far that led somewhere, each with its menu: <c>main.2,orders.1</c>.</param>
/// <param name="Try">How often this menu was said.</param>
internal sealed record IvrPlace(int Language, string Menu, string Keys, int Try)
{
    private const int MaxKeys = 150;

    public static IvrPlace Read(IReadOnlyDictionary<string, string> query) => new(
        Number(query, "l"), query.GetValueOrDefault("m") is { Length: > 0 and <= 64 } menu ? menu : "", query.GetValueOrDefault("k") is { Length: <= MaxKeys } keys ? keys : "", Number(query, "t"));

    public IvrPlace After(string key) => this with { Keys = Keys.Length == 0 ? $"{Menu}.{key}" : $"{Keys},{Menu}.{key}" is { Length: <= MaxKeys } longer ? longer : Keys };

    public string Query => string.Create(CultureInfo.InvariantCulture, $"l={Language}&m={Uri.EscapeDataString(Menu)}&k={Uri.EscapeDataString(Keys)}&t={Try}");

    /// <summary>What agents read of the keys.</summary>
    public IReadOnlyList<string> Choices(IvrSettings ivr) => [.. Keys.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(step => Label(ivr, step))];

    private static string Label(IvrSettings ivr, string step)
    {
        int dot = step.LastIndexOf('.');
        string key = dot < 0 ? step : step[(dot + 1)..];
        IvrKey? known = dot < 0 ? null : ivr.Menus.GetValueOrDefault(step[..dot])?.Keys.FirstOrDefault(one => one.Key == key);
        return string.IsNullOrWhiteSpace(known?.Label) ? key : known.Label;
    }

    private static int Number(IReadOnlyDictionary<string, string> query, string name) =>
        int.TryParse(query.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Math.Clamp(number, 0, 9) : 0;
}
