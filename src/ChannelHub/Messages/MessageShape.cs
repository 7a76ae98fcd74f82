using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Messages;

/// <summary>A message as clients see it.</summary>
public sealed record MessageShape
{
    /// <summary><c>msg_…</c></summary>
    public required string Id { get; init; }

    /// <summary>The customer's one thread.</summary>
    public required string ConversationId { get; init; }

    /// <summary>The customer whose thread it is on.</summary>
    public required string CustomerId { get; init; }

    /// <summary>The identity whose thread it is on, for ever.</summary>
    public required string IdentityId { get; init; }

    /// <summary>The identity that wrote it; differs from <c>identity_id</c> for participants. Null for what the shop wrote.</summary>
    public string? AuthorIdentityId { get; init; }

    /// <summary>The channel it came in by or goes out by.</summary>
    public required string ChannelId { get; init; }

    /// <summary>That channel's type, such as <c>telegram</c>.</summary>
    public required string ChannelType { get; init; }

    /// <summary><c>in</c> or <c>out</c>.</summary>
    public required string Direction { get; init; }

    /// <summary>Who wrote it.</summary>
    public required AuthorShape Author { get; init; }

    /// <summary>How well the sender was proven: <c>proven</c>, <c>confirmed</c>, <c>asserted</c>, <c>claimed</c> or <c>inferred</c>. Null for what the shop wrote.</summary>
    public string? SenderAssurance { get; init; }

    /// <summary>What it consists of.</summary>
    public required RawJson Parts { get; init; }

    /// <summary><c>received</c> for inbound; else queued, sending, unconfirmed, sent, failed, delivered, read or cancelled.</summary>
    public required string State { get; init; }

    /// <summary>Why it failed or is unconfirmed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StoredFault? Error { get; init; }

    /// <summary>The message it answers.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>Shared by the messages of one album.</summary>
    public string? Group { get; init; }

    /// <summary>Subject, where the channel has one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subject { get; init; }

    /// <summary>Other recipients, where the channel has them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawJson? Recipients { get; init; }

    /// <summary>What stands on it now.</summary>
    public required IReadOnlyList<ReactionShape> Reactions { get; init; }

    /// <summary>Small facts: the channel's, or those given when it was sent.</summary>
    public RawJson? Metadata { get; init; }

    /// <summary>When it was written, by the provider's clock.</summary>
    public DateTimeOffset? ProviderTime { get; init; }

    /// <summary>When the hub received it; for outgoing messages, when it was queued.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>1, and one more with every edit.</summary>
    public required long Revision { get; init; }

    /// <summary>When it was last edited.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>When its author removed it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? DeletedAt { get; init; }
}

/// <summary>Who wrote a message.</summary>
/// <param name="Kind">customer, participant, agent, bot or system.</param>
/// <param name="Name">Name to show.</param>
public sealed record AuthorShape(string Kind, string? Name);

/// <summary>One reaction.</summary>
/// <param name="Reaction">An emoji, or <c>custom:…</c>.</param>
/// <param name="IdentityId">Whose; null for the shop's.</param>
/// <param name="At">Since when.</param>
public sealed record ReactionShape(string Reaction, string? IdentityId, DateTimeOffset At);

/// <summary>JSON that is written as it stands; it comes from the hub's own rows.</summary>
[JsonConverter(typeof(RawJsonConverter))]
public readonly record struct RawJson(string Text);

/// <summary>Writes stored JSON without parsing it again.</summary>
public sealed class RawJsonConverter : JsonConverter<RawJson>
{
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return new RawJson(document.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) => writer.WriteRawValue(value.Text, skipInputValidation: true);
}
