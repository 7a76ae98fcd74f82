using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;
using Microsoft.AspNetCore.Http.HttpResults;
using FieldError = ChannelHub.Adapters.FieldError;

namespace ChannelHub.Messages.Sending;

/// <summary>Edits and removes messages of the shop, and sets its reactions. What still waits is changed here; what has left, at the provider.</summary>
public sealed class ChangeMessage(Database database, ProviderChange provider)
{
    private const int LongestReaction = 64;

    /// <summary>Other words for a message. Null if it was done.</summary>
    public async Task<ProblemHttpResult?> EditAsync(HttpContext context, string id, EditMessageRequest request)
    {
        if (Find(id) is not { } found)
            return NotFound();
        if (Refusal(found, "edited") is { } refusal)
            return refusal;
        if (found.Units is not [var unit] || PartsReader.Read(found.Message.Content, 0) is not TextPart)
            return Problem.Conflict("not-supported", "Only a message of one text can be edited.");
        (TextPart? text, ProblemHttpResult? wrong) = ReadText(found.Message, request);
        if (text is null)
            return wrong;
        byte[] content = PartsJson.Render([text], _ => throw new InvalidOperationException("a text has no file"));
        if (unit.State == (long)MessageState.Queued && await ReviseWaitingAsync(unit, content))
            return null;
        if (Reached(unit, out string? externalId) is { } outOfReach)
            return outOfReach;
        if (provider.Find<IMessageEditor>(found.Message, "edit messages", out ProviderAccount<IMessageEditor> account) is { } unable)
            return unable;
        SentUnit sent = provider.UnitOf(found.Message, externalId);
        if (await provider.CallAsync(context, account.Channel, cancellation => account.Ability.EditAsync(sent, text, cancellation)) is { } failed)
            return failed;
        await database.WriteAsync(session => Revise(session, found.Message.Id, content));
        return null;
    }

    /// <summary>Removes a message for the customer. Null if it was done.</summary>
    public async Task<ProblemHttpResult?> DeleteAsync(HttpContext context, string id)
    {
        if (Find(id) is not { } found)
            return NotFound();
        if (Refusal(found, "deleted") is { } refusal)
            return refusal;
        // What still waits is taken back first, or it would leave meanwhile.
        await database.WriteAsync(session => MessageStore.Find(session, found.Message.Id) is { } now && SentParts.Cancel(session, now));
        if (Find(id) is not { } left)
            return NotFound();
        found = left;
        foreach (PartRow unit in found.Units.Where(u => (MessageState)u.State is not (MessageState.Cancelled or MessageState.Failed)))
        {
            if (Reached(unit, out string? externalId) is { } outOfReach)
                return outOfReach;
            if (provider.Find<IMessageDeleter>(found.Message, "delete messages", out ProviderAccount<IMessageDeleter> account) is { } unable)
                return unable;
            SentUnit sent = provider.UnitOf(found.Message, externalId);
            if (await provider.CallAsync(context, account.Channel, cancellation => account.Ability.DeleteAsync(sent, cancellation)) is { } failed)
                return failed;
        }
        await database.WriteAsync(session =>
        {
            if (MessageStore.Find(session, found.Message.Id) is { } now)
                MessageStore.MarkDeleted(session, now, session.Now);
        });
        return null;
    }

    /// <summary>Sets the shop's reaction on any message, or takes it back. Null if it was done.</summary>
    public async Task<ProblemHttpResult?> ReactAsync(HttpContext context, string id, string? reaction)
    {
        if (reaction is { Length: 0 or > LongestReaction })
            return Problem.Invalid("reaction", $"must have 1 to {LongestReaction} characters, or be null");
        if (Find(id) is not { } found)
            return NotFound();
        if (found.Message.DeletedAt is not null)
            return Problem.Conflict("not-supported", "The message was deleted.");
        if ((found.Message.ExternalId ?? found.Units.Find(u => u.ProviderId is not null)?.ProviderId) is not { } externalId)
            return Problem.Conflict("not-supported", "The provider has no such message yet.");
        if (provider.Find<IReactionSender>(found.Message, "react to messages", out ProviderAccount<IReactionSender> account) is { } unable)
            return unable;
        SentUnit unit = provider.UnitOf(found.Message, externalId);
        if (await provider.CallAsync(context, account.Channel, cancellation => account.Ability.ReactAsync(unit, reaction, cancellation)) is { } failed)
            return failed;
        await database.WriteAsync(session => ReactionStore.Set(session, found.Message.Id, ReactionStore.Shop, reaction is null ? [] : [reaction], session.Now));
        return null;
    }

    internal static ProblemHttpResult NotFound() => Problem.NotFound("There is no message with this id.");

    private Found? Find(string id) => HubId.TryParse(IdPrefix.Message, id, out long messageId)
        ? database.Read(session => MessageStore.Find(session, messageId) is { } message ? new Found(message, SentParts.Of(session, [messageId])) : null)
        : null;

    private static ProblemHttpResult? Refusal(Found found, string what) => found.Message switch
    {
        { Direction: 0 } => Problem.Conflict("not-supported", $"Only what the shop wrote can be {what}."),
        { DeletedAt: not null } => Problem.Conflict("not-supported", "The message was deleted."),
        _ when found.Units.Count == 0 => Problem.Conflict("not-supported", "The message was written in the provider's own app; change it there."),
        _ => null,
    };

    /// <summary>The provider's id of a unit that has left; otherwise why it is out of reach.</summary>
    private static ProblemHttpResult? Reached(PartRow unit, out string externalId)
    {
        externalId = unit.ProviderId ?? "";
        if (unit.ProviderId is not null && unit.State != (long)MessageState.Queued)
            return null;
        return (MessageState)unit.State is MessageState.Queued or MessageState.Sending
            ? Problem.Conflict("in-flight", "The message is being sent at this moment; try again.")
            : Problem.Conflict("not-supported", "The message never reached the provider, or nobody knows under which id.");
    }

    private (TextPart? Text, ProblemHttpResult? Wrong) ReadText(MessageRow message, EditMessageRequest request)
    {
        var errors = new List<FieldError>();
        IReadOnlyList<Part> parts = database.Read(session => new PartInputReader(session, errors).Read(request.Parts));
        if (errors.Count == 0 && parts is not [TextPart])
            errors.Add(new FieldError("parts", "an edit is exactly one part of type text"));
        if (errors.Count > 0)
            return (null, Problem.Invalid(errors));
        return SendPlan.Build(parts, provider.LimitsOf(message.ChannelId)) is SendPlan.Ready { Units: [{ Part: TextPart text }] }
            ? (text, null)
            : (null, Problem.Invalid("parts[0].text", "is longer than this channel takes in one message"));
    }

    private Task<bool> ReviseWaitingAsync(PartRow unit, byte[] content) => database.WriteAsync(session =>
    {
        if (SentParts.Find(session, unit.MessageId, unit.Idx) is not { State: (long)MessageState.Queued })
            return false;
        Revise(session, unit.MessageId, content);
        return true;
    });

    private static void Revise(WriteSession session, long messageId, byte[] content)
    {
        if (MessageStore.Find(session, messageId) is { } message)
            MessageStore.Revise(session, message, content, files: 0, session.Now);
    }

    private sealed record Found(MessageRow Message, List<PartRow> Units);
}
