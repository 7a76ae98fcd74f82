using System.Text.Json;
using System.Text.RegularExpressions;
using ChannelHub.Adapters;

namespace ChannelHub.WhatsApp;

/// <summary>The members of messages that are more than words and files.</summary>
internal static partial class WhatsAppShapes
{
    private const int MostReplyButtons = 3;
    private const int LongestLabel = 20;
    private const string ListLabel = "☰";

    public static void Place(Utf8JsonWriter writer, LocationPart place)
    {
        writer.WriteStartObject();
        writer.WriteNumber("latitude", place.Latitude);
        writer.WriteNumber("longitude", place.Longitude);
        if (!string.IsNullOrEmpty(place.Name))
            writer.WriteString("name", place.Name);
        if (!string.IsNullOrEmpty(place.Address))
            writer.WriteString("address", place.Address);
        writer.WriteEndObject();
    }

    public static void Card(Utf8JsonWriter writer, ContactPart card)
    {
        writer.WriteStartArray();
        writer.WriteStartObject();
        // Beside the formatted name one other name is wanted.
        writer.WriteStartObject("name");
        writer.WriteString("formatted_name", card.Name);
        writer.WriteString("first_name", card.Name);
        writer.WriteEndObject();
        Members(writer, "phones", "phone", card.Phones);
        Members(writer, "emails", "email", card.Emails);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    /// <summary>Up to three answers stand below the text; more are a list behind a button; a page to open stands alone.</summary>
    public static void Question(Utf8JsonWriter writer, ButtonsPart question)
    {
        writer.WriteStartObject();
        writer.WriteString("type", question.Buttons is [{ Url: not null }] ? "cta_url" : question.Buttons.Count <= MostReplyButtons ? "button" : "list");
        writer.WriteStartObject("body");
        writer.WriteString("text", question.Text);
        writer.WriteEndObject();
        writer.WriteStartObject("action");
        if (question.Buttons is [{ Url: { } url } link])
            Link(writer, link, url);
        else if (question.Buttons.Count <= MostReplyButtons)
            Replies(writer, question.Buttons);
        else
            List(writer, question.Buttons);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    public static void Template(Utf8JsonWriter writer, TemplatePart template)
    {
        writer.WriteStartObject();
        writer.WriteString("name", template.Name);
        writer.WriteStartObject("language");
        writer.WriteString("code", template.Language ?? "en");
        writer.WriteEndObject();
        writer.WriteStartArray("components");
        Component(writer, "header", template.Header);
        Component(writer, "body", template.Variables);
        foreach (TemplateButton button in template.Buttons)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "button");
            writer.WriteString("sub_type", button.IsLink ? "url" : "quick_reply");
            writer.WriteString("index", button.Index.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Parameters(writer, [button.Value], button.IsLink ? "text" : "payload");
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Link(Utf8JsonWriter writer, Button link, string url)
    {
        writer.WriteString("name", "cta_url");
        writer.WriteStartObject("parameters");
        writer.WriteString("display_text", link.Label);
        writer.WriteString("url", url);
        writer.WriteEndObject();
    }

    private static void Replies(Utf8JsonWriter writer, IReadOnlyList<Button> buttons)
    {
        writer.WriteStartArray("buttons");
        foreach ((string id, string title) in Distinct(buttons))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "reply");
            writer.WriteStartObject("reply");
            writer.WriteString("id", id);
            writer.WriteString("title", title);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void List(Utf8JsonWriter writer, IReadOnlyList<Button> buttons)
    {
        writer.WriteString("button", ListLabel);
        writer.WriteStartArray("sections");
        writer.WriteStartObject();
        writer.WriteStartArray("rows");
        foreach ((string id, string title) in Distinct(buttons))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("title", title);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    // Two buttons of one title are refused, though their ids differ.
    private static IEnumerable<(string Id, string Title)> Distinct(IReadOnlyList<Button> buttons)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        for (int index = 0; index < buttons.Count; index++)
        {
            string title = buttons[index].Label.Trim();
            for (int copy = 2; !taken.Add(title); copy++)
            {
                string suffix = $" {copy}";
                title = CleanText.Truncate(buttons[index].Label.Trim(), LongestLabel - suffix.Length) + suffix;
            }
            yield return (buttons[index].Id, title);
        }
    }

    private static void Component(Utf8JsonWriter writer, string type, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
            return;
        writer.WriteStartObject();
        writer.WriteString("type", type);
        Parameters(writer, values, "text");
        writer.WriteEndObject();
    }

    private static void Parameters(Utf8JsonWriter writer, IReadOnlyList<string> values, string type)
    {
        writer.WriteStartArray("parameters");
        foreach (string value in values)
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            // New lines, tabs and long runs of spaces are refused in variables, though not in the template.
            writer.WriteString(type, type == "text" ? WhiteSpace().Replace(value, " ").Trim() : value);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void Members(Utf8JsonWriter writer, string list, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
            return;
        writer.WriteStartArray(list);
        foreach (string value in values)
        {
            writer.WriteStartObject();
            writer.WriteString(name, value);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WhiteSpace();
}
