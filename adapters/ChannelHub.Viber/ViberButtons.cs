using System.Net;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>
/// Buttons as a keyboard. A press comes back as a text, so what it says is marked: <c>ch1|id|label</c>, the id escaped for an address. Anybody
/// could type that; a press is untrusted everywhere.
/// </summary>
internal static class ViberButtons
{
    private const string Mark = "ch1|";

    /// <summary>The press that a text is, if it is one.</summary>
    public static ReplyPart? Read(string text)
    {
        if (!text.StartsWith(Mark, StringComparison.Ordinal))
            return null;
        string[] fields = text[Mark.Length..].Split('|', 2);
        string id = Uri.UnescapeDataString(fields[0]);
        return id.Length == 0 ? null : new ReplyPart(CleanText.Clean(id), fields.Length > 1 && fields[1].Length > 0 ? fields[1] : null);
    }

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<Button> buttons)
    {
        writer.WriteStartObject("keyboard");
        writer.WriteString("Type", "keyboard");
        writer.WriteBoolean("DefaultHeight", false);
        writer.WriteStartArray("Buttons");
        foreach (Button button in buttons)
        {
            writer.WriteStartObject();
            writer.WriteNumber("Columns", 6);
            writer.WriteNumber("Rows", 1);
            writer.WriteString("ActionType", button.Url is null ? "reply" : "open-url");
            writer.WriteString("ActionBody", button.Url ?? $"{Mark}{Uri.EscapeDataString(button.Id)}|{button.Label}");
            // A label is HTML to Viber.
            writer.WriteString("Text", WebUtility.HtmlEncode(button.Label));
            // Otherwise the marked text stands in the customer's chat.
            writer.WriteBoolean("Silent", true);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
