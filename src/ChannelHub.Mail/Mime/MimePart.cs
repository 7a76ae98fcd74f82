using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>A part of a message: a text, a file, or a container of parts.</summary>
public sealed class MimePart
{
    private readonly string defaultType;
    private ContentHeader? contentType;
    private ContentHeader? disposition;

    internal MimePart(string defaultType, MimePart? parent)
    {
        this.defaultType = defaultType;
        Parent = parent;
    }

    /// <summary>The part's own header fields; for the root these are the message's.</summary>
    public HeaderList Headers { get; } = new();

    /// <summary>The container this part lies in; null for the root of the outermost message.</summary>
    public MimePart? Parent { get; }

    /// <summary>The parts of a multipart, in their order.</summary>
    public IReadOnlyList<MimePart> Children => ChildList;

    /// <summary>The message inside, when the part is one.</summary>
    public MimeMessage? Message { get; internal set; }

    /// <summary>The body as it stands in the message, still encoded.</summary>
    public ReadOnlyMemory<byte> Body { get; internal set; }

    /// <summary>Content-Type with its parameters; a missing or senseless one is the default of the place.</summary>
    public ContentHeader ContentType => contentType ??= ReadContentType();

    /// <summary>Lower-case media type, such as <c>text/plain</c>.</summary>
    public string MediaType => ContentType.Value;

    /// <summary>Content-Disposition with its parameters; null when absent.</summary>
    public ContentHeader? Disposition =>
        disposition ??= Headers.First("Content-Disposition") is { } given ? ContentHeader.Parse(given.Raw.Span) : null;

    /// <summary>Whether the sender calls it an attachment.</summary>
    public bool IsAttachment => Disposition?.Value == "attachment";

    /// <summary>Whether the part holds other parts.</summary>
    public bool IsMultipart => MediaType.StartsWith("multipart/", StringComparison.Ordinal);

    /// <summary>Whether the media type is text.</summary>
    public bool IsText => MediaType.StartsWith("text/", StringComparison.Ordinal);

    /// <summary>The file name the sender gave, decoded, on one line; never use it as a path (see <see cref="FileNames"/>).</summary>
    public string? FileName => Named(Disposition?["filename"]) ?? Named(ContentType["name"]);

    /// <summary>Content-ID without its angle brackets.</summary>
    public string? ContentId => Headers.Value("Content-ID") is { } id && MessageIds.First(id) is { } bare ? bare : null;

    /// <summary>Lower-case transfer encoding; empty when absent.</summary>
    public string TransferEncoding =>
        Headers.Value("Content-Transfer-Encoding") is { } value ? ContentHeader.Token(value).ToLowerInvariant() : "";

    internal List<MimePart> ChildList { get; } = [];

    /// <summary>
    /// The content's bytes. Damaged encodings give what can be read. For a part that is not encoded the answer is a view of the message.
    /// </summary>
    public ReadOnlyMemory<byte> Decode() => TransferDecoding.Decode(Body, TransferEncoding);

    /// <summary>The content as text with line feeds, whatever its charset or lack of one.</summary>
    public string Text()
    {
        ReadOnlyMemory<byte> bytes = Decode();
        string? label = ContentType["charset"];
        if (string.IsNullOrEmpty(label) && MediaType == "text/html")
            label = Charsets.HtmlLabel(bytes.Span);
        return CleanText.Mend(CleanText.Lines(Charsets.Decode(bytes.Span, label)));
    }

    /// <summary>This part and everything in it, but nothing inside of attached messages; containers come before what they hold.</summary>
    public IEnumerable<MimePart> Walk()
    {
        Stack<MimePart> open = new([this]);
        while (open.TryPop(out MimePart? part))
        {
            yield return part;
            for (int i = part.ChildList.Count - 1; i >= 0; i--)
                open.Push(part.ChildList[i]);
        }
    }

    private static string? Named(string? value) => string.IsNullOrWhiteSpace(value) ? null : CleanText.Truncate(value.Trim(), 1_000);

    private ContentHeader ReadContentType()
    {
        if (Headers.First("Content-Type") is not { } given)
            return new ContentHeader(defaultType, []);
        ContentHeader read = ContentHeader.Parse(given.Raw.Span);
        int slash = read.Value.IndexOf('/');
        if (slash > 0 && slash < read.Value.Length - 1)
            return read;
        // "text" alone means plain text to everybody who ever wrote it; anything else is bytes of an unknown kind.
        string type = read.Value.Length == 0 ? defaultType : read.Value is "text" or "text/" ? "text/plain" : "application/octet-stream";
        return read with { Value = type };
    }
}

/// <summary>A message: its header fields and the tree of its parts.</summary>
public sealed class MimeMessage
{
    internal MimeMessage(MimePart root, ReadOnlyMemory<byte> raw)
    {
        Root = root;
        Raw = raw;
    }

    /// <summary>The part that is the whole message.</summary>
    public MimePart Root { get; }

    /// <summary>The message's bytes, header fields included.</summary>
    public ReadOnlyMemory<byte> Raw { get; internal set; }

    /// <summary>What was found wrong, in this message and everything in it.</summary>
    public MailDefects Defects { get; internal set; }

    /// <summary>The message's header fields.</summary>
    public HeaderList Headers => Root.Headers;

    /// <summary>The subject, decoded, runs of spaces as one; empty when there is none.</summary>
    public string Subject => string.Join(' ', (Headers.Text("Subject") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The addresses of From. More than one field, or more than one address, is reason to trust none of them.</summary>
    public AddressList From => Addresses("From");

    /// <summary>The addresses of To.</summary>
    public AddressList To => Addresses("To");

    /// <summary>The addresses of Cc.</summary>
    public AddressList Cc => Addresses("Cc");

    /// <summary>Where the sender wishes answers to go; a wish, never an identity.</summary>
    public AddressList ReplyTo => Addresses("Reply-To");

    /// <summary>Message-ID without angle brackets.</summary>
    public string? MessageId => Headers.Value("Message-ID") is { } value ? MessageIds.First(value) : null;

    /// <summary>The ids of In-Reply-To.</summary>
    public IReadOnlyList<string> InReplyTo => Headers.Value("In-Reply-To") is { } value ? MessageIds.All(value) : [];

    /// <summary>The ids of References, oldest first.</summary>
    public IReadOnlyList<string> References => Headers.Value("References") is { } value ? MessageIds.All(value) : [];

    /// <summary>The sender's claim of when; null when missing or senseless.</summary>
    public DateTimeOffset? Date => Headers.Value("Date") is { } value ? MailDate.Parse(value) : null;

    /// <summary>The addresses of the first field of that name.</summary>
    public AddressList Addresses(string header) => Headers.Value(header) is { } value ? AddressList.Parse(value) : AddressList.Empty;

    /// <inheritdoc/>
    public override string ToString() => new StringBuilder("mail of ").Append(Raw.Length).Append(" bytes").ToString();
}
