using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Channels;

/// <summary>Configured accounts.</summary>
public static class ChannelStore
{
    private const string Columns = """
        id, type, name, settings, enabled, state, state_reason AS StateReason, pull_cursor AS PullCursor, version,
        created_at AS CreatedAt, updated_at AS UpdatedAt, deleted_at AS DeletedAt
        """;

    /// <summary>Every channel, retired ones included, oldest first.</summary>
    public static List<ChannelRow> All(Session session) => session.Query<ChannelRow>($"SELECT {Columns} FROM channel ORDER BY id");

    public static ChannelRow? Find(Session session, long id) =>
        session.Find<ChannelRow>($"SELECT {Columns} FROM channel WHERE id = @id AND deleted_at IS NULL", new { id });

    /// <summary>A channel, retired or not.</summary>
    public static ChannelRow? FindAny(Session session, long id) => session.Find<ChannelRow>($"SELECT {Columns} FROM channel WHERE id = @id", new { id });

    public static void Insert(WriteSession session, ChannelRow row) => session.Execute("""
        INSERT INTO channel (id, type, name, settings, enabled, state, version, created_at, updated_at)
        VALUES (@Id, @Type, @Name, @Settings, @Enabled, @State, @Version, @CreatedAt, @UpdatedAt)
        """, row);

    /// <summary>Saves what a person edited. False if somebody was faster.</summary>
    public static bool Update(WriteSession session, ChannelRow row) => session.Execute("""
        UPDATE channel SET name = @Name, settings = @Settings, enabled = @Enabled, state = @State, state_reason = @StateReason,
          version = version + 1, updated_at = @UpdatedAt
        WHERE id = @Id AND version = @Version AND deleted_at IS NULL
        """, row) == 1;

    /// <summary>Retires a channel: its history stays, its secrets go.</summary>
    public static bool Retire(WriteSession session, long id) => session.Execute(
        "UPDATE channel SET deleted_at = @now, enabled = 0, settings = '{}', version = version + 1 WHERE id = @id AND deleted_at IS NULL",
        new { id, now = session.Now }) == 1;

    /// <summary>Sets what the hub itself found out. False if that was known.</summary>
    public static bool SetState(WriteSession session, long id, string state, string? reason) => session.Execute(
        "UPDATE channel SET state = @state, state_reason = @reason WHERE id = @id AND deleted_at IS NULL AND (state <> @state OR coalesce(state_reason, '') <> coalesce(@reason, ''))",
        new { id, state, reason }) == 1;

    /// <summary>Where pulling goes on.</summary>
    public static string? PullCursor(Session session, long id) => session.Find<string>("SELECT pull_cursor FROM channel WHERE id = @id", new { id });

    /// <summary>How many more items the provider held when the cursor last moved; null: nobody knows.</summary>
    public static long? PullWaiting(Session session, long id) => session.Find<long?>("SELECT pull_waiting FROM channel WHERE id = @id", new { id });

    internal static void MovePullCursor(WriteSession session, long id, string cursor, long? waiting) =>
        session.Execute("UPDATE channel SET pull_cursor = @cursor, pull_waiting = @waiting WHERE id = @id", new { id, cursor, waiting });

    /// <summary>The loss equation and what was sent.</summary>
    public static AccountingRow Accounting(Session session, long id) => session.Find<AccountingRow>("""
        SELECT received, stored, duplicate, ignored, quarantined, rejected, forged, sent, failed, unconfirmed, last_at AS LastAt
        FROM channel_count WHERE channel_id = @id
        """, new { id }) ?? new AccountingRow(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);

    /// <summary>Adds to the counters outside the loss equation.</summary>
    public static void Count(WriteSession session, long id, long forged = 0, long sent = 0, long failed = 0, long unconfirmed = 0) => session.Execute("""
        INSERT INTO channel_count (channel_id, forged, sent, failed, unconfirmed) VALUES (@id, @forged, @sent, @failed, @unconfirmed)
        ON CONFLICT (channel_id) DO UPDATE SET forged = channel_count.forged + excluded.forged, sent = channel_count.sent + excluded.sent,
          failed = channel_count.failed + excluded.failed, unconfirmed = channel_count.unconfirmed + excluded.unconfirmed
        """, new { id, forged, sent, failed, unconfirmed });

    /// <summary>What arrived in each hour since <paramref name="sinceHour"/> (Unix hours).</summary>
    public static List<HourRow> Hours(Session session, long id, long sinceHour) => session.Query<HourRow>(
        "SELECT hour, received FROM channel_hour WHERE channel_id = @id AND hour >= @sinceHour ORDER BY hour", new { id, sinceHour });

    /// <summary>Forgets hours before <paramref name="beforeHour"/> (Unix hours).</summary>
    public static int ForgetHours(WriteSession session, long beforeHour) =>
        session.Execute("DELETE FROM channel_hour WHERE hour < @beforeHour", new { beforeHour });

    public static void Log(WriteSession session, long channelId, string level, string what, string? detail) => session.Execute(
        "INSERT INTO channel_log (id, channel_id, at, level, what, detail) VALUES (@id, @channelId, @now, @level, @what, @detail)",
        new { id = session.NewId(), channelId, now = session.Now, level, what, detail });

    /// <summary>Newest first, below <paramref name="before"/>.</summary>
    public static List<LogRow> ReadLog(Session session, long channelId, long before, int limit) => session.Query<LogRow>(
        "SELECT id, at, level, what, detail FROM channel_log WHERE channel_id = @channelId AND id < @before ORDER BY id DESC LIMIT @limit",
        new { channelId, before, limit });

    /// <summary>When a kind of line was last written; null if never, or so long ago that it is forgotten.</summary>
    public static long? LastLogged(Session session, long channelId, string what) => session.Find<long?>(
        "SELECT at FROM channel_log WHERE channel_id = @channelId AND what = @what ORDER BY id DESC LIMIT 1", new { channelId, what });

    /// <summary>Keeps the newest lines of a channel's log.</summary>
    public static int TrimLog(WriteSession session, long channelId, int keep) => session.Execute("""
        DELETE FROM channel_log WHERE channel_id = @channelId
          AND id <= (SELECT id FROM channel_log WHERE channel_id = @channelId ORDER BY id DESC LIMIT 1 OFFSET @keep)
        """, new { channelId, keep });
}

/// <summary>A row of <c>channel</c>.</summary>
public sealed record ChannelRow(
    long Id, string Type, string Name, string Settings, long Enabled, string State, string? StateReason, string? PullCursor, long Version,
    long CreatedAt, long UpdatedAt, long? DeletedAt);

/// <summary>A channel's counters.</summary>
public sealed record AccountingRow(
    long Received, long Stored, long Duplicate, long Ignored, long Quarantined, long Rejected, long Forged, long Sent, long Failed, long Unconfirmed,
    long? LastAt);

/// <summary>Arrivals in one hour.</summary>
public sealed record HourRow(long Hour, long Received);

/// <summary>A line of a channel's log.</summary>
public sealed record LogRow(long Id, long At, string Level, string What, string? Detail);
