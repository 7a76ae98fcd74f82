using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using ChannelHub.Mail.Html;

namespace ChannelHub.Mail.Mime;

/// <summary>Composes messages that every server and mail program takes.</summary>
public static class MailComposer
{
    private static readonly SearchValues<char> NoId = SearchValues.Create("<>()\\\",;");
    private static readonly string[] Own =
    [
        "from", "to", "cc", "bcc", "reply-to", "sender", "subject", "date", "message-id", "in-reply-to", "references", "mime-version", "received",
        "return-path", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post", "dkim-signature", "authentication-results",
    ];

    /// <summary>Composes a mail, or says what in it cannot stand in one.</summary>
    public static ComposeResult Compose(OutgoingMail mail)
    {
        if (Objection(mail) is { } reason)
            return new ComposeResult.Refused(reason);
        ArrayBufferWriter<byte> bytes = new();
        StringBuilder head = new();
        WriteHeaders(new HeaderWriter(head), mail);
        // UTF-8 in headers appears for addresses whose local part has no other form.
        bool needsUtf8 = !Ascii.IsValid(head.ToString());
        new BodyWriter(bytes, mail.MessageId).Write(Tree(mail), head);
        return new ComposeResult.Composed(bytes.WrittenMemory, needsUtf8);
    }

    /// <summary>Whether that could be a message id of ours or anybody's, without angle brackets.</summary>
    public static bool IsMessageId(string id) =>
        id.Length is > 2 and <= 900 && id.Contains('@') && !id.AsSpan().ContainsAnyExceptInRange('!', '~') && !id.AsSpan().ContainsAny(NoId);

    private static string? Objection(OutgoingMail mail)
    {
        foreach (MailAddress address in (IEnumerable<MailAddress>)[mail.From, .. mail.To, .. mail.Cc, .. mail.ReplyTo is { } reply ? [reply] : Array.Empty<MailAddress>()])
        {
            if (!IsSound(address))
                return "an address is none";
        }
        if (mail.To.Count + mail.Cc.Count == 0)
            return "nobody to send to";
        if (!HeaderWriter.IsOneLine(mail.Subject) || mail.Subject.Length > 4_000)
            return "the subject holds a line end or control character, or is too long";
        if (!IsMessageId(mail.MessageId) || (mail.InReplyTo is { } id && !IsMessageId(id)))
            return "a message id is none";
        if (mail.Files.Any(f => !HeaderWriter.IsOneLine(f.FileName) || f.FileName.Length > 1_000 || (f.ContentId is { } c && !IsMessageId(c + "@"))))
            return "a file's name or id holds what a header cannot";
        if (mail.AutoSubmitted is { } auto && auto is not ("auto-replied" or "auto-generated" or "auto-notified"))
            return "Auto-Submitted has three values";
        if (mail.ListUnsubscribe.Any(u => u.Scheme is not ("https" or "mailto") || u.AbsoluteUri.AsSpan().ContainsAny("<> ,")))
            return "an unsubscribe address is neither https nor mailto";
        return mail.Headers.Any(h => !IsFurther(h.Key, h.Value)) ? "a further header is one of the mail's own or cannot stand in a header" : null;
    }

    private static bool IsFurther(string name, string value) =>
        name.Length is > 0 and < 70 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && HeaderWriter.IsOneLine(value) && value.Length < 4_000
        && !Own.Contains(name.ToLowerInvariant()) && !name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address, written and read again, is the same one and the only one.</summary>
    internal static bool IsSound(MailAddress address)
    {
        if (address.Domain.Length == 0 || !HeaderWriter.IsOneLine(address.Address) || address.Address.Length > 320)
            return false;
        if (address.DisplayName is { } name && (!HeaderWriter.IsOneLine(name) || name.Length > 500))
            return false;
        return MailAddress.Parse(HeaderWriter.Wire(address)) is { } read && read.Local == address.Local;
    }

    private static void WriteHeaders(HeaderWriter head, OutgoingMail mail)
    {
        head.Pieces("Date", [MailDate.Format(mail.Date)]);
        head.Addresses("From", [mail.From]);
        if (mail.ReplyTo is { } reply)
            head.Addresses("Reply-To", [reply]);
        head.Addresses("To", mail.To);
        head.Addresses("Cc", mail.Cc);
        head.Text("Subject", mail.Subject);
        head.Pieces("Message-ID", ["<" + mail.MessageId + ">"]);
        if (mail.InReplyTo is { } parent)
            head.Pieces("In-Reply-To", ["<" + parent + ">"]);
        List<string> chain = [.. mail.References.Where(IsMessageId).Select(id => "<" + id + ">")];
        if (chain.Count > 21)
            chain = [chain[0], .. chain[^20..]];
        if (chain.Count > 0)
            head.Pieces("References", chain);
        if (mail.AutoSubmitted is { } auto)
        {
            head.Pieces("Auto-Submitted", [auto]);
            head.Pieces("X-Auto-Response-Suppress", ["All"]);
        }
        if (mail.ListUnsubscribe.Count > 0)
            head.Pieces("List-Unsubscribe", [string.Join(", ", mail.ListUnsubscribe.Select(u => "<" + u.AbsoluteUri + ">"))]);
        if (mail.ListUnsubscribe.Any(u => u.Scheme == "https"))
            head.Pieces("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]);
        foreach ((string name, string value) in mail.Headers)
            head.Text(name, value);
        head.Pieces("MIME-Version", ["1.0"]);
    }

    /// <summary>Text beside HTML, HTML with its pictures, all with the files.</summary>
    private static BodyNode Tree(OutgoingMail mail)
    {
        BodyNode body = BodyNode.Leaf("text/plain", mail.Text ?? (mail.Html is null ? "" : HtmlText.Of(mail.Html)));
        List<OutgoingFile> pictures = mail.Html is null ? [] : [.. mail.Files.Where(f => f.ContentId is not null)];
        if (mail.Html is { } html)
        {
            BodyNode shown = BodyNode.Leaf("text/html", html);
            if (pictures.Count > 0)
                shown = new BodyNode("multipart/related", [shown, .. pictures.Select(p => BodyNode.Attached(p, inline: true))]);
            body = new BodyNode("multipart/alternative", [body, shown]);
        }
        List<OutgoingFile> files = [.. mail.Files.Where(f => !pictures.Contains(f))];
        return files.Count == 0 ? body : new BodyNode("multipart/mixed", [body, .. files.Select(f => BodyNode.Attached(f, inline: false))]);
    }
}

/// <summary>A part to be written: a container, a text or a file.</summary>
internal sealed record BodyNode(string MediaType, IReadOnlyList<BodyNode> Children)
{
    public ReadOnlyMemory<byte> Content { get; private init; }

    public OutgoingFile? File { get; private init; }

    public bool Inline { get; private init; }

    public static BodyNode Leaf(string mediaType, string text) => new(mediaType, []) { Content = TransferEncoding.Canonical(text) };

    public static BodyNode Attached(OutgoingFile file, bool inline)
    {
        ContentHeader type = ContentHeader.Parse(Encoding.UTF8.GetBytes(file.ContentType));
        string[] halves = type.Value.Split('/');
        // Containers and messages must not be encoded, and we encode every file.
        bool sound = halves is [{ Length: > 0 and < 60 } main, { Length: > 0 and < 100 } sub] && main.All(IsToken) && sub.All(IsToken)
            && main is not ("multipart" or "message");
        return new(sound ? type.Value : "application/octet-stream", []) { Content = file.Content, File = file, Inline = inline };
    }

    private static bool IsToken(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '+' or '_';
}

/// <summary>
/// Writes the tree. A boundary holds "=_", which neither base64 nor quoted-printable can produce and plain text is checked for, so none
/// needs to be random and the same mail is always the same bytes.
/// </summary>
internal sealed class BodyWriter(ArrayBufferWriter<byte> target, string seed)
{
    private int boundaries;

    // The tree is ours and three levels deep.
    public void Write(BodyNode node, StringBuilder head)
    {
        HeaderWriter headers = new(head);
        if (node.Children.Count > 0)
        {
            Container(node, headers, head);
            return;
        }
        bool text = node.File is null;
        string encoding = text ? TransferEncoding.Choose(node.Content.Span) : "base64";
        if (node.File is { } file)
            Attached(headers, node, file);
        else
            headers.Parameterised("Content-Type", node.MediaType, [new("charset", "utf-8")]);
        headers.Pieces("Content-Transfer-Encoding", [encoding]);
        Put(head.Append("\r\n"));
        TransferEncoding.Write(target, node.Content.Span, encoding);
        if (target.WrittenSpan is not [.., (byte)'\r', (byte)'\n'])
            target.Write("\r\n"u8);
    }

    private static void Attached(HeaderWriter headers, BodyNode node, OutgoingFile file)
    {
        headers.Parameterised("Content-Type", node.MediaType, node.MediaType.StartsWith("text/", StringComparison.Ordinal) && System.Text.Unicode.Utf8.IsValid(node.Content.Span) ? [new("charset", "utf-8")] : []);
        headers.Parameterised("Content-Disposition", node.Inline ? "inline" : "attachment", [new("filename", file.FileName)]);
        if (file.ContentId is { } id)
            headers.Pieces("Content-ID", ["<" + id + ">"]);
    }

    private void Container(BodyNode node, HeaderWriter headers, StringBuilder head)
    {
        string boundary = "=_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(seed + "#" + boundaries++)))[..30];
        headers.Parameterised("Content-Type", node.MediaType, [new("boundary", boundary)]);
        Put(head.Append("\r\n"));
        foreach (BodyNode child in node.Children)
        {
            Put(new StringBuilder("--").Append(boundary).Append("\r\n"));
            Write(child, new StringBuilder());
        }
        Put(new StringBuilder("--").Append(boundary).Append("--\r\n"));
    }

    private void Put(StringBuilder text)
    {
        target.Write(Encoding.UTF8.GetBytes(text.ToString()));
        text.Clear();
    }
}
