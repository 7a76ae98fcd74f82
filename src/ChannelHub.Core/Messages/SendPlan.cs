using ChannelHub.Adapters;

namespace ChannelHub.Core.Messages;

/// <summary>One message as the provider will see it.</summary>
/// <param name="Source">Index of the part it was made from; one part may become several units.</param>
/// <param name="Part">What to send, within the channel's limits.</param>
public sealed record PlannedUnit(int Source, Part Part);

/// <summary>What a message's parts become on a channel, or what is wrong with them.</summary>
public abstract record SendPlan
{
    private SendPlan() { }

    /// <summary>The units, in the order in which they are sent. There is at least one.</summary>
    public sealed record Ready(IReadOnlyList<PlannedUnit> Units) : SendPlan;

    /// <summary>It cannot be sent on this channel.</summary>
    public sealed record Refused(IReadOnlyList<FieldError> Errors) : SendPlan;

    /// <summary>
    /// Plans a message: long texts are split, captions that are too long follow as texts of their own, and buttons, places and cards that the
    /// channel does not know become text. Files have no such fallback.
    /// </summary>
    public static SendPlan Build(IReadOnlyList<Part> parts, ChannelLimits limits)
    {
        if (parts.Count == 0)
            return new Refused([new FieldError("parts", "A message needs at least one part.")]);
        var planner = new Planner(limits);
        for (int index = 0; index < parts.Count; index++)
            planner.Add(index, parts[index]);
        return planner.Errors.Count > 0 ? new Refused(planner.Errors) : new Ready(planner.Units);
    }

    private sealed class Planner(ChannelLimits limits)
    {
        public List<PlannedUnit> Units { get; } = [];

        public List<FieldError> Errors { get; } = [];

        public void Add(int index, Part part)
        {
            int errors = Errors.Count;
            Errors.AddRange(PartFaults.Of(part, limits).Select(fault => new FieldError($"parts[{index}].{fault.Field}", fault.Message)));
            if (Errors.Count > errors)
                return;
            switch (part)
            {
                case MediaPart media:
                    AddMedia(index, media);
                    break;
                case ButtonsPart { Buttons.Count: > 0 } buttons when FitsAsButtons(buttons):
                    List<string> texts = SplitAbove(buttons.Text);
                    AddTexts(index, texts[..^1]);
                    Units.Add(new(index, buttons with { Text = texts[^1] }));
                    break;
                case LocationPart when limits.Locations:
                case ContactPart when limits.Contacts:
                case TemplatePart when limits.Templates:
                    Units.Add(new(index, part));
                    break;
                default:
                    AddTexts(index, Split(PartText.Of(part)));
                    break;
            }
        }

        private void AddMedia(int index, MediaPart media)
        {
            if (string.IsNullOrWhiteSpace(media.Caption))
            {
                Units.Add(new(index, media with { Caption = null }));
            }
            else if (TakesCaption(media.Media) && TextSplit.Fits(media.Caption, limits.MaxCaption, limits.TextUnit))
            {
                Units.Add(new(index, media));
            }
            else
            {
                Units.Add(new(index, media with { Caption = null }));
                AddTexts(index, Split(media.Caption));
            }
        }

        private bool TakesCaption(MediaReference file) =>
            (file.Size ?? 0) <= limits.MaxCaptionedBytes && (limits.CaptionedTypes is not { } types || types.Any(type => IsOf(file.ContentType, type)));

        private static bool IsOf(string? contentType, string type)
        {
            string name = contentType?.Split(';')[0].Trim() ?? "";
            return type.EndsWith("/*", StringComparison.Ordinal)
                ? name.StartsWith(type[..^1], StringComparison.OrdinalIgnoreCase)
                : name.Equals(type, StringComparison.OrdinalIgnoreCase);
        }

        private bool FitsAsButtons(ButtonsPart part) =>
            part.Buttons.Count <= limits.MaxButtons
            && (part.Buttons.Count <= limits.MaxButtonsWithLinks || part.Buttons.All(button => button.Url is null))
            && part.Buttons.All(button => TextSplit.Fits(button.Label, limits.MaxButtonLabel, TextUnit.Utf16)
                && TextSplit.Fits(button.Id, limits.MaxButtonId, TextUnit.Utf8));

        // What stands above buttons may have to be shorter than a text alone.
        private List<string> SplitAbove(string text)
        {
            List<string> texts = Split(text);
            return limits.MaxButtonText >= limits.MaxText
                ? texts
                : [.. texts[..^1], .. TextSplit.Split(texts[^1], limits.MaxButtonText, limits.TextUnit).Select(range => texts[^1][range])];
        }

        private List<string> Split(string text) =>
            [.. TextSplit.Split(text, limits.MaxText, limits.TextUnit).Select(range => text[range])];

        private void AddTexts(int index, IEnumerable<string> texts) => Units.AddRange(texts.Select(text => new PlannedUnit(index, new TextPart(text))));
    }
}

/// <summary>What is wrong with one field of a request.</summary>
/// <param name="Field">Its path, such as <c>parts[2].type</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record FieldError(string Field, string Message);
