using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>The raw inbox: input as it arrived.</summary>
public static class InboxStore
{
    /// <summary>Something in it could not be read.</summary>
    public const long Quarantined = 1;

    /// <summary>All of it has been dealt with.</summary>
    public const long Done = 0;

    /// <summary>The reason of an input whose content was erased.</summary>
    public const string Erased = "erased";

    private static readonly TimeSpan LongestCommit = TimeSpan.FromHours(1);

    private const string Columns = """
        id, channel_id AS ChannelId, received_at AS ReceivedAt, method, sub_path AS SubPath, query, headers, body, adapter, state, reason,
        stored, duplicate, ignored, quarantined
        """;

    public static InboxRow? Find(Session session, long id) => session.Find<InboxRow>($"SELECT {Columns} FROM inbox WHERE id = @id", new { id });

    /// <summary>Newest first, below <paramref name="before"/>, without their bodies.</summary>
    public static List<InboxHead> Page(Session session, long before, long? channelId, long? state, int limit) => session.Query<InboxHead>($"""
        SELECT id, channel_id AS ChannelId, received_at AS ReceivedAt, method, sub_path AS SubPath, adapter, state, reason,
          stored, duplicate, ignored, quarantined
        FROM inbox
        WHERE id < @before {(state is null ? "" : state == Quarantined ? "AND state = 1" : "AND state = @state")} {(channelId is null ? "" : "AND channel_id = @channelId")}
        ORDER BY id DESC LIMIT @limit
        """, new { before, channelId, state, limit });

    /// <summary>A channel's inputs beyond <paramref name="afterId"/> that arrived in a span of time, in the order of their arrival.</summary>
    public static List<InboxRow> Range(Session session, long channelId, long afterId, DateTimeOffset from, DateTimeOffset to, int limit) => session.Query<InboxRow>($"""
        SELECT {Columns} FROM inbox
        WHERE id > @afterId AND id < @beforeId AND channel_id = @channelId AND received_at BETWEEN @first AND @last
          AND (reason IS NULL OR reason <> @Erased) ORDER BY id LIMIT @limit
        """, new
    {
        channelId,
        // Ids are made when an input is committed, a little after it arrived.
        afterId = Math.Max(afterId, IdGenerator.FirstAt(from) - 1),
        beforeId = IdGenerator.FirstAt(to + LongestCommit),
        first = from.ToUnixTimeMilliseconds(),
        last = to.ToUnixTimeMilliseconds(),
        limit,
        Erased,
    });

    /// <summary>Forgets what is old and settled; answers how many.</summary>
    internal static int Forget(WriteSession session, long beforeId, int limit)
    {
        session.Execute("DELETE FROM inbox_trace WHERE inbox_id IN (SELECT id FROM inbox WHERE id < @beforeId AND state = 0 ORDER BY id LIMIT @limit)", new { beforeId, limit });
        return session.Execute("DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE id < @beforeId AND state = 0 ORDER BY id LIMIT @limit)", new { beforeId, limit });
    }

    /// <summary>Something authentic could not be read.</summary>
    internal static void Announce(WriteSession session, long inboxId, Intake intake, long count, string reason)
    {
        string data = JsonSerializer.Serialize(
            new QuarantinedData(HubId.Format(IdPrefix.Inbox, inboxId), HubId.Format(IdPrefix.Channel, intake.ChannelId), count, reason), InboxJson.Default.QuarantinedData);
        session.Append(EventType.InboxQuarantined, session.Now, identityId: null, customerId: null, data: data);
    }

    /// <summary>
    /// Books a replay: a slice that is readable now leaves quarantine and what is received, and its events enter both sides. What was stored,
    /// known or ignored before is not counted again.
    /// </summary>
    internal static void Replayed(WriteSession session, IngestCounts.Counts counts, Intake intake, Tally now, string? reason)
    {
        // Forgotten since it was read: what it brings is counted like new input.
        InboxRow before = Find(session, intake.ReplayOf!.Value) ?? Nothing(intake);
        long duplicate = Math.Max(0, now.Duplicate - before.Stored - before.Duplicate);
        counts.Stored += now.Stored;
        counts.Duplicate += duplicate;
        counts.Ignored += now.Ignored - before.Ignored;
        counts.Quarantined += now.Quarantined - before.Quarantined;
        session.Execute("""
            UPDATE inbox SET adapter = @Adapter, state = @state, reason = @reason, stored = stored + @Stored, duplicate = duplicate + @duplicate,
              ignored = @Ignored, quarantined = @Quarantined WHERE id = @Id
            """, new { before.Id, intake.Adapter, state = now.Quarantined > 0 ? Quarantined : Done, reason, now.Stored, duplicate, now.Ignored, now.Quarantined });
    }

    private static InboxRow Nothing(Intake intake) =>
        new(intake.ReplayOf!.Value, intake.ChannelId, intake.ReceivedAt, intake.Method, null, null, null, [], intake.Adapter, Done, null, 0, 0, 0, 0);
}

/// <summary>A row of <c>inbox</c>.</summary>
public sealed record InboxRow(
    long Id, long ChannelId, long ReceivedAt, string Method, string? SubPath, string? Query, string? Headers, byte[] Body, string Adapter, long State,
    string? Reason, long Stored, long Duplicate, long Ignored, long Quarantined);

/// <summary>A row of <c>inbox</c> without its body.</summary>
public sealed record InboxHead(
    long Id, long ChannelId, long ReceivedAt, string Method, string? SubPath, string Adapter, long State, string? Reason,
    long Stored, long Duplicate, long Ignored, long Quarantined);

internal sealed record QuarantinedData(string InboxId, string ChannelId, long Count, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(QuarantinedData))]
internal sealed partial class InboxJson : JsonSerializerContext;
