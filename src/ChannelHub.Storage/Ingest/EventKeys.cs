using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>
/// The narrow table whose primary key decides what is new. It is also how a reply, an edit or a reaction finds the message it speaks of.
/// </summary>
internal sealed class EventKeys(WriteSession session)
{
    private readonly Statement claim = session.Prepare(
        "INSERT INTO event_key (channel_id, key, message_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");

    private readonly Statement find = session.Prepare("SELECT message_id FROM event_key WHERE channel_id = ? AND key = ?");

    private readonly Statement findSent = session.Prepare("SELECT message_id FROM part WHERE channel_id = ? AND provider_id = ?");

    // What was claimed in one go for a whole batch: true until the first input with the key has come.
    private readonly Dictionary<(long Channel, string Key), bool> ahead = [];

    /// <summary>A key has been claimed for one of the inputs that follow, or was found to be taken.</summary>
    public void Claimed(long channelId, string key, bool isNew) => ahead[(channelId, key)] = isNew;

    /// <summary>Forgets what was claimed ahead.</summary>
    public void Clear() => ahead.Clear();

    /// <summary>True if the key is new.</summary>
    public bool Claim(long channelId, string key, long? messageId)
    {
        if (!ahead.TryGetValue((channelId, key), out bool isNew))
            return claim.Bind(channelId).Bind(key).Bind(messageId).RunCounting() == 1;
        ahead[(channelId, key)] = false;
        return isNew;
    }

    /// <summary>Takes a claim back.</summary>
    public void Release(long channelId, string key) =>
        session.Execute("DELETE FROM event_key WHERE channel_id = @channelId AND key = @key", new { channelId, key });

    /// <summary>The message that has a provider's id, received or sent.</summary>
    public long? MessageOf(long channelId, string externalId) =>
        find.Bind(channelId).Bind(externalId).Number() ?? findSent.Bind(channelId).Bind(externalId).Number();

    /// <summary>The message the hub sent under a provider's id.</summary>
    public long? SentMessageOf(long channelId, string providerId) => findSent.Bind(channelId).Bind(providerId).Number();
}

/// <summary>The same table, asked beside the writer.</summary>
public static class EventKeyStore
{
    /// <summary>Whether an event of this key has been committed.</summary>
    public static bool IsKnown(Session session, long channelId, string key) =>
        session.Query<long>("SELECT channel_id FROM event_key WHERE channel_id = @channelId AND key = @key", new { channelId, key }).Count > 0;
}
