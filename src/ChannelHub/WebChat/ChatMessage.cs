using System.Text.Json.Serialization;
using ChannelHub.Messages;

namespace ChannelHub.WebChat;

/// <summary>A message as a visitor sees it.</summary>
public sealed record ChatMessage
{
    /// <summary><c>msg_…</c></summary>
    public required string Id { get; init; }

    /// <summary><c>in</c>: the visitor's own words, wherever they were said. <c>out</c>: the shop's.</summary>
    public required string Direction { get; init; }

    /// <summary>Who wrote it.</summary>
    public required AuthorShape Author { get; init; }

    /// <summary>What it consists of.</summary>
    public required RawJson Parts { get; init; }

    /// <summary>As in the API.</summary>
    public required string State { get; init; }

    /// <summary>The message it answers.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>When it was said; the order of the thread.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>When it was last edited.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>When its author removed it; its parts are then gone.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>The browser's own id of what this visitor sent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClientId { get; init; }
}
