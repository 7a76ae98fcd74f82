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
    /// <summary>The open identity of a sender; opened, named and linked as the event says.</summary>
    public KnownIdentity Resolve(Intake intake, KeyedSender sender)
    {
        KnownIdentity identity = session.Identities.Find(sender.Key) ?? IdentityStore.FindOpen(session, sender.Key)
            ?? IdentityStore.Open(session, sender.Key, sender.Original, sender.Sender.Assurance, sender.Sender.DisplayName, sender.Sender.Language, intake.ReceivedAt);
        Refresh(identity, sender.Sender);
        Reach(identity, intake, sender.Sender.Address);
        if (sender.Learned.Count > 0)
            Learn(identity, intake, sender);
        return identity;
    }

    private void Refresh(KnownIdentity identity, Sender sender)
    {
        bool named = sender.DisplayName is not null && sender.DisplayName != identity.Name;
        bool raised = sender.Assurance > identity.Assurance;
        if (!named && !raised)
            return;
        identity.Name = sender.DisplayName ?? identity.Name;
        identity.Assurance = raised ? sender.Assurance : identity.Assurance;
        session.Execute("UPDATE identity SET name = @Name, assurance = @assurance WHERE id = @Id",
            new { identity.Id, identity.Name, assurance = (long)identity.Assurance });
    }

    private void Reach(KnownIdentity identity, Intake intake, string? address)
    {
        foreach (KnownReach known in identity.Reaches)
        {
            if (known.ChannelId == intake.ChannelId && known.Address == address)
                return;
        }
        // Writing proves that the address can be reached; only the provider takes an opt-out back.
        session.Execute("""
            INSERT INTO reach (identity_id, channel_id, address, since) VALUES (@Id, @ChannelId, @address, @ReceivedAt)
            ON CONFLICT (identity_id, channel_id) DO UPDATE SET address = excluded.address, unreachable_at = NULL
            """, new { identity.Id, intake.ChannelId, address, intake.ReceivedAt });
        identity.Reaches = [.. identity.Reaches.Where(r => r.ChannelId != intake.ChannelId), new KnownReach(intake.ChannelId, address)];
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
    }

    /// <summary>Proven to be the same person: the contact is an identity of its own, joined by a link that carries the evidence.</summary>
    private void Join(KnownIdentity identity, Intake intake, LearnedKey learned)
    {
        KnownIdentity owner = session.Identities.Find(learned.Key) ?? IdentityStore.FindOpen(session, learned.Key)
            ?? IdentityStore.Open(session, learned.Key, original: null, learned.Assurance, name: null, language: null, intake.ReceivedAt);
        if (learned.Assurance > owner.Assurance)
        {
            owner.Assurance = learned.Assurance;
            session.Execute("UPDATE identity SET assurance = @assurance WHERE id = @Id", new { owner.Id, assurance = (long)owner.Assurance });
        }
        CustomerGraph.Join(session, identity, owner, learned);
    }

    private void LearnAlias(KnownIdentity identity, Intake intake, LearnedKey learned)
    {
        Key key = learned.Key;
        int added = session.Execute("""
            INSERT INTO alias (id, identity_id, kind, scope, value, assurance, channel_id, since)
            SELECT @id, @identityId, @Kind, @Scope, @Value, @assurance, @ChannelId, @ReceivedAt
            WHERE NOT EXISTS (SELECT 1 FROM alias WHERE identity_id = @identityId AND kind = @Kind AND scope = @Scope AND value = @Value AND until IS NULL)
            """, new { id = session.NewId(), identityId = identity.Id, key.Kind, key.Scope, key.Value, assurance = (long)learned.Assurance, intake.ChannelId, intake.ReceivedAt });
        if (added == 0)
            return;
        // A name of this kind that the account had before is no longer its name.
        session.Execute("UPDATE alias SET until = @ReceivedAt WHERE identity_id = @Id AND kind = @Kind AND scope = @Scope AND value <> @Value AND until IS NULL",
            new { intake.ReceivedAt, identity.Id, key.Kind, key.Scope, key.Value });
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
