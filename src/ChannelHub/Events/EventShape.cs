using System.Text.Json.Serialization;
using ChannelHub.Messages;

namespace ChannelHub.Events;

/// <summary>An immutable fact in the hub's log.</summary>
public sealed record EventShape
{
    /// <summary>Its place in the log: dense from 1.</summary>
    public required long Position { get; init; }

    /// <summary><c>evt_…</c></summary>
    public required string Id { get; init; }

    /// <summary>What happened, such as <c>message.received</c>.</summary>
    public required string Type { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The customer it concerns, as it was then.</summary>
    public string? CustomerId { get; init; }

    /// <summary>That customer's thread.</summary>
    public string? ConversationId { get; init; }

    /// <summary>What was so when it happened; for message events the message.</summary>
    public RawJson Data { get; init; }

    /// <summary>For message events, what stands in <see cref="Data"/>'s place.</summary>
    [JsonIgnore]
    public MessageShape? Message { get; init; }
}

/// <summary>A page of the log.</summary>
/// <param name="Data">The events, oldest first.</param>
/// <param name="Next">The position to go on from; moves also when a filter left <c>data</c> empty.</param>
public sealed record EventPage(IReadOnlyList<EventShape> Data, long Next);
