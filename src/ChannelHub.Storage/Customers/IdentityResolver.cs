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
        KnownIdentity identity = open.Find(sender.Key) ?? open.Open(sender.Key, sender.Original, told.Assurance, told.DisplayName, told.Language, intake.ReceivedAt);
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
