using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Messages;

/// <summary>Reactions: the newest set of each identity on each message; identity 0 is the shop.</summary>
public static class ReactionStore
{
    public const long Shop = 0;

    public static List<ReactionRow> Of(Session session, IReadOnlyCollection<long> messageIds) => session.Query<ReactionRow>(
        "SELECT message_id AS MessageId, identity_id AS IdentityId, reactions, at FROM reaction WHERE message_id IN @messageIds ORDER BY at, identity_id", new { messageIds });

    /// <summary>Replaces one identity's reactions; an older change that comes late is dropped.</summary>
    public static void Set(WriteSession session, long messageId, long identityId, IReadOnlyList<string> reactions, long at)
    {
        if (MessageStore.Find(session, messageId) is not { } message)
            return;
        string json = JsonSerializer.Serialize(reactions, StoredJson.Default.IReadOnlyListString);
        int changed = session.Execute("""
            INSERT INTO reaction (message_id, identity_id, reactions, at) VALUES (@messageId, @identityId, @json, @at)
            ON CONFLICT (message_id, identity_id) DO UPDATE SET reactions = excluded.reactions, at = excluded.at
              WHERE excluded.at >= reaction.at AND excluded.reactions <> reaction.reactions
            """, new { messageId, identityId, json, at });
        if (changed == 0)
            return;
        session.Execute("UPDATE message SET reactions = (SELECT count(*) FROM reaction WHERE message_id = @messageId AND reactions <> '[]') WHERE id = @messageId",
            new { messageId });
        string data = JsonSerializer.Serialize(
            new ReactionData(HubId.Format(IdPrefix.Message, messageId), identityId == Shop ? null : HubId.Format(IdPrefix.Identity, identityId), reactions),
            MessageJson.Default.ReactionData);
        MessageStore.Append(session, EventType.ReactionChanged, message, data: data);
    }
}

/// <summary>A row of <c>reaction</c>.</summary>
public sealed record ReactionRow(long MessageId, long IdentityId, string Reactions, long At);

internal sealed record ReactionData(string MessageId, string? IdentityId, IReadOnlyList<string> Reactions);

internal sealed record SubscriptionData(string IdentityId, string ChannelId)
{
    /// <summary>The one kind of message it is about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Only { get; init; }
}

internal sealed record ClosedData(string IdentityId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReactionData))]
[JsonSerializable(typeof(SubscriptionData))]
[JsonSerializable(typeof(ClosedData))]
internal sealed partial class MessageJson : JsonSerializerContext;
