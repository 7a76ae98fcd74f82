using ChannelHub.Core.Customers.Suggestions;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>
/// Pairs of open identities of different customers for the rules to look at. Each question is asked once for many identities.
/// </summary>
public static class CandidateStore
{
    private const string Apart = "me.until IS NULL AND other.until IS NULL AND me.customer_id <> other.customer_id";

    // An address that thousands claim would otherwise be looked at thousands of times.
    private const int Most = 500;

    /// <summary>Who may be the same person as some identities of which something is new.</summary>
    public static HashSet<Candidate> Of(Session session, IReadOnlyCollection<long> ids)
    {
        object arguments = new { ids = ids.ToArray(), most = Most, common = SuggestionRules.MostInCommon + 1 };
        string[] questions =
        [
            // What one claims and another owns, from either side.
            $"""
            FROM claim c JOIN identity me ON me.id = c.identity_id
            JOIN identity other ON other.kind = c.kind AND other.scope = c.scope AND other.value = c.value WHERE c.identity_id IN @ids AND {Apart}
            """,
            $"""
            FROM identity me JOIN claim c ON c.kind = me.kind AND c.scope = me.scope AND c.value = me.value
            JOIN identity other ON other.id = c.identity_id WHERE me.id IN @ids AND {Apart}
            """,

            // What few have in common.
            $"""
            FROM trait t JOIN identity me ON me.id = t.identity_id JOIN trait u ON u.kind = t.kind AND u.value = t.value JOIN identity other ON other.id = u.identity_id
            WHERE t.identity_id IN @ids AND t.kind <> 'note' AND {Apart}
              AND (SELECT count(*) FROM (SELECT 1 FROM trait v WHERE v.kind = t.kind AND v.value = t.value LIMIT @common) counted) < @common
            """,

            // One mailbox with and without a tag, verified and not.
            $"""
            FROM trait t JOIN identity me ON me.id = t.identity_id JOIN identity other ON other.kind = 'email' AND other.scope = '' AND other.value = t.value
            WHERE t.identity_id IN @ids AND t.kind = 'mailbox' AND {Apart}
            """,
            $"""
            FROM identity me JOIN trait t ON t.kind = 'mailbox' AND t.value = me.value JOIN identity other ON other.id = t.identity_id
            WHERE me.id IN @ids AND me.kind = 'email' AND {Apart}
            """,

            // What agents wrote about another customer.
            $"""
            FROM identity me JOIN trait t ON t.kind = 'note' AND t.value = me.kind || ':' || me.value JOIN identity other ON other.id = t.identity_id
            WHERE me.id IN @ids AND me.scope = '' AND {Apart}
            """,
        ];
        HashSet<Candidate> found = [.. questions.SelectMany(question => session.Query<PairRow>($"SELECT me.id AS Me, other.id AS Other {question} LIMIT @most", arguments))
            .Select(row => Candidate.Of(row.Me, row.Other))];
        found.UnionWith(Noted(session, ids));
        return found;
    }

    /// <summary>Pairs with evidence between them that are nevertheless apart.</summary>
    public static HashSet<Candidate> Refused(Session session, IReadOnlyCollection<long> ids) => [.. session.Query<PairRow>($"""
        SELECT me.id AS Me, other.id AS Other FROM fact f JOIN identity me ON me.id = f.left_id JOIN identity other ON other.id = f.right_id
        WHERE f.left_id IN @ids AND f.kind = 2 AND f.revoked_by IS NULL AND {Apart}
        UNION SELECT me.id, other.id FROM fact f JOIN identity me ON me.id = f.right_id JOIN identity other ON other.id = f.left_id
        WHERE f.right_id IN @ids AND f.kind = 2 AND f.revoked_by IS NULL AND {Apart} LIMIT {Most}
        """, new { ids = ids.ToArray() }).Select(row => Candidate.Of(row.Me, row.Other))];

    /// <summary>Identities that showed another name before, and how long they had been silent when it changed.</summary>
    public static List<RenamedRow> Renamed(Session session, IReadOnlyCollection<long> ids, long namedSince) => session.Query<RenamedRow>("""
        SELECT i.id, i.former_name AS FormerName, i.named_at AS NamedAt,
          (SELECT m.received_at FROM message m WHERE m.identity_id = i.id AND m.received_at < i.named_at ORDER BY m.occurred_at DESC, m.sequence DESC LIMIT 1) AS SilentSince
        FROM identity i WHERE i.id IN @ids AND i.until IS NULL AND i.former_name IS NOT NULL AND i.named_at >= @namedSince
        """, new { ids = ids.ToArray(), namedSince });

    private static IEnumerable<Candidate> Noted(Session session, IReadOnlyCollection<long> ids)
    {
        foreach (IGrouping<long, Trait> noted in TraitStore.Of(session, ids))
        {
            foreach (Trait note in noted.Where(trait => trait.Kind == TraitKind.Note))
            {
                if (IdentityStore.FindByKey(session, TraitReader.KeyOf(note.Value)) is { } owner && owner.CustomerId != IdentityStore.CustomerOf(session, noted.Key))
                    yield return Candidate.Of(noted.Key, owner.Id);
            }
        }
    }
}

/// <summary>Two identities, the older first.</summary>
public sealed record Candidate(long Left, long Right)
{
    public static Candidate Of(long one, long other) => new(Math.Min(one, other), Math.Max(one, other));
}

/// <summary>An identity that changed its name.</summary>
public sealed record RenamedRow(long Id, string FormerName, long NamedAt, long? SilentSince);

internal sealed record PairRow(long Me, long Other);
