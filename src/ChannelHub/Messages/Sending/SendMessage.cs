using System.Diagnostics.CodeAnalysis;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Channels;
using ChannelHub.Core.Conversations;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Keys;
using ChannelHub.Outbox;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;
using Microsoft.AspNetCore.Http.HttpResults;
using FieldError = ChannelHub.Adapters.FieldError;

namespace ChannelHub.Messages.Sending;

/// <summary>Takes a message of the shop: checks it, chooses where it goes, plans it for that channel, and stores it with its units in one transaction.</summary>
public sealed class SendMessage(Database database, ChannelDirectory channels, Targets targets, Lanes lanes, MessageReader reader)
{
    // A file that another message takes into use between reading and writing makes the plan stale; twice in a row is no accident.
    private const int Tries = 3;

    /// <summary>To a conversation.</summary>
    public Task<SendOutcome> ToConversationAsync(string conversation, SendMessageRequest request, IdempotencyClaim? claim) => QueueAsync(claim, session =>
    {
        if (!HubId.TryParse(IdPrefix.Conversation, conversation, out long birth) || IdentityStore.CustomerOf(session, birth) is not { } customer)
            return Problem.NotFound("There is no conversation with this id.");
        var errors = new List<FieldError>();
        List<IdentityRow> identities = IdentityStore.OfCustomer(session, customer);
        var draft = new Draft(session, request.Parts, request.Author, request.Metadata, errors);
        LiveChannel? named = ReadChannel(request.ChannelId, errors);
        long? identityId = ReadIdentity(request.IdentityId, identities, errors);
        long? replyTo = ReadReply(session, request.ReplyTo, identities, errors);
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        Target target = targets.Choose(session, identities, named?.Id, identityId, draft.IsTemplate);
        if (target is not Target.Chosen chosen || !channels.TryGet(chosen.ChannelId, out LiveChannel? channel))
            return Targets.Problem((target as Target.Nowhere)?.Obstacle ?? TargetObstacle.ChannelCannotSend, named is not null || identityId is not null);
        return (object?)draft.Plan(channel.Limits, database.Ids, channel.Id, new Recipient.Known(chosen.IdentityId), replyTo, errors) ?? Problem.Invalid(errors);
    });

    /// <summary>To an address, whether or not anybody is known there.</summary>
    public Task<SendOutcome> ToAddressAsync(SendToAddressRequest request, IdempotencyClaim? claim) => QueueAsync(claim, session =>
    {
        var errors = new List<FieldError>();
        var draft = new Draft(session, request.Parts, request.Author, request.Metadata, errors);
        if (request.ChannelId is null)
            errors.Add(new FieldError("channel_id", "is required"));
        LiveChannel? channel = ReadChannel(request.ChannelId, errors);
        (Recipient To, TargetObstacle Obstacle)? address = ReadAddress(session, request.To, channel, draft.IsTemplate, errors);
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        if (address!.Value.Obstacle != TargetObstacle.None)
            return Targets.Problem(address.Value.Obstacle, named: true);
        return (object?)draft.Plan(channel!.Limits, database.Ids, channel.Id, address.Value.To, replyTo: null, errors) ?? Problem.Invalid(errors);
    });

    /// <summary>Where a message is found.</summary>
    public static string Location(MessageShape message) => "/v1/messages/" + message.Id;

    /// <summary><paramref name="prepare"/> answers a message to store or a problem.</summary>
    private async Task<SendOutcome> QueueAsync(IdempotencyClaim? claim, Func<Session, object> prepare)
    {
        for (int i = 0; i < Tries; i++)
        {
            object prepared = database.Read(prepare);
            // The channel may be one that another node made or changed a moment ago.
            if (prepared is ProblemHttpResult && channels.Follow())
                prepared = database.Read(prepare);
            if (prepared is ProblemHttpResult problem)
                return new SendOutcome.Refused(problem);
            var message = (OutgoingMessage)prepared;
            MessageShape? queued = await database.WriteAsync(session =>
            {
                if (!OutgoingMessages.Queue(session, message))
                    return null;
                MessageShape shape = reader.Find(session, message.Id)!;
                claim?.Complete(session, StatusCodes.Status202Accepted, Location(shape), shape);
                session.AfterCommit(() => lanes.Ring(message.ChannelId));
                return shape;
            });
            if (queued is not null)
                return new SendOutcome.Queued(queued);
        }
        return new SendOutcome.Refused(Problem.Conflict("attachment-busy", "The attachments of this message are being used by others at the same moment; try again."));
    }

    private LiveChannel? ReadChannel(string? id, List<FieldError> errors)
    {
        if (id is null)
            return null;
        if (HubId.TryParse(IdPrefix.Channel, id, out long channelId) && channels.TryGet(channelId, out LiveChannel? channel))
            return channel;
        errors.Add(new FieldError("channel_id", "there is no such channel"));
        return null;
    }

    private static long? ReadIdentity(string? id, List<IdentityRow> identities, List<FieldError> errors)
    {
        if (id is null)
            return null;
        if (HubId.TryParse(IdPrefix.Identity, id, out long identityId) && identities.Exists(i => i.Id == identityId))
            return identityId;
        errors.Add(new FieldError("identity_id", "is not an identity of this customer"));
        return null;
    }

    private static long? ReadReply(Session session, string? id, List<IdentityRow> identities, List<FieldError> errors)
    {
        if (id is null)
            return null;
        if (HubId.TryParse(IdPrefix.Message, id, out long messageId) && MessageStore.Find(session, messageId) is { } message
            && identities.Exists(i => i.Id == message.IdentityId))
            return messageId;
        errors.Add(new FieldError("reply_to", "is not a message of this conversation"));
        return null;
    }

    private (Recipient, TargetObstacle)? ReadAddress(
        Session session, AddressInput? to, LiveChannel? channel, bool isTemplate, List<FieldError> errors)
    {
        if (to is null)
            errors.Add(new FieldError("to", "is required"));
        if (string.IsNullOrWhiteSpace(to?.Kind) && to is not null)
            errors.Add(new FieldError("to.kind", "is required"));
        if (string.IsNullOrWhiteSpace(to?.Value) && to is not null)
            errors.Add(new FieldError("to.value", "is required"));
        if (channel is null || string.IsNullOrWhiteSpace(to?.Kind) || string.IsNullOrWhiteSpace(to.Value))
            return null;
        if (!TryKey(to, to.Scope ?? "", channel, out Key? key, out string? wrong))
        {
            errors.Add(new FieldError("to.value", wrong));
            return null;
        }
        // What is unique only within a channel is usually meant within this one.
        IdentityRow? known = IdentityStore.FindByKey(session, key)
            ?? (to.Scope is null && TryKey(to, channel.PublicId, channel, out Key? scoped, out _) ? IdentityStore.FindByKey(session, scoped) : null);
        if (known is not null)
        {
            ReachRow? reach = CustomerStore.Reaches(session, [known.Id]).Find(r => r.ChannelId == channel.Id);
            return (new Recipient.Known(known.Id), targets.Obstacle(known, channel.Id, reach, isTemplate));
        }
        if (!Targets.Addresses(channel, key))
        {
            errors.Add(new FieldError("to.kind", $"this channel writes to '{channel.KeyKind}', and nobody is known at this address"));
            return null;
        }
        return (new Recipient.ByKey(key, key.Value == to.Value ? null : to.Value), !Targets.CanSend(channel) ? TargetObstacle.ChannelCannotSend
            : targets.MayWrite(channel, reach: null, isTemplate) ? TargetObstacle.None : TargetObstacle.WindowClosed);
    }

    private static bool TryKey(AddressInput to, string scope, LiveChannel channel, [NotNullWhen(true)] out Key? key, [NotNullWhen(false)] out string? wrong)
    {
        (key, wrong) = KeyNormalizer.Normalise(new Key(to.Kind!, scope, to.Value!), channel.DefaultCountry);
        if (key is null)
            wrong ??= "is not an address of this kind";
        return key is not null;
    }
}

/// <summary>What became of a message to send.</summary>
public abstract record SendOutcome
{
    private SendOutcome() { }

    /// <summary>It is durable and will be sent.</summary>
    public sealed record Queued(MessageShape Message) : SendOutcome;

    /// <summary>It was not taken.</summary>
    public sealed record Refused(ProblemHttpResult Problem) : SendOutcome;
}
