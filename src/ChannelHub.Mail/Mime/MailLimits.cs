namespace ChannelHub.Mail.Mime;

/// <summary>What a message may cost to read. Beyond a limit the rest is left unread and the message says so in its <see cref="MailDefects"/>.</summary>
public sealed record MailLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static MailLimits Default { get; } = new();

    /// <summary>Header fields in the whole message, all parts together.</summary>
    public int Headers { get; init; } = 10_000;

    /// <summary>Bytes of one header field; the rest of the field is dropped.</summary>
    public int HeaderBytes { get; init; } = 102_400;

    /// <summary>Multiparts and messages inside each other; a deeper one is kept as a file.</summary>
    public int Depth { get; init; } = 100;

    /// <summary>Parts in the whole message; what follows the last one is not read.</summary>
    public int Parts { get; init; } = 1_000;
}

/// <summary>What was found wrong while reading. None of it stops the reading.</summary>
[Flags]
public enum MailDefects
{
    /// <summary>Nothing was found wrong.</summary>
    None = 0,

    /// <summary>A header line is no field and continues none.</summary>
    BadHeaderLine = 1,

    /// <summary>The empty line between headers and body is missing.</summary>
    NoHeaderEnd = 2,

    /// <summary>There were more header fields than allowed.</summary>
    TooManyHeaders = 4,

    /// <summary>A header field was longer than allowed.</summary>
    HeaderTooLong = 8,

    /// <summary>A multipart names no boundary, or one that never comes.</summary>
    BoundaryMissing = 16,

    /// <summary>A multipart was not closed.</summary>
    NotClosed = 32,

    /// <summary>Parts were nested deeper than allowed.</summary>
    TooDeep = 64,

    /// <summary>There were more parts than allowed.</summary>
    TooManyParts = 128,

    /// <summary>Lines end with a carriage return alone.</summary>
    BareCarriageReturns = 256,

    /// <summary>There is a NUL in the headers.</summary>
    NulInHeader = 512,

    /// <summary>Headers hold bytes above 127 that are not UTF-8.</summary>
    EightBitHeader = 1024,
}
