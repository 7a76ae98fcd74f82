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
    private const int Common = SuggestionRules.MostInCommon + 1;

    // Where a trait is looked for by an identity's key, its kind follows from the identity: else SQLite begins with all traits of the kind.
    private static readonly string[] Questions =
    [
        // What one claims and another owns, from either side.
        $"""
        FROM claim c JOIN identity me ON me.id = c.identity_id
        JOIN identity other ON other.kind = c.kind AND other.scope = c.scope AND other.value = c.value WHERE c.identity_id {Session.In} AND {Apart}
        """,
        $"""
        FROM identity me JOIN claim c ON c.kind = me.kind AND c.scope = me.scope AND c.value = me.value
        JOIN identity other ON other.id = c.identity_id WHERE me.id {Session.In} AND {Apart}
        """,

        // What few have in common.
        $"""
        FROM trait t JOIN identity me ON me.id = t.identity_id JOIN trait u ON u.kind = t.kind AND u.value = t.value JOIN identity other ON other.id = u.identity_id
        WHERE t.identity_id {Session.In} AND t.kind <> 'note' AND {Apart}
          AND (SELECT count(*) FROM (SELECT 1 FROM trait v WHERE v.kind = t.kind AND v.value = t.value LIMIT {Common}) counted) < {Common}
        """,

        // One mailbox with and without a tag, verified and not.
        $"""
        FROM trait t JOIN identity me ON me.id = t.identity_id JOIN identity other ON other.kind = 'email' AND other.scope = '' AND other.value = t.value
        WHERE t.identity_id {Session.In} AND t.kind = 'mailbox' AND {Apart}
        """,
        $"""
        FROM identity me JOIN trait t ON t.kind = CASE me.kind WHEN 'email' THEN 'mailbox' END AND t.value = me.value JOIN identity other ON other.id = t.identity_id
        WHERE me.id {Session.In} AND {Apart}
        """,

        // What agents wrote about another customer.
        $"""
        FROM identity me JOIN trait t ON t.kind = CASE me.scope WHEN '' THEN 'note' END AND t.value = me.kind || ':' || me.value JOIN identity other ON other.id = t.identity_id
        WHERE me.id {Session.In} AND {Apart}
        """,
    ];

    /// <summary>Who may be the same person as some identities of which something is new.</summary>
    public static HashSet<Candidate> Of(Session session, IReadOnlyCollection<long> ids) =>
        [.. Questions.SelectMany(question => session.Prepared($"SELECT me.id, other.id {question} LIMIT {Most}").BindAll(ids).All(Read)), .. Noted(session, ids)];

    /// <summary>Pairs with evidence between them that are nevertheless apart.</summary>
    public static HashSet<Candidate> Refused(Session session, IReadOnlyCollection<long> ids) => [.. session.Prepared($"""
        SELECT me.id, other.id FROM fact f JOIN identity me ON me.id = f.left_id JOIN identity other ON other.id = f.right_id
        WHERE f.left_id {Session.In} AND f.kind = 2 AND f.revoked_by IS NULL AND {Apart}
        UNION SELECT me.id, other.id FROM fact f JOIN identity me ON me.id = f.right_id JOIN identity other ON other.id = f.left_id
        WHERE f.right_id {Session.In} AND f.kind = 2 AND f.revoked_by IS NULL AND {Apart} LIMIT {Most}
        """).BindAll(ids).BindAll(ids).All(Read)];

    /// <summary>Identities that showed another name before, and how long they had been silent when it changed.</summary>
    public static List<RenamedRow> Renamed(Session session, IReadOnlyCollection<long> ids, long namedSince) => session.Prepared($"""
        SELECT i.id, i.former_name, i.named_at,
          (SELECT m.received_at FROM message m WHERE m.identity_id = i.id AND m.received_at < i.named_at ORDER BY m.occurred_at DESC, m.sequence DESC LIMIT 1)
        FROM identity i WHERE i.id {Session.In} AND i.until IS NULL AND i.former_name IS NOT NULL AND i.named_at >= ?
        """).BindAll(ids).Bind(namedSince).All(c => new RenamedRow(c.Number(0), c.Text(1), c.Number(2), c.NumberOrNull(3)));

    private static Candidate Read(Columns columns) => Candidate.Of(columns.Number(0), columns.Number(1));

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
