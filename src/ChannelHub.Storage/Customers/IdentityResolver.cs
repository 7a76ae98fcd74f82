using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Customers;

/// <summary>
/// Finds or opens the identity that owns a sender's key, and keeps what the event revealed beside it. Runs on the writer's thread, in the transaction
/// of the message.
/// </summary>
internal sealed class IdentityResolver(WriteSession session)
{
    private readonly OpenIdentities open = new(session);

    /// <summary>The open identity of a sender; opened, named and linked as the event says.</summary>
    public KnownIdentity Resolve(Intake intake, KeyedSender sender)
    {
        Sender told = sender.Sender;
        KnownIdentity identity = open.Find(sender.Key) ?? open.Open(sender.Key, sender.Original, told.Assurance, told.DisplayName, told.Language, intake.ReceivedAt);
        open.Refresh(identity, told.DisplayName, told.Assurance);
        open.Reach(identity, intake.ChannelId, told.Address, intake.ReceivedAt);
        if (sender.Learned.Count > 0)
            Learn(identity, intake, sender);
        return identity;
    }

    private void Learn(KnownIdentity identity, Intake intake, KeyedSender sender)
    {
        ulong print = Print(intake.ChannelId, sender.Learned);
        if (print == identity.LearnedPrint)
            return;
        foreach (LearnedKey learned in sender.Learned)
        {
            if (learned.As == LearnedAs.Alias)
                LearnAlias(identity, intake, learned);
            else if (learned.Assurance >= Assurance.Confirmed && identity.Assurance >= Assurance.Confirmed && OwnsIdentities(learned.Key.Kind))
                Join(identity, intake, learned);
            else
                LearnClaim(identity, intake, learned);
        }
        identity.LearnedPrint = print;
        identity.IsNew = false;
    }

    /// <summary>Proven to be the same person: the contact is an identity of its own, joined by a link that carries the evidence.</summary>
    private void Join(KnownIdentity identity, Intake intake, LearnedKey learned)
    {
        KnownIdentity owner = open.Find(learned.Key) ?? open.Open(learned.Key, original: null, learned.Assurance, name: null, language: null, intake.ReceivedAt);
        open.Refresh(owner, name: null, learned.Assurance);
        CustomerGraph.Join(session, identity, owner, learned);
    }

    private void LearnAlias(KnownIdentity identity, Intake intake, LearnedKey learned)
    {
        if (!open.AddAlias(identity, learned, intake.ChannelId, intake.ReceivedAt))
            return;
        Key key = learned.Key;
        // A name of this kind that the account had before is no longer its name.
        if (!identity.IsNew)
        {
            session.Execute("UPDATE alias SET until = @ReceivedAt WHERE identity_id = @Id AND kind = @Kind AND scope = @Scope AND value <> @Value AND until IS NULL",
                new { intake.ReceivedAt, identity.Id, key.Kind, key.Scope, key.Value });
        }
        string data = JsonSerializer.Serialize(new LearnedData(HubId.Format(IdPrefix.Identity, identity.Id), key.Kind, key.Scope, key.Value), IdentityJson.Default.LearnedData);
        session.Append(EventType.AliasLearned, session.Now, identity.Id, identity.CustomerId, data: data);
    }

    private void LearnClaim(KnownIdentity identity, Intake intake, LearnedKey learned)
    {
        Key key = learned.Key;
        session.Execute("""
            INSERT INTO claim (id, identity_id, kind, scope, value, assurance, channel_id, since)
            VALUES (@id, @identityId, @Kind, @Scope, @Value, @assurance, @ChannelId, @ReceivedAt)
            ON CONFLICT (identity_id, kind, scope, value) DO UPDATE SET assurance = excluded.assurance WHERE excluded.assurance > claim.assurance
            """, new { id = session.NewId(), identityId = identity.Id, key.Kind, key.Scope, key.Value, assurance = (long)learned.Assurance, intake.ChannelId, intake.ReceivedAt });
    }

    private static bool OwnsIdentities(string kind) => kind is KeyKinds.Phone or KeyKinds.Email or KeyKinds.External;

    private static ulong Print(long channelId, IReadOnlyList<LearnedKey> learned)
    {
        var hash = new HashCode();
        hash.Add(channelId);
        foreach (LearnedKey key in learned)
            hash.Add(key);
        // Zero stands for "nothing learned yet".
        return (uint)hash.ToHashCode() | (1UL << 32);
    }
}
