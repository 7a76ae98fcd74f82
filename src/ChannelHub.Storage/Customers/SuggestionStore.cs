using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Customers.Suggestions;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>What may be one person, for somebody to decide.</summary>
public static class SuggestionStore
{
    public const string Open = "open";
    public const string Accepted = "accepted";
    public const string Dismissed = "dismissed";
    public const string Never = "never";

    // Whoever claims somebody else's address a thousand times fills nobody's list.
    private const int MostOpen = 20;

    private const string Columns = """
        s.id, s.proposes, s.left_id AS LeftId, s.right_id AS RightId, s.evidence, s.score, s.state, s.created_at AS CreatedAt, s.resolved_at AS ResolvedAt,
        s.resolved_by AS ResolvedBy
        """;

    public static SuggestionRow? Find(Session session, long id) => session.Find<SuggestionRow>($"SELECT {Columns} FROM suggestion s WHERE s.id = @id", new { id });

    /// <summary>Newest first, below <paramref name="before"/>.</summary>
    public static List<SuggestionRow> Page(Session session, string state, long before, int limit) => session.Query<SuggestionRow>(
        $"SELECT {Columns} FROM suggestion s WHERE s.state = @state AND s.id < @before ORDER BY s.id DESC LIMIT @limit", new { state, before, limit });

    /// <summary>Suggests a merge, unless that has been decided or suggested. What is new is added to what is suggested already.</summary>
    public static void Propose(WriteSession session, Candidate pair, Suggestion suggestion)
    {
        // Either may have been merged or erased since it was looked at.
        if (IdentityStore.CustomerOf(session, pair.Left) is not { } left || IdentityStore.CustomerOf(session, pair.Right) is not { } right || left == right)
            return;
        List<SuggestionRow> between = Between(session, left, right);
        if (between.Find(row => row.State == Open) is { } open)
            Extend(session, open, suggestion);
        else if (IsNews(between, suggestion) && OpenOf(session, left) < MostOpen && OpenOf(session, right) < MostOpen)
            Insert(session, Proposes.Merge, pair, suggestion);
    }

    /// <summary>Suggests to close an identity, unless somebody has said no to that.</summary>
    public static void ProposeClosing(WriteSession session, long identity, Suggestion suggestion)
    {
        List<SuggestionRow> before = session.Query<SuggestionRow>(
            $"SELECT {Columns} FROM suggestion s WHERE s.left_id = @identity AND s.right_id = @identity", new { identity });
        if (!before.Exists(row => row.State is Open or Never) && IsNews(before, suggestion) && IdentityStore.Find(session, identity) is { Until: null })
            Insert(session, Proposes.Close, new Candidate(identity, identity), suggestion);
    }

    /// <summary>Somebody has decided.</summary>
    public static void Resolve(WriteSession session, SuggestionRow row, string state, string actor)
    {
        session.Execute("UPDATE suggestion SET state = @state, resolved_at = @Now, resolved_by = @actor WHERE id = @Id", new { row.Id, state, session.Now, actor });
        Append(session, EventType.SuggestionResolved, row with { State = state });
    }

    /// <summary>An identity was closed, by whatever way.</summary>
    public static void Closed(WriteSession session, long identity, string actor)
    {
        foreach (SuggestionRow row in session.Query<SuggestionRow>($"SELECT {Columns} FROM suggestion s WHERE s.left_id = @identity AND s.right_id = @identity AND s.state = 'open'", new { identity }))
            Resolve(session, row, Accepted, actor);
    }

    /// <summary>
    /// Brings suggestions in line with what the facts say since an action: who are one customer, or vetoed, need no suggestion, and who are neither any
    /// more have one again. What was dismissed stays so.
    /// </summary>
    internal static void Settle(WriteSession session, MergePlan.Change change, string actor)
    {
        if (change.ChangedCustomers.Count == 0 && !change.Append.Concat(change.Revoke).Any(fact => fact is Veto))
            return;
        long[] region = [.. change.After.Groups.SelectMany(group => group.Identities)];
        foreach (SuggestionRow row in session.Query<SuggestionRow>(
            $"SELECT {Columns} FROM suggestion s WHERE s.left_id IN @region AND s.proposes = 'merge' AND s.state <> 'dismissed' ORDER BY s.id", new { region }))
        {
            if (!region.Contains(row.RightId))
                continue;
            bool together = change.After.AreTogether(row.LeftId, row.RightId);
            string state = together ? Accepted : change.After.VetoBetween(row.LeftId, row.RightId) is null ? Open : Never;
            bool newVeto = state == Never && change.Append.Any(fact => fact is Veto);

            // A suggestion that was made across a veto stays open under it; a new veto answers it.
            if (state == row.State || (state == Never && !newVeto && row.State == Open))
                continue;

            // Who takes an identity out says that it does not belong there, and is not asked again.
            if (state == Open && change.Append.Any(fact => fact is Detach))
                continue;
            if (state == Open)
                Reopen(session, row);
            else
                Resolve(session, row, state, actor);
        }
    }

    private static void Reopen(WriteSession session, SuggestionRow row)
    {
        session.Execute("UPDATE suggestion SET state = 'open', resolved_at = NULL, resolved_by = NULL WHERE id = @Id", new { row.Id });
        Append(session, EventType.SuggestionCreated, row with { State = Open });
    }

    private static List<SuggestionRow> Between(Session session, long left, long right) => session.Query<SuggestionRow>($"""
        SELECT {Columns} FROM identity l JOIN suggestion s ON s.left_id = l.id JOIN identity r ON r.id = s.right_id
        WHERE s.proposes = 'merge' AND (l.customer_id = @left AND r.customer_id = @right OR l.customer_id = @right AND r.customer_id = @left)
        """, new { left, right });

    private static long OpenOf(Session session, long customer) => session.Find<long>("""
        SELECT (SELECT count(*) FROM identity i JOIN suggestion s ON s.left_id = i.id WHERE i.customer_id = @customer AND s.state = 'open')
          + (SELECT count(*) FROM identity i JOIN suggestion s ON s.right_id = i.id WHERE i.customer_id = @customer AND s.state = 'open')
        """, new { customer });

    private static bool IsNews(List<SuggestionRow> decided, Suggestion suggestion)
    {
        HashSet<(string, string)> known = [.. decided.SelectMany(row => EvidenceOf(row)).Select(e => (e.Kind, e.Value))];

        // A name alone never asks again.
        return suggestion.Evidence.Any(e => e.Kind != "name" && !known.Contains((e.Kind, e.Value)));
    }

    private static void Extend(WriteSession session, SuggestionRow open, Suggestion suggestion)
    {
        if (!IsNews([open], suggestion))
            return;
        string evidence = Json(suggestion.Evidence.Select(Data).Concat(EvidenceOf(open)).DistinctBy(e => (e.Kind, e.Value)));
        session.Execute("UPDATE suggestion SET evidence = @evidence, score = @score WHERE id = @Id",
            new { open.Id, evidence, score = Math.Max(open.Score, suggestion.Score) });
    }

    private static void Insert(WriteSession session, Proposes proposes, Candidate pair, Suggestion suggestion)
    {
        var row = new SuggestionRow(session.NewId(), proposes == Proposes.Merge ? "merge" : "close", pair.Left, pair.Right, Json(suggestion.Evidence.Select(Data)),
            suggestion.Score, Open, session.Now, ResolvedAt: null, ResolvedBy: null);
        session.Execute("""
            INSERT INTO suggestion (id, proposes, left_id, right_id, evidence, score, state, created_at)
            VALUES (@Id, @Proposes, @LeftId, @RightId, @Evidence, @Score, @State, @CreatedAt)
            """, row);
        Append(session, EventType.SuggestionCreated, row);
    }

    private static void Append(WriteSession session, EventType type, SuggestionRow row)
    {
        string data = JsonSerializer.Serialize(
            new SuggestionData(HubId.Format(IdPrefix.Suggestion, row.Id), row.Proposes, HubId.Format(IdPrefix.Identity, row.LeftId), HubId.Format(IdPrefix.Identity, row.RightId),
                row.State, row.Score, EvidenceOf(row)), SuggestionJson.Default.SuggestionData);
        session.Append(type, session.Now, row.LeftId, IdentityStore.CustomerOf(session, row.LeftId), data: data);
    }

    /// <summary>The evidence of a suggestion.</summary>
    public static IReadOnlyList<EvidenceData> EvidenceOf(SuggestionRow row) => JsonSerializer.Deserialize(row.Evidence, SuggestionJson.Default.ListEvidenceData)!;

    private static EvidenceData Data(SuggestedEvidence evidence) => new(
        evidence.Kind, evidence.Value, evidence.Reason, JsonNamingPolicy.SnakeCaseLower.ConvertName(evidence.Left.ToString()),
        JsonNamingPolicy.SnakeCaseLower.ConvertName(evidence.Right.ToString()));

    private static string Json(IEnumerable<EvidenceData> evidence) => JsonSerializer.Serialize([.. evidence], SuggestionJson.Default.ListEvidenceData);
}

/// <summary>A row of <c>suggestion</c>.</summary>
public sealed record SuggestionRow(
    long Id, string Proposes, long LeftId, long RightId, string Evidence, double Score, string State, long CreatedAt, long? ResolvedAt, string? ResolvedBy);

/// <summary>One reason for a suggestion, as it stands in a row and in the API.</summary>
public sealed record EvidenceData(string Kind, string Value, string Reason, string AssuranceLeft, string AssuranceRight);

internal sealed record SuggestionData(
    string SuggestionId, string Proposes, string Left, string Right, string State, double Score, IReadOnlyList<EvidenceData> Evidence);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(List<EvidenceData>))]
[JsonSerializable(typeof(SuggestionData))]
internal sealed partial class SuggestionJson : JsonSerializerContext;
