using ChannelHub.Core.Events;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Customers;

/// <summary>Erases what a person said and was told, and every copy of it.</summary>
internal static class ErasedContent
{
    /// <param name="session">The transaction.</param>
    /// <param name="ids">The person's identities.</param>
    /// <param name="messages">Selects their messages.</param>
    public static void Erase(WriteSession session, long[] ids, string messages)
    {
        EraseRawInput(session, ids, messages);
        EraseUnits(session, ids, messages);
        EraseEvents(session, ids);
        session.Execute($"DELETE FROM revision WHERE message_id IN ({messages})", new { ids });
        session.Execute($"DELETE FROM reaction WHERE identity_id IN @ids OR message_id IN ({messages})", new { ids });
        session.Execute($"""
            UPDATE message SET content = '[]', files = 0, external_id = NULL, group_key = NULL, author_name = NULL, metadata = NULL, subject = NULL,
              recipients = NULL, error = NULL, reactions = 0, inbox_id = NULL, deleted_at = coalesce(deleted_at, @Now) WHERE id IN ({messages})
            """, new { ids, session.Now });
    }

    /// <summary>Inputs in which they were mentioned. An input may hold several people's words; it has been read, so nobody misses the others.</summary>
    private static void EraseRawInput(WriteSession session, long[] ids, string messages)
    {
        session.Execute($"""
            UPDATE inbox SET body = @nothing, headers = NULL, query = NULL, sub_path = NULL, state = @Done, reason = @Erased WHERE id IN
              (SELECT inbox_id FROM message WHERE id IN ({messages}) AND inbox_id IS NOT NULL
               UNION SELECT inbox_id FROM inbox_trace WHERE identity_id IN @ids)
            """, new { ids, nothing = Array.Empty<byte>(), InboxStore.Done, InboxStore.Erased });
        session.Execute("DELETE FROM inbox_trace WHERE identity_id IN @ids", new { ids });
        // A provider's id may spell an address. Without it the hub no longer knows that it has had the message.
        session.Execute($"""
            DELETE FROM event_key WHERE (channel_id, key) IN (SELECT channel_id, external_id FROM message WHERE id IN ({messages}) AND external_id IS NOT NULL)
            """, new { ids });
    }

    private static void EraseUnits(WriteSession session, long[] ids, string messages)
    {
        session.Execute($"""
            DELETE FROM parked_report WHERE (channel_id, provider_id) IN
              (SELECT channel_id, provider_id FROM part WHERE message_id IN ({messages}) AND provider_id IS NOT NULL)
            """, new { ids });
        foreach (string table in (string[])["earlier_unit", "outbox", "part"])
            session.Execute($"DELETE FROM {table} WHERE message_id IN ({messages})", new { ids });
    }

    private static void EraseEvents(WriteSession session, long[] ids)
    {
        session.Execute("UPDATE event SET data = NULL WHERE identity_id IN @ids AND data IS NOT NULL", new { ids });
        // A suggestion tells of both sides under the name of one.
        List<long> suggestedWith = session.Query<long>("SELECT left_id FROM suggestion WHERE right_id IN @ids", new { ids });
        if (suggestedWith.Count > 0)
        {
            session.Execute("UPDATE event SET data = NULL WHERE identity_id IN @suggestedWith AND type IN @types AND data IS NOT NULL",
                new { suggestedWith, types = new[] { (long)EventType.SuggestionCreated, (long)EventType.SuggestionResolved } });
        }
        // Of what they wrote on somebody else's thread, the log names that one.
        List<long> elsewhere = session.Query<long>("SELECT id FROM message WHERE author_identity_id IN @ids", new { ids });
        if (elsewhere.Count > 0)
            session.Execute("UPDATE event SET data = NULL WHERE message_id IN @elsewhere AND data IS NOT NULL", new { elsewhere });
    }
}
