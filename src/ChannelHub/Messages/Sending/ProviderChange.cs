using System.Globalization;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Channels;
using ChannelHub.Options;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Messages.Sending;

/// <summary>
/// Changes something at a provider while the client waits: an edit, a removal, a reaction. All of them may be repeated, so a client whose
/// call came to nothing simply repeats it.
/// </summary>
public sealed class ProviderChange(Database database, ChannelDirectory channels, ChannelHealth health, HubOptions options)
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(30);

    /// <summary>The account of a message's channel, if it is there, may be used and can do this; otherwise why not.</summary>
    internal ProblemHttpResult? Find<TAbility>(MessageRow message, string what, out ProviderAccount<TAbility> account)
        where TAbility : class, IChannel
    {
        account = default!;
        if (!channels.TryGet(message.ChannelId, out LiveChannel? channel) || !channel.Enabled)
            return Problem.Conflict("not-supported", "The message's channel is disabled or deleted.");
        if (channel.Ability<TAbility>() is not { } ability)
            return Problem.Conflict("not-supported", $"This channel cannot {what}.");
        if (channel.Paused)
            return Problem.Conflict("channel-paused", "The channel is paused: " + channel.Row.StateReason);
        account = new ProviderAccount<TAbility>(channel, ability);
        return null;
    }

    /// <summary>What a unit on a channel may be at most.</summary>
    internal ChannelLimits LimitsOf(long channelId) => channels.TryGet(channelId, out LiveChannel? channel) ? channel.Limits : new ChannelLimits();

    /// <summary>How the provider knows one unit of a message.</summary>
    internal SentUnit UnitOf(MessageRow message, string externalId) => database.Read(session =>
    {
        IdentityRow identity = IdentityStore.FindAll(session, [message.IdentityId])[0];
        string? address = CustomerStore.Reaches(session, [identity.Id]).Find(r => r.ChannelId == message.ChannelId)?.Address;
        return new SentUnit(identity.Key with { Value = identity.Original ?? identity.Value }, address, new ExternalId(externalId));
    });

    /// <summary>Calls the provider; null if it did as asked, otherwise what to answer.</summary>
    internal async Task<ProblemHttpResult?> CallAsync(HttpContext context, LiveChannel channel, Func<CancellationToken, ValueTask<SendResult>> call)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Outbox.SendSeconds), database.Clock);
        SendResult result;
        try
        {
            result = await call(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            result = new SendResult.Unconfirmed("no answer in time");
        }
        Fault? fault = result switch { SendResult.Rejected rejected => rejected.Fault, SendResult.Deferred deferred => deferred.Fault, _ => null };
        if (fault?.Kind == FaultKind.NotAuthorized)
            await health.PauseAsync(channel, fault.Detail);
        return result switch
        {
            SendResult.Sent => null,
            SendResult.Rejected rejected => Problem.Conflict("provider-refused", rejected.Fault.Detail),
            SendResult.Deferred deferred => Unavailable(context, deferred.Fault.Detail, deferred.RetryAfter),
            SendResult.Unconfirmed unconfirmed => Unavailable(context, unconfirmed.Reason, retryAfter: null),
            _ => throw new InvalidOperationException("results are a closed set"),
        };
    }

    private static ProblemHttpResult Unavailable(HttpContext context, string detail, TimeSpan? retryAfter)
    {
        context.Response.Headers.RetryAfter = Math.Ceiling((retryAfter ?? Later).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Problem.Of(StatusCodes.Status503ServiceUnavailable, "provider-unavailable", "The provider cannot do it now", detail);
    }
}

/// <summary>An account that can do something.</summary>
internal sealed record ProviderAccount<TAbility>(LiveChannel Channel, TAbility Ability);
