using ChannelHub.Adapters;
using ChannelHub.Core.Keys;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Customers;

/// <summary>
/// Finds or opens the identity that owns a sender's key, and keeps what the event revealed beside it. Runs on the writer's thread, in the transaction
/// of the message.
/// </summary>
internal sealed class IdentityResolver(WriteSession session)
{
    // How exact "last seen" is.
    private const long Day = 86_400_000;

    private readonly OpenIdentities open = session.OpenIdentities;
    private readonly KeyLearner learner = session.Learner;

    /// <summary>The open identity of a sender; opened, named and linked as the event says.</summary>
    public KnownIdentity Resolve(Intake intake, KeyedSender sender)
    {
        Sender told = sender.Sender;
        KnownIdentity identity = Known(sender) ?? Open(intake, sender);
        // Who is less proven than the account is known to be may be somebody else: they rename nobody and redirect no answer.
        bool trusted = told.Assurance >= identity.Assurance;
        open.Refresh(identity, trusted ? told.DisplayName : null, told.Assurance, intake.ReceivedAt);
        if (trusted)
            open.Reach(identity, intake.ChannelId, told.Address, intake.ReceivedAt);
        else
            open.ReachIfUnknown(identity, intake.ChannelId, intake.ReceivedAt);
        if (PhoneNumbers.AliasOf(sender.Key, identity.Key))
            learner.Learn(identity, told.Assurance, new LearnedKey(sender.Key, told.Assurance, LearnedAs.Alias), intake.ChannelId, intake.ReceivedAt);
        if (sender.Learned.Count > 0)
            Learn(identity, intake, sender);
        return identity;
    }

    /// <summary>The open identity of a sender, by its key or by another name of the account; null if nobody is known.</summary>
    public KnownIdentity? Known(KeyedSender sender) => open.Find(sender.Key);

    /// <summary>What a customer says opens the messaging window of channels that have one.</summary>
    public void OpenWindow(KnownIdentity identity, Intake intake, DateTimeOffset? at)
    {
        if (intake.Window is { } window)
            open.OpenWindow(identity, intake.ChannelId, Math.Min(at?.ToUnixTimeMilliseconds() ?? intake.ReceivedAt, intake.ReceivedAt) + (long)window.TotalMilliseconds);
    }

    private KnownIdentity Open(Intake intake, KeyedSender sender)
    {
        Sender told = sender.Sender;
        KnownIdentity opened = open.Open(sender.Key, sender.Original, told.Assurance, told.DisplayName, told.Language, intake.ReceivedAt);
        if (intake.AsksProfiles && told.DisplayName is null)
            ProfileRequests.Add(session, opened.Id, intake.ChannelId);
        return opened;
    }

    private void Learn(KnownIdentity identity, Intake intake, KeyedSender sender)
    {
        ulong print = Print(intake.ChannelId, sender);
        if (print == identity.LearnedPrint && intake.ReceivedAt - identity.LearnedAt < Day)
            return;
        foreach (LearnedKey learned in sender.Learned)
            learner.Learn(identity, sender.Sender.Assurance, learned, intake.ChannelId, intake.ReceivedAt);
        identity.LearnedPrint = print;
        identity.LearnedAt = intake.ReceivedAt;
        identity.IsNew = false;
    }

    private static ulong Print(long channelId, KeyedSender sender)
    {
        var hash = new HashCode();
        hash.Add(channelId);
        hash.Add(sender.Sender.Assurance);
        foreach (LearnedKey key in sender.Learned)
            hash.Add(key);
        // Zero stands for "nothing learned yet".
        return (uint)hash.ToHashCode() | (1UL << 32);
    }
}
