using ChannelHub.Adapters;
using ChannelHub.Core.Messages;

namespace ChannelHub.Storage.Ingest;

/// <summary>
/// One input of a channel, ready to be committed: everything that can be worked out beside the writer has been.
/// </summary>
public sealed record Intake
{
    public required long ChannelId { get; init; }

    /// <summary>Version of the adapter that parsed it.</summary>
    public required string Adapter { get; init; }

    public required string Method { get; init; }

    public string? SubPath { get; init; }

    /// <summary>JSON object, or null.</summary>
    public string? Query { get; init; }

    /// <summary>JSON object, or null.</summary>
    public byte[]? Headers { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long ReceivedAt { get; init; }

    public required IReadOnlyList<IntakeEntry> Entries { get; init; }

    /// <summary>Set when a row of the raw inbox is run again.</summary>
    public long? ReplayOf { get; init; }

    /// <summary>How long after its message a file can be fetched.</summary>
    public required TimeSpan MediaExpiry { get; init; }

    /// <summary>How long after a customer's word the provider lets the shop write freely; null if always.</summary>
    public TimeSpan? Window { get; init; }

    /// <summary>Whether the channel can be asked who somebody is.</summary>
    public bool AsksProfiles { get; init; }
}

/// <summary>What one pull brought: its items and where to go on are committed together.</summary>
/// <param name="ChannelId">The channel.</param>
/// <param name="Items">In their order; may be empty when only the cursor moved.</param>
/// <param name="Cursor">Where pulling goes on after them.</param>
/// <param name="Waiting">How many more the provider holds, if that is known.</param>
public sealed record PulledIntake(long ChannelId, IReadOnlyList<Intake> Items, string Cursor, long? Waiting);

/// <summary>One entry of an input.</summary>
public abstract record IntakeEntry
{
    private IntakeEntry() { }

    /// <summary>An event with its content rendered and its keys in canonical form.</summary>
    /// <param name="Event">As the adapter gave it.</param>
    /// <param name="Sender">Its sender, if it has one.</param>
    /// <param name="Content">Its content, if it has one.</param>
    /// <param name="MessageId">Id for the message it makes, if it makes one.</param>
    public sealed record Understood(ChannelEvent Event, KeyedSender? Sender, Content? Content, long MessageId) : IntakeEntry
    {
        /// <summary>Keys of the one whom a report speaks of, in canonical form.</summary>
        public IReadOnlyList<LearnedKey> Learned { get; init; } = [];
    }

    /// <summary>To be quarantined.</summary>
    public sealed record Unreadable(string Reason) : IntakeEntry;

    /// <summary>Given back to its sender, or kept as a file: already dealt with.</summary>
    public sealed record Settled(EntryOutcome Outcome) : IntakeEntry;
}

/// <summary>Rendered content.</summary>
/// <param name="Json">JSON array of parts, UTF-8.</param>
/// <param name="Files">The files it names.</param>
public sealed record Content(byte[] Json, IReadOnlyList<PartFile> Files);

/// <summary>A sender whose keys are in canonical form.</summary>
/// <param name="Key">Identifies the account.</param>
/// <param name="Original">The address as written, if that differs from the key.</param>
/// <param name="Sender">As the adapter gave it.</param>
/// <param name="Learned">Further keys in canonical form; what cannot be normalised has been left out.</param>
public sealed record KeyedSender(Key Key, string? Original, Sender Sender, IReadOnlyList<LearnedKey> Learned);

/// <summary>What became of an input.</summary>
/// <param name="Entries">One for each entry, in order.</param>
public sealed record IngestOutcome(IReadOnlyList<EntryOutcome> Entries);
