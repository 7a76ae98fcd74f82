using System.Globalization;
using ChannelHub.Adapters;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;
using FieldError = ChannelHub.Adapters.FieldError;

namespace ChannelHub.Messages.Sending;

/// <summary>Makes parts of what a client sent, and says everything that is wrong with them at once.</summary>
internal sealed class PartInputReader(Session session, List<FieldError> errors)
{
    /// <summary>More than this is no message but a mailing.</summary>
    public const int MostParts = 50;

    private const int LongestId = 256;

    /// <summary>The files that the parts name, by attachment id.</summary>
    public Dictionary<long, AttachmentRow> Files { get; } = [];

    public IReadOnlyList<Part> Read(IReadOnlyList<PartInput?>? inputs)
    {
        if (inputs is null or { Count: 0 })
            errors.Add(new FieldError("parts", "a message needs at least one part"));
        else if (inputs.Count > MostParts)
            errors.Add(new FieldError("parts", string.Create(CultureInfo.InvariantCulture, $"has {inputs.Count} parts; at most {MostParts} are taken")));
        else
            return [.. inputs.Select((input, index) => Read(input, $"parts[{index}]")).OfType<Part>()];
        return [];
    }

    private Part? Read(PartInput? input, string field)
    {
        int before = errors.Count;
        Part? part = input switch
        {
            null => Wrong(field, "must be an object"),
            { Type: null } => Wrong(field + ".type", "is required"),
            { Type: "text" } => new TextPart(Required(input.Text, field + ".text")),
            { Type: "location" } => new LocationPart(Required(input.Latitude, field + ".latitude"), Required(input.Longitude, field + ".longitude"), input.Name, input.Address),
            { Type: "contact" } => new ContactPart(Required(input.Name, field + ".name"), List(input.Phones, field + ".phones"), List(input.Emails, field + ".emails")),
            { Type: "buttons" } => new ButtonsPart(Required(input.Text, field + ".text"), Buttons(input.Buttons, field + ".buttons")),
            { Type: "template" } => Template(input, field),
            _ when PartsJson.KindOf(input.Type) is { } kind => Media(kind, input, field),
            _ => Wrong(field + ".type", "must be text, image, audio, video, file, sticker, location, contact, buttons or template"),
        };
        return errors.Count == before ? part : null;
    }

    private MediaPart? Media(MediaKind kind, PartInput input, string field)
    {
        string? given = input.AttachmentId ?? input.Attachment?.Id;
        string named = field + (input.Attachment is null ? ".attachment_id" : ".attachment.id");
        if (given is null)
            return Wrong<MediaPart>(field + ".attachment_id", "is required; upload the file to /v1/attachments first");
        if (input.AttachmentId is not null && input.Attachment?.Id is { } other && other != given)
            return Wrong<MediaPart>(named, "differs from attachment_id");
        if (!HubId.TryParse(IdPrefix.Attachment, given, out long id) || AttachmentStore.Find(session, id) is not { } row)
            return Wrong<MediaPart>(named, "there is no such attachment");
        if (row.State != (long)AttachmentState.Ready)
            return Wrong<MediaPart>(named, $"is {((AttachmentState)row.State).ToString().ToLowerInvariant()}; only a ready attachment can be sent");
        Files[id] = row;
        return new MediaPart(kind, new MediaReference { Stored = given, FileName = row.FileName, ContentType = row.ContentType, Size = row.Size }, input.Caption);
    }

    private Button[] Buttons(IReadOnlyList<ButtonInput?>? inputs, string field)
    {
        if (inputs is null or { Count: 0 })
        {
            errors.Add(new FieldError(field, "at least one button is needed"));
            return [];
        }
        var ids = new HashSet<string>(StringComparer.Ordinal);
        return [.. inputs.Select((input, index) => Button(input, $"{field}[{index}]", ids))];
    }

    private Button Button(ButtonInput? input, string field, HashSet<string> ids)
    {
        string id = Required(input?.Id, field + ".id");
        if (id.Length > LongestId)
            errors.Add(new FieldError(field + ".id", string.Create(CultureInfo.InvariantCulture, $"is longer than {LongestId} characters")));
        else if (id.Length > 0 && !ids.Add(id))
            errors.Add(new FieldError(field + ".id", "stands on another button too"));
        if (input?.Url is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out Uri? page) && page.Scheme is "http" or "https"))
            errors.Add(new FieldError(field + ".url", "must be an http or https address"));
        return new Button(id, Required(input?.Label, field + ".label"), input?.Url);
    }

    private TemplatePart Template(PartInput input, string field) =>
        new(Required(input.Name, field + ".name"), input.Language, List(input.Variables, field + ".variables"))
        {
            Header = List(input.Header, field + ".header"),
            Buttons = [.. (input.ButtonVariables ?? []).Select((button, index) => ButtonVariable(button, $"{field}.button_variables[{index}]"))],
            Text = input.Text,
        };

    private TemplateButton ButtonVariable(ButtonVariableInput? input, string field)
    {
        if (input?.Index is not (>= 0 and < 100))
            errors.Add(new FieldError(field + ".index", "is required, from 0"));
        return new(input?.Index ?? 0, Required(input?.Value, field + ".value"), input?.Link ?? false);
    }

    private string[] List(IReadOnlyList<string?>? values, string field)
    {
        if (values is null)
            return [];
        for (int index = 0; index < values.Count; index++)
            Required(values[index], $"{field}[{index}]");
        return [.. values.OfType<string>()];
    }

    private string Required(string? value, string field)
    {
        if (string.IsNullOrWhiteSpace(value))
            errors.Add(new FieldError(field, "is required"));
        return value ?? "";
    }

    private double Required(double? value, string field)
    {
        if (value is null)
            errors.Add(new FieldError(field, "is required"));
        return value ?? 0;
    }

    private Part? Wrong(string field, string message) => Wrong<Part>(field, message);

    private T? Wrong<T>(string field, string message) where T : class
    {
        errors.Add(new FieldError(field, message));
        return null;
    }
}
