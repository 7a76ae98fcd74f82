using System.Globalization;
using ChannelHub.Adapters;

namespace ChannelHub.Core.Messages;

/// <summary>
/// A part written out as text, for channels that have no shape for it. It is for people only: nothing reads it back.
/// </summary>
internal static class PartText
{
    public static string Of(Part part) => part switch
    {
        TextPart text => text.Text,
        ButtonsPart { Buttons.Count: 0 } buttons => buttons.Text,
        ButtonsPart buttons => buttons.Text + "\n\n" + Lines(buttons.Buttons.Select(Numbered)),
        LocationPart location => Lines([location.Name, location.Address, Coordinates(location)]),
        TemplatePart { Text: { } text } => text,
        ContactPart contact => Lines([contact.Name, .. contact.Phones, .. contact.Emails]),
        _ => throw new ArgumentOutOfRangeException(nameof(part), part.GetType().Name, "This part has no text."),
    };

    private static string Numbered(Button button, int index) =>
        button.Url is null ? $"{index + 1}. {button.Label}" : $"{index + 1}. {button.Label}: {button.Url}";

    private static string Coordinates(LocationPart location) =>
        string.Create(CultureInfo.InvariantCulture, $"{location.Latitude:0.######}, {location.Longitude:0.######}");

    private static string Lines(IEnumerable<string?> lines) => string.Join('\n', lines.Where(line => !string.IsNullOrWhiteSpace(line)));
}
