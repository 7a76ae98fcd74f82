using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Keys;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>
/// Keeps what was revealed beside an account, whether by its own message, by the answer to a send or by a report: other names of the account, other
/// addresses of the person, and what is only said. Runs on the writer's thread.
/// </summary>
internal sealed class KeyLearner(WriteSession session, OpenIdentities open)
{
    /// <summary>Keeps one key.</summary>
    /// <param name="identity">Beside whom it was revealed.</param>
    /// <param name="speaker">How well the one who reveals it is proven; what they say is proven no better.</param>
    /// <param name="learned">The key, in canonical form.</param>
    /// <param name="channelId">Where.</param>
    /// <param name="at">When.</param>
    public void Learn(KnownIdentity identity, Assurance speaker, LearnedKey learned, long channelId, long at)
    {
        if (learned.Key == identity.Key)
            return;
        LearnedKey told = learned.Assurance <= speaker ? learned : learned with { Assurance = speaker };
        if (told.As == LearnedAs.Alias)
            LearnAlias(identity, told, channelId, at);
        else if (told.Assurance >= Assurance.Confirmed && OwnsIdentities(told.Key.Kind))
            Join(identity, speaker, told, at);
        else
            LearnClaim(identity, told, channelId, at);
    }

    /// <summary>What a provider revealed about the one whom a message of ours was sent to.</summary>
    public void LearnOfRecipient(long identityId, IReadOnlyList<LearnedKey> learned, long channelId)
    {
        if (learned.Count == 0 || IdentityStore.Find(session, identityId) is not { Until: null } row || open.Find(row.Key) is not { } identity)
            return;
        foreach (LearnedKey key in learned)
            Learn(identity, Assurance.Proven, key, channelId, session.Now);
    }

    /// <summary>Proven to be the same person: the contact is an identity of its own, joined by a link that carries the evidence.</summary>
    private void Join(KnownIdentity identity, Assurance speaker, LearnedKey learned, long at)
    {
        KnownIdentity owner = open.Find(learned.Key) ?? open.Open(learned.Key, original: null, learned.Assurance, name: null, language: null, at);
        open.Refresh(owner, name: null, learned.Assurance, at);
        CustomerGraph.Join(session, identity, owner, learned, speaker);
    }

    private void LearnAlias(KnownIdentity identity, LearnedKey learned, long channelId, long at)
    {
        Key key = learned.Key;
        bool isName = AliasKinds.MayChangeHands(key.Kind);
        if (OpenIdentities.IsVouchedFor(identity.Key, key, learned.Assurance))
        {
            if (!isName && open.Find(key) is { } other && other.Id != identity.Id)
            {
                // Two addresses of one account, such as an old telephone number and a new one.
                CustomerGraph.Join(session, identity, other, learned, learned.Assurance);
                if (other.Key == key)
                    return;
            }
            if (open.EndElsewhere(key, identity.Id, at))
                session.Identities.Remove(key);
        }
        if (!open.AddAlias(identity, learned, channelId, at))
            return;
        // A name or number that the account had before is no longer its own; its other ids are never anybody else's.
        if (!identity.IsNew && (isName || key.Kind == KeyKinds.Phone))
        {
            session.Execute("UPDATE alias SET until = @at WHERE identity_id = @Id AND kind = @Kind AND scope = @Scope AND value <> @Value AND until IS NULL",
                new { at, identity.Id, key.Kind, key.Scope, key.Value });
            session.Identities.Clear();
        }
        string data = JsonSerializer.Serialize(new LearnedData(HubId.Format(IdPrefix.Identity, identity.Id), key.Kind, key.Scope, key.Value), IdentityJson.Default.LearnedData);
        session.Append(EventType.AliasLearned, session.Now, identity.Id, identity.CustomerId, data: data);
    }

    private void LearnClaim(KnownIdentity identity, LearnedKey learned, long channelId, long at)
    {
        Key key = learned.Key;
        var named = new { identityId = identity.Id, key.Kind, key.Scope, key.Value, assurance = (long)learned.Assurance, channelId, at };
        long? known = identity.IsNew ? null : session.Find<long?>(
            "SELECT assurance FROM claim WHERE identity_id = @identityId AND kind = @Kind AND scope = @Scope AND value = @Value", named);
        if (known is { } before)
        {
            session.Execute("""
                UPDATE claim SET last_seen = @at, assurance = CASE WHEN assurance < @assurance THEN @assurance ELSE assurance END
                WHERE identity_id = @identityId AND kind = @Kind AND scope = @Scope AND value = @Value
                """, named);
            if (before >= named.assurance)
                return;
        }
        else
        {
            // The same message may say it twice.
            int added = session.Execute("""
                INSERT INTO claim (id, identity_id, kind, scope, value, assurance, channel_id, since, last_seen)
                VALUES (@id, @identityId, @Kind, @Scope, @Value, @assurance, @channelId, @at, @at) ON CONFLICT DO NOTHING
                """, new { id = session.NewId(), named.identityId, named.Kind, named.Scope, named.Value, named.assurance, named.channelId, named.at });
            if (added == 0)
                return;
        }
        string data = JsonSerializer.Serialize(
            new ClaimData(HubId.Format(IdPrefix.Identity, identity.Id), key.Kind, key.Scope, key.Value, JsonNamingPolicy.SnakeCaseLower.ConvertName(learned.Assurance.ToString())),
            IdentityJson.Default.ClaimData);
        session.Append(EventType.ClaimLearned, session.Now, identity.Id, identity.CustomerId, data: data);
    }

    private static bool OwnsIdentities(string kind) => kind is KeyKinds.Phone or KeyKinds.Email or KeyKinds.External;
}
