namespace ChannelHub.Mail.Imap;

/// <summary>What a client grants a server, and how long it waits.</summary>
public sealed record ImapOptions
{
    /// <summary>How long an answer may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of a mail asked for at a time.</summary>
    public int PieceBytes { get; init; } = 512 * 1024;

    /// <summary>Mails asked about at a time.</summary>
    public int PieceMails { get; init; } = 200;

    /// <summary>Bytes of a line; the answer to a search is one.</summary>
    public int LineBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Responses within one command.</summary>
    public int Responses { get; init; } = 20_000;

    /// <summary>The time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>How a command ended.</summary>
/// <param name="IsOk">Whether the server did it.</param>
/// <param name="Code">Response code such as <c>AUTHENTICATIONFAILED</c> or <c>ALERT</c>; empty when none.</param>
/// <param name="Text">The server's words, for the operator.</param>
public sealed record ImapReply(bool IsOk, string Code, string Text);

/// <summary>A folder of the mailbox.</summary>
/// <param name="Name">Its name, decoded.</param>
/// <param name="Attributes">Such as <c>\Sent</c>, <c>\Junk</c>, <c>\Noselect</c>.</param>
public sealed record ImapFolder(string Name, IReadOnlyList<string> Attributes);

/// <summary>A folder that was opened.</summary>
/// <param name="UidValidity">While this stays the same, a UID means the same mail.</param>
/// <param name="UidNext">The next mail's UID at the earliest; 0 if the server does not tell.</param>
/// <param name="Exists">How many mails are in it.</param>
/// <param name="IsReadOnly">Whether flags can be changed.</param>
public sealed record ImapSelected(uint UidValidity, uint UidNext, uint Exists, bool IsReadOnly)
{
    /// <summary>
    /// Where to go on from a stored cursor. When the folder was renumbered the answer begins at zero: every mail is new by its number, and
    /// the caller knows the old ones again by their Message-ID and content.
    /// </summary>
    public ImapCursor Resume(ImapCursor? stored) => stored is not null && stored.UidValidity == UidValidity ? stored : new ImapCursor(UidValidity, 0);
}

/// <summary>How far a folder was read; to be stored together with the mails.</summary>
/// <param name="UidValidity">Of the folder when it was read.</param>
/// <param name="LastUid">The highest UID stored.</param>
public sealed record ImapCursor(uint UidValidity, uint LastUid);

/// <summary>What a server tells about a mail before it is fetched.</summary>
/// <param name="Uid">Its number.</param>
/// <param name="Size">Its size in bytes, as the server counts.</param>
/// <param name="Flags">Such as <c>\Seen</c>.</param>
/// <param name="Received">When it arrived; null if the server does not tell.</param>
public sealed record ImapMail(uint Uid, long Size, IReadOnlyList<string> Flags, DateTimeOffset? Received)
{
    /// <summary>Whether somebody has thrown it away.</summary>
    public bool IsDeleted => Flags.Contains("\\Deleted", StringComparer.OrdinalIgnoreCase);
}

/// <summary>How fetching a mail ended.</summary>
public enum ImapFetched
{
    /// <summary>All of it was written.</summary>
    Whole,

    /// <summary>It is longer than allowed; what was allowed was written.</summary>
    Cut,

    /// <summary>It is not there any more.</summary>
    Gone,
}
