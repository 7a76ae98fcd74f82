using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using ChannelHub.Options;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Outbox;

/// <summary>What a send's result says of the channel.</summary>
internal enum ChannelSign
{
    /// <summary>The provider answers.</summary>
    Answers,

    /// <summary>It does not.</summary>
    Silent,

    /// <summary>It refuses the credentials.</summary>
    Refuses,
}

/// <summary>What a send's result says of the address.</summary>
internal enum AddressSign
{
    None,
    OptedOut,
    Unreachable,
    WindowClosed,
}

/// <summary>One try to send a unit, as far as it matters to what follows.</summary>
/// <param name="Number">1 is the first.</param>
/// <param name="Deduplicates">Whether the provider drops a second copy.</param>
/// <param name="Unconfirmed">Whether an earlier try of it may have arrived.</param>
/// <param name="Since">When it was tried for the first time.</param>
/// <param name="Now">When the result came.</param>
/// <param name="Random01">For spreading repeats.</param>
internal sealed record SendTry(int Number, bool Deduplicates, bool Unconfirmed, DateTimeOffset Since, DateTimeOffset Now, double Random01)
{
    public static SendTry Of(OutboxRow unit, bool deduplicates, DateTimeOffset now, double random01) => new(
        (int)unit.Attempt, deduplicates, unit.Aside != 0, unit.TriedSince is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since) : now, now,
        random01);
}

/// <summary>What follows from the result of a send. Pure.</summary>
/// <param name="Outcome">What is recorded of the unit.</param>
/// <param name="Channel">What it says of the channel.</param>
internal sealed record Verdict(UnitOutcome Outcome, ChannelSign Channel)
{
    // How long a channel rests when its provider says "too fast" and not how long to wait.
    private static readonly TimeSpan UnknownLimit = TimeSpan.FromSeconds(5);

    /// <summary>What it says of the address.</summary>
    public AddressSign Address { get; init; }

    /// <summary>Whether the trouble is the whole channel's.</summary>
    public bool WholeChannel { get; init; }

    /// <summary>Until when the whole channel is to be left alone, by the provider's word.</summary>
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>Why, for the operator.</summary>
    public string Reason { get; init; } = "";

    public static Verdict Of(SendResult result, SendTry attempt, OutboxOptions options) => result switch
    {
        SendResult.Sent sent => new Verdict(
            new UnitOutcome.Accepted(sent.Id.Value is { Length: > 0 } id ? id : null, StateOf(sent.State)) { Learned = sent.Learned }, ChannelSign.Answers),
        SendResult.Rejected { Fault.Kind: FaultKind.NotAuthorized } rejected => Refused(rejected.Fault, attempt),
        SendResult.Deferred { Fault.Kind: FaultKind.NotAuthorized } deferred => Refused(deferred.Fault, attempt),
        SendResult.Rejected rejected => Rejected(rejected.Fault),
        SendResult.Deferred deferred => Deferred(deferred, attempt, options),
        SendResult.Unconfirmed unconfirmed => Unconfirmed(unconfirmed.Reason, attempt, options),
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };

    /// <summary>Nobody answered.</summary>
    public static Verdict Unconfirmed(string reason, SendTry attempt, OutboxOptions options)
    {
        long? again = attempt.Deduplicates ? Next(attempt, retryAfter: null, options)?.ToUnixTimeMilliseconds() : null;
        return new Verdict(new UnitOutcome.Unconfirmed(SentParts.Json("no_answer", reason), again), ChannelSign.Silent) { Reason = reason };
    }

    // The unit waits for somebody to mend the channel; that is no try of its own.
    private static Verdict Refused(Fault fault, SendTry attempt) =>
        new(new UnitOutcome.Deferred(SentParts.Json(fault), attempt.Now.ToUnixTimeMilliseconds(), Counts: false), ChannelSign.Refuses) { Reason = fault.Detail };

    private static Verdict Rejected(Fault fault) => new(new UnitOutcome.Failed(SentParts.Json(fault)), ChannelSign.Answers)
    {
        Address = fault.Kind switch
        {
            FaultKind.OptedOut => AddressSign.OptedOut,
            FaultKind.UnknownRecipient => AddressSign.Unreachable,
            FaultKind.WindowClosed => AddressSign.WindowClosed,
            _ => AddressSign.None,
        },
    };

    private static Verdict Deferred(SendResult.Deferred deferred, SendTry attempt, OutboxOptions options)
    {
        Fault fault = deferred.Fault;
        TimeSpan? asked = Sane(deferred.RetryAfter, options);
        return new Verdict(AgainOrGivenUp(fault, asked, attempt, options), fault.Kind == FaultKind.ProviderDown ? ChannelSign.Silent : ChannelSign.Answers)
        {
            WholeChannel = fault.WholeChannel,
            HoldUntil = fault.WholeChannel && (asked ?? (fault.Kind == FaultKind.RateLimited ? UnknownLimit : null)) is { } wait ? attempt.Now + wait : null,
            Reason = fault.Detail,
        };
    }

    private static UnitOutcome AgainOrGivenUp(Fault fault, TimeSpan? asked, SendTry attempt, OutboxOptions options)
    {
        string error = SentParts.Json(fault);
        if (Next(attempt, asked, options) is { } again)
            return new UnitOutcome.Deferred(error, again.ToUnixTimeMilliseconds());
        // Given up. What an earlier try left in doubt stays in doubt.
        return attempt.Unconfirmed ? new UnitOutcome.Unconfirmed(error) : new UnitOutcome.Failed(error);
    }

    private static DateTimeOffset? Next(SendTry attempt, TimeSpan? retryAfter, OutboxOptions options)
    {
        DateTimeOffset next = RetrySchedule.Next(attempt.Number, retryAfter, attempt.Now, attempt.Random01);
        return next - attempt.Since <= TimeSpan.FromHours(options.GiveUpHours) ? next : null;
    }

    private static TimeSpan? Sane(TimeSpan? retryAfter, OutboxOptions options)
    {
        TimeSpan longest = TimeSpan.FromSeconds(options.RetryAfterSeconds);
        return retryAfter is not { } asked ? null : asked < TimeSpan.Zero ? TimeSpan.Zero : asked > longest ? longest : asked;
    }

    private static MessageState StateOf(DeliveryState state) => state switch
    {
        DeliveryState.Sent => MessageState.Sent,
        DeliveryState.Failed => MessageState.Failed,
        DeliveryState.Delivered => MessageState.Delivered,
        _ => MessageState.Read,
    };
}
