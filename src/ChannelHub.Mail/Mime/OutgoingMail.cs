namespace ChannelHub.Mail.Mime;

/// <summary>A file to send with a mail.</summary>
/// <param name="FileName">Shown to the receiver.</param>
/// <param name="ContentType">Media type; one that is none is sent as bytes of an unknown kind.</param>
/// <param name="Content">The bytes.</param>
public sealed record OutgoingFile(string FileName, string ContentType, ReadOnlyMemory<byte> Content)
{
    /// <summary>Set for a picture that the HTML shows as <c>cid:…</c>; without angle brackets.</summary>
    public string? ContentId { get; init; }
}

/// <summary>A mail to be composed. The same mail is composed to the same bytes every time, so a repeated attempt repeats it exactly.</summary>
public sealed record OutgoingMail
{
    /// <summary>Who writes.</summary>
    public required MailAddress From { get; init; }

    /// <summary>To whom.</summary>
    public required IReadOnlyList<MailAddress> To { get; init; }

    /// <summary>Who gets a copy.</summary>
    public IReadOnlyList<MailAddress> Cc { get; init; } = [];

    /// <summary>Where answers go, if not to <see cref="From"/>.</summary>
    public MailAddress? ReplyTo { get; init; }

    /// <summary>Without angle brackets; the same on every attempt.</summary>
    public required string MessageId { get; init; }

    /// <summary>When it was written.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>The subject.</summary>
    public string Subject { get; init; } = "";

    /// <summary>The text. Made from the HTML when null.</summary>
    public string? Text { get; init; }

    /// <summary>The HTML, if there is one. It is sent as it is.</summary>
    public string? Html { get; init; }

    /// <summary>Files and inline pictures.</summary>
    public IReadOnlyList<OutgoingFile> Files { get; init; } = [];

    /// <summary>The id this mail answers.</summary>
    public string? InReplyTo { get; init; }

    /// <summary>The chain of ids before it, oldest first. Ids that are none are left out, a long chain loses its middle.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary><c>auto-replied</c> or <c>auto-generated</c> for mail that no person wrote; other programs then do not answer it.</summary>
    public string? AutoSubmitted { get; init; }

    /// <summary>How to leave a list, for mail sent in bulk; an HTTPS address among them becomes one-click.</summary>
    public IReadOnlyList<Uri> ListUnsubscribe { get; init; } = [];

    /// <summary>Further header fields, such as <c>X-…</c>. The fields a mail consists of cannot be set here.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}

/// <summary>What came of composing.</summary>
public abstract record ComposeResult
{
    private ComposeResult() { }

    /// <summary>The mail as it goes over the wire: lines of at most 998 bytes ended by CR LF, no other CR or LF.</summary>
    /// <param name="Bytes">The message.</param>
    /// <param name="NeedsUtf8">Whether it can be sent by a server that speaks SMTPUTF8 only.</param>
    public sealed record Composed(ReadOnlyMemory<byte> Bytes, bool NeedsUtf8) : ComposeResult;

    /// <summary>Something in it cannot stand in a mail.</summary>
    /// <param name="Reason">What, for whoever called.</param>
    public sealed record Refused(string Reason) : ComposeResult;
}
