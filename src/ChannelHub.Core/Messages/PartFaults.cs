using ChannelHub.Adapters;

namespace ChannelHub.Core.Messages;

/// <summary>Why a part cannot be sent on a channel in any shape. Field names are relative to the part.</summary>
internal static class PartFaults
{
    public static IEnumerable<FieldError> Of(Part part, ChannelLimits limits) => part switch
    {
        MediaPart media => OfMedia(media, limits),
        TextPart text => OfText(text.Text, limits),
        ButtonsPart buttons => OfText(buttons.Text, limits).Concat(OfButtons(buttons.Buttons)),
        LocationPart location => OfLocation(location).Concat(limits.Locations ? [] : OfText("place", limits)),
        ContactPart contact => OfContact(contact).Concat(limits.Contacts ? [] : OfText("card", limits)),
        TemplatePart template => OfTemplate(template, limits),
        OrderPart => [new("type", "Only customers place orders; an order cannot be sent.")],
        ReplyPart => [new("type", "Only customers press buttons; a reply cannot be sent.")],
        CallPart => [new("type", "A call cannot be sent.")],
        UnsupportedPart unsupported => [new("type", $"'{unsupported.Kind}' cannot be sent.")],
        _ => throw new ArgumentOutOfRangeException(nameof(part), part.GetType().Name, "Parts are a closed set."),
    };

    private static IEnumerable<FieldError> OfText(string text, ChannelLimits limits)
    {
        if (limits.MaxText <= 0)
            yield return new("type", "This channel takes no text.");
        else if (string.IsNullOrWhiteSpace(text))
            yield return new("text", "The text must not be empty.");
    }

    private static IEnumerable<FieldError> OfMedia(MediaPart media, ChannelLimits limits)
    {
        if (!limits.Media.Contains(media.Kind))
        {
            string taken = limits.Media.Count == 0 ? "no files" : string.Join(", ", limits.Media.Select(kind => kind.ToString().ToLowerInvariant()));
            yield return new("type", $"This channel takes {taken}.");
        }
        if (media.Media.Size > limits.MaxFileBytes)
            yield return new("attachment", $"The file has {media.Media.Size} bytes; this channel takes at most {limits.MaxFileBytes}.");
        if (limits.MaxText <= 0 && media.Caption is { } caption && !TextSplit.Fits(caption, limits.MaxCaption, limits.TextUnit))
            yield return new("caption", $"This channel takes a caption of at most {limits.MaxCaption} and no text beside it.");
    }

    private static IEnumerable<FieldError> OfButtons(IReadOnlyList<Button> buttons)
    {
        for (int index = 0; index < buttons.Count; index++)
        {
            if (string.IsNullOrWhiteSpace(buttons[index].Label))
                yield return new($"buttons[{index}].label", "A button needs a label.");
        }
    }

    private static IEnumerable<FieldError> OfLocation(LocationPart location)
    {
        if (!(Math.Abs(location.Latitude) <= 90))
            yield return new("latitude", "A latitude is between -90 and 90.");
        if (!(Math.Abs(location.Longitude) <= 180))
            yield return new("longitude", "A longitude is between -180 and 180.");
    }

    private static IEnumerable<FieldError> OfTemplate(TemplatePart template, ChannelLimits limits)
    {
        if (!limits.Templates && template.Text is null)
            yield return new("type", "This channel has no templates; with its text the part can be sent as such.");
        else if (!limits.Templates)
        {
            foreach (FieldError fault in OfText(template.Text!, limits))
                yield return fault;
        }
        if (string.IsNullOrWhiteSpace(template.Name))
            yield return new("name", "A template needs its name.");
        foreach ((string list, IReadOnlyList<string> values) in ((string, IReadOnlyList<string>)[])[("variables", template.Variables), ("header", template.Header)])
        {
            for (int index = 0; index < values.Count; index++)
            {
                if (string.IsNullOrWhiteSpace(values[index]))
                    yield return new($"{list}[{index}]", "A variable must not be empty.");
            }
        }
    }

    private static IEnumerable<FieldError> OfContact(ContactPart contact)
    {
        if (string.IsNullOrWhiteSpace(contact.Name))
            yield return new("name", "A contact needs a name.");
    }
}
