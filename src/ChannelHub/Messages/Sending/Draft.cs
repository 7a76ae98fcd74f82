using System.Globalization;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Outbox;
using FieldError = ChannelHub.Adapters.FieldError;

namespace ChannelHub.Messages.Sending;

/// <summary>What a client wants to say, read and checked, before it is known where it goes.</summary>
internal sealed class Draft
{
    /// <summary>A message that becomes more units than this would keep its customer's lane busy for minutes.</summary>
    private const int MostUnits = 100;

    private const int LongestMetadata = 16 * 1024;
    private const int LongestName = 200;

    private readonly IReadOnlyList<Part> parts;
    private readonly Dictionary<long, AttachmentRow> files;
    private readonly AuthorInput? author;
    private readonly string? metadata;

    /// <summary>Reads the input; whatever is wrong with it is added to <paramref name="errors"/>.</summary>
    public Draft(Session session, IReadOnlyList<PartInput?>? parts, AuthorInput? author, JsonObject? metadata, List<FieldError> errors)
    {
        var reader = new PartInputReader(session, errors);
        this.parts = reader.Read(parts);
        files = reader.Files;
        this.author = author;
        this.metadata = metadata?.ToJsonString(ApiJson.Options);
        if (author?.Kind is not (null or "agent" or "bot" or "system"))
            errors.Add(new FieldError("author.kind", "must be agent, bot or system"));
        if (author?.Name?.Length > LongestName)
            errors.Add(new FieldError("author.name", string.Create(CultureInfo.InvariantCulture, $"is longer than {LongestName} characters")));
        if (this.metadata?.Length > LongestMetadata)
            errors.Add(new FieldError("metadata", string.Create(CultureInfo.InvariantCulture, $"is larger than {LongestMetadata} characters")));
    }

    /// <summary>Whether all of it was approved by the provider beforehand, so that it may be sent at any time.</summary>
    public bool IsTemplate => parts.Count > 0 && parts.All(part => part is TemplatePart);

    /// <summary>Plans it for a channel; null if that cannot take it.</summary>
    public OutgoingMessage? Plan(ChannelLimits limits, IdGenerator ids, long channelId, Recipient to, long? replyTo, List<FieldError> errors)
    {
        SendPlan plan = SendPlan.Build(parts, limits);
        if (plan is SendPlan.Refused refused)
            errors.AddRange(refused.Errors.Select(e => new FieldError(e.Field, e.Message)));
        if (plan is not SendPlan.Ready { Units: var units })
            return null;
        if (units.Count > MostUnits)
        {
            errors.Add(new FieldError("parts", string.Create(CultureInfo.InvariantCulture, $"would become {units.Count} messages on this channel; at most {MostUnits} are sent")));
            return null;
        }
        // A file that a message has already is copied, so that each message keeps its own.
        Dictionary<long, OutgoingFile> used = files.ToDictionary(f => f.Key, f => new OutgoingFile(f.Value.MessageId is null ? f.Key : ids.Next(), f.Key));
        return new OutgoingMessage
        {
            Id = ids.Next(),
            ChannelId = channelId,
            To = to,
            Units = units.Count,
            Content = PartsJson.Render([.. units.Select(unit => unit.Part)], media => FileOf(media, used)),
            Files = [.. used.Values],
            ReplyTo = replyTo,
            AuthorKind = author?.Kind ?? "agent",
            AuthorName = author?.Name,
            Metadata = metadata,
        };
    }

    private static PartFile FileOf(MediaPart part, Dictionary<long, OutgoingFile> used)
    {
        MediaReference media = part.Media;
        long source = HubId.TryParse(IdPrefix.Attachment, media.Stored, out long id) ? id : throw new InvalidOperationException("a file of a draft is one that was found");
        return new PartFile(used[source].Id, media, media.FileName, media.ContentType!, media.Size, Ready: true);
    }
}
