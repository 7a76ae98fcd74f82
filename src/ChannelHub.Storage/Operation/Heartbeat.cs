using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Operation;

/// <summary>Proof that the store can be read and written: a write that reaches the disk, not merely a transaction around nothing.</summary>
public static class Heartbeat
{
    /// <summary>The schema's version; it cannot be read if the store cannot.</summary>
    public static long Schema(Session session) => session.Find<long>("SELECT max(version) FROM schema_version");

    public static void Beat(WriteSession session, long node) => session.Execute(
        "INSERT INTO heartbeat (node, at) VALUES (@node, @now) ON CONFLICT (node) DO UPDATE SET at = excluded.at", new { node, now = session.Now });
}
