using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Operation;

/// <summary>How much waits where.</summary>
public static class Depths
{
    public static long Outbox(Session session) => session.Find<long>("SELECT count(*) FROM outbox");

    public static long PendingAttachments(Session session) => session.Find<long>("SELECT count(*) FROM attachment WHERE state = 0");

    public static long Quarantined(Session session) => session.Find<long>("SELECT count(*) FROM inbox WHERE state = 1");
}
