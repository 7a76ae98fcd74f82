using ChannelHub.Adapters;
using ChannelHub.Core.Ids;
using ChannelHub.Options;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>Makes a channel's message of what a browser sent: checked, with the visitor's own files and the channel's own ids.</summary>
internal sealed class ChatWords(Database database, HubOptions options)
{
    private const int LongestClientId = 100;
    private const int LongestButtonId = 256;
    private const int LongestLabel = 1000;
    private const int MostParts = 10;

    /// <summary>What is wrong with it, in words for the browser.</summary>
    public List<FieldError> Errors(MessageRequest request)
    {
        var errors = new List<FieldError>();
        if (request.ClientId is not { Length: > 0 and <= LongestClientId } id || !id.All(c => c is > ' ' and <= '~'))
            errors.Add(new FieldError("client_id", $"must have 1 to {LongestClientId} visible ASCII characters"));
        if (request.Parts is not { Count: > 0 and <= MostParts } parts)
            errors.Add(new FieldError("parts", $"must be a list of 1 to {MostParts}"));
        else
            errors.AddRange(parts.Select((part, index) => (Wrong: Error(part), index)).Where(p => p.Wrong is not null).Select(p => new FieldError($"parts[{p.index}]", p.Wrong!)));
        return errors;
    }

    /// <summary>The message as the channel takes it; null if it names a file that is not the visitor's to send.</summary>
    public VisitorMessage? Read(Visitor visitor, MessageRequest request) => database.Read(session =>
    {
        bool repeated = VisitorThreadStore.MessageOf(session, visitor.Channel.Id, VisitorMessage.IdOf(visitor.Value, request.ClientId!)) is not null;
        var parts = new List<VisitorPart>();
        foreach (MessagePartRequest? part in request.Parts!)
        {
            if ((part!.AttachmentId is null ? Plain(part) : File(session, visitor, part, repeated)) is not { } read)
                return null;
            parts.Add(read);
        }
        return new VisitorMessage
        {
            Visitor = visitor.Value, ClientId = request.ClientId!, Parts = parts, ReplyTo = ReplyTo(session, visitor, request.ReplyTo), Page = visitor.Session.Page,
        };
    });

    private string? Error(MessagePartRequest? part) => part switch
    {
        { Type: "text" } when string.IsNullOrWhiteSpace(part.Text) => "the text is empty",
        { Type: "text" } when part.Text!.Length > options.Webchat.MessageCharacters => $"the text has more than {options.Webchat.MessageCharacters} characters",
        { Type: "text", AttachmentId: null } => null,
        { Type: "reply", ButtonId.Length: > 0 and <= LongestButtonId, AttachmentId: null } when (part.Label?.Length ?? 0) <= LongestLabel => null,
        { Type: "image" or "audio" or "video" or "file", AttachmentId: { } id } when HubId.TryParse(IdPrefix.Attachment, id, out _) => null,
        _ => "is not a text, a reply or a file of yours",
    };

    private static VisitorPart Plain(MessagePartRequest part) => new() { Type = part.Type!, Text = part.Text, ButtonId = part.ButtonId, Label = part.Label };

    private static VisitorPart? File(Session session, Visitor visitor, MessagePartRequest part, bool repeated)
    {
        AttachmentRow? file = HubId.TryParse(IdPrefix.Attachment, part.AttachmentId, out long id) ? AttachmentStore.Find(session, id) : null;
        bool mayBeSent = file is not null && VisitorFileStore.IsOf(file, visitor.Channel.Id, visitor.Value) && (file.MessageId is null || repeated);
        // A file is shown as what it is and not as what the browser calls it.
        return mayBeSent
            ? new VisitorPart { Type = file!.ContentType.StartsWith(part.Type + "/", StringComparison.Ordinal) ? part.Type! : "file", AttachmentId = part.AttachmentId }
            : null;
    }

    // What was answered is named by the channel's id of it; what the visitor does not see, or came by another channel, cannot be quoted.
    private static string? ReplyTo(Session session, Visitor visitor, string? messageId)
    {
        if (VisitorView.Of(session, visitor).Find(session, messageId) is not { } row || row.ChannelId != visitor.Channel.Id)
            return null;
        return row.Direction == 0 ? row.ExternalId : HubId.Format(IdPrefix.Message, row.Id) + ".0";
    }
}
