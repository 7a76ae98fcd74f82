using System.ComponentModel.DataAnnotations;

namespace ChannelHub.Options;

/// <summary>Limits of the live chat: anybody on the internet may call it without a key.</summary>
public sealed record WebChatOptions
{
    /// <summary>Largest JSON body in bytes.</summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int BodyBytes { get; init; } = 64 * 1024;

    /// <summary>New sessions from one address in ten minutes.</summary>
    [Range(1, 1_000_000)]
    public int SessionsPerAddress { get; init; } = 10;

    /// <summary>New sessions from one network (/24 of IPv4, /56 of IPv6) in an hour.</summary>
    [Range(1, 1_000_000)]
    public int SessionsPerNetwork { get; init; } = 60;

    /// <summary>New conversations from one address in twelve hours.</summary>
    [Range(1, 1_000_000)]
    public int ConversationsPerAddress { get; init; } = 6;

    /// <summary>Messages a second of one visitor.</summary>
    [Range(0.01, 10_000)]
    public double MessagesPerSecond { get; init; } = 1;

    /// <summary>Messages of one visitor that may come at once before that rate applies.</summary>
    [Range(1, 10_000)]
    public int MessageBurst { get; init; } = 5;

    /// <summary>Messages of one visitor in ten minutes.</summary>
    [Range(1, 1_000_000)]
    public int MessagesPerVisitor { get; init; } = 60;

    /// <summary>Messages of one visitor that may stand without an answer.</summary>
    [Range(1, 1_000_000)]
    public int UnansweredMessages { get; init; } = 30;

    /// <summary>Length of one text, in UTF-16 units.</summary>
    [Range(1, 100_000)]
    public int MessageCharacters { get; init; } = 4000;

    /// <summary>A visitor's typing is taken once in so many seconds.</summary>
    [Range(1, 60)]
    public int TypingSeconds { get; init; } = 3;

    /// <summary>A visitor's read mark is taken once in so many seconds.</summary>
    [Range(1, 60)]
    public int ReadSeconds { get; init; } = 1;

    /// <summary>Identity tokens of one visitor in an hour.</summary>
    [Range(1, 100_000)]
    public int IdentitiesPerVisitor { get; init; } = 10;

    /// <summary>Addresses that one visitor may claim in an hour.</summary>
    [Range(1, 100_000)]
    public int ClaimsPerVisitor { get; init; } = 10;

    /// <summary>Addresses that may be claimed from one IP address in an hour.</summary>
    [Range(1, 1_000_000)]
    public int ClaimsPerAddress { get; init; } = 60;

    /// <summary>After so many bad identity tokens from one address no more are looked at for a while.</summary>
    [Range(1, 100_000)]
    public int BadIdentities { get; init; } = 5;

    /// <summary>How long that while is, in minutes.</summary>
    [Range(1, 24 * 60)]
    public int BadIdentityMinutes { get; init; } = 15;

    /// <summary>Files of one visitor in a day.</summary>
    [Range(0, 100_000)]
    public int UploadsPerVisitor { get; init; } = 20;

    /// <summary>Bytes of all files of one visitor in a day.</summary>
    [Range(0, 1024L * 1024 * 1024 * 1024)]
    public long UploadBytesPerVisitor { get; init; } = 100L * 1024 * 1024;

    /// <summary>Files from one address in a day, over all visitors.</summary>
    [Range(0, 1_000_000)]
    public int UploadsPerAddress { get; init; } = 100;

    /// <summary>Bytes of all files from one address in a day, over all visitors.</summary>
    [Range(0, 1024L * 1024 * 1024 * 1024)]
    public long UploadBytesPerAddress { get; init; } = 500L * 1024 * 1024;

    /// <summary>Largest file in bytes.</summary>
    [Range(1024, 2L * 1024 * 1024 * 1024)]
    public long UploadBytes { get; init; } = 25L * 1024 * 1024;

    /// <summary>An upload that no message refers to is removed after so many minutes.</summary>
    [Range(1, 24 * 60)]
    public int UnclaimedMinutes { get; init; } = 60;

    /// <summary>Live streams of one visitor.</summary>
    [Range(1, 1000)]
    public int StreamsPerVisitor { get; init; } = 3;

    /// <summary>Live streams from one address.</summary>
    [Range(1, 100_000)]
    public int StreamsPerAddress { get; init; } = 20;

    /// <summary>An anonymous visitor's token dies when unused for so many days.</summary>
    [Range(1, 3650)]
    public int AnonymousIdleDays { get; init; } = 30;

    /// <summary>A signed-in visitor's token dies when unused for so many days.</summary>
    [Range(1, 3650)]
    public int IdentifiedIdleDays { get; init; } = 90;

    /// <summary>A visitor lives no longer than so many days.</summary>
    [Range(1, 3650)]
    public int LifetimeDays { get; init; } = 365;

    /// <summary>After a resume the previous token is still good for so many seconds, because a browser has several tabs.</summary>
    [Range(0, 3600)]
    public int PreviousTokenSeconds { get; init; } = 60;

    /// <summary>Life of a one-use stream ticket, in seconds.</summary>
    [Range(5, 300)]
    public int TicketSeconds { get; init; } = 60;
}

/// <summary>One-time codes that prove an address. One is open per visitor, and it has six digits.</summary>
public sealed record CodeOptions
{
    /// <summary>Life of a code, in minutes.</summary>
    [Range(1, 60)]
    public int Minutes { get; init; } = 10;

    /// <summary>Tries at one code.</summary>
    [Range(1, 10)]
    public int Tries { get; init; } = 5;

    /// <summary>Codes sent to one address in an hour, over all visitors.</summary>
    [Range(1, 1000)]
    public int SentPerAddress { get; init; } = 3;

    /// <summary>Tries at codes of one address in an hour, over all visitors.</summary>
    [Range(1, 1000)]
    public int TriesPerAddress { get; init; } = 10;
}
