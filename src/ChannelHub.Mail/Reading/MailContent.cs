using ChannelHub.Mail.Html;
using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Reading;

/// <summary>How the content is protected; nothing here is verified or decrypted.</summary>
public enum MailProtection
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>S/MIME signature beside readable content.</summary>
    SmimeSigned,

    /// <summary>S/MIME content that cannot be read without the key or without unwrapping.</summary>
    SmimeSealed,

    /// <summary>OpenPGP signature beside or around readable content.</summary>
    PgpSigned,

    /// <summary>OpenPGP content that cannot be read without the key.</summary>
    PgpEncrypted,
}

/// <summary>A file that came with a mail.</summary>
/// <param name="Part">Where it lies.</param>
/// <param name="FileName">The name the sender gave, if any; never a path.</param>
/// <param name="IsInline">Whether the mail's HTML shows it in place by its Content-ID.</param>
public sealed record MailAttachment(MimePart Part, string? FileName, bool IsInline)
{
    /// <summary>A name that may be shown and offered; never empty.</summary>
    public string SafeName => FileNames.Safe(FileName ?? SubjectName(), Part.MediaType);

    /// <summary>Lower-case media type as the sender claims it.</summary>
    public string MediaType => Part.MediaType;

    /// <summary>Content-ID without angle brackets.</summary>
    public string? ContentId => Part.ContentId;

    /// <summary>The file's bytes.</summary>
    public ReadOnlyMemory<byte> Content() => Part.Decode();

    private string? SubjectName() => Part.Message is { Subject.Length: > 0 } message ? message.Subject + ".eml" : null;
}

/// <summary>What a person reads in a mail: its text, its HTML and its files, chosen out of the tree of parts.</summary>
public sealed class MailContent
{
    private readonly List<Section> sections = [];
    private readonly List<MimePart> files = [];
    private readonly List<MailAttachment> attachments = [];

    private MailContent(MimeMessage message) => Message = message;

    /// <summary>The mail.</summary>
    public MimeMessage Message { get; }

    /// <summary>The text; made from the HTML where a section has no text of its own. Empty when there is neither.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The HTML as it came, not sanitised; null when no section has any.</summary>
    public string? Html { get; private set; }

    /// <summary>Files, inline pictures among them, in their order.</summary>
    public IReadOnlyList<MailAttachment> Attachments => attachments;

    /// <summary>The invitation, when there is one.</summary>
    public MimePart? Calendar { get; private set; }

    /// <summary>Whether Outlook packed content into a winmail.dat that only Outlook opens.</summary>
    public bool HasTnef { get; private set; }

    /// <summary>Signed or encrypted.</summary>
    public MailProtection Protection { get; private set; }

    /// <summary>Chooses what to show. Costs one walk over the parts and one decoding of each text.</summary>
    public static MailContent Of(MimeMessage message)
    {
        MailContent content = new(message);
        content.Collect();
        content.Finish();
        return content;
    }

    private void Collect()
    {
        Dictionary<MimePart, Section> alternatives = [];
        foreach (MimePart part in Message.Root.Walk())
        {
            Notice(part);
            Section? around = SectionAround(part, alternatives);
            if (part.IsMultipart && (part.Children.Count > 0 || part.Body.IsEmpty))
            {
                if (around is null && part.MediaType == "multipart/alternative")
                {
                    around = new Section();
                    sections.Add(around);
                }
                if (around is not null)
                    alternatives[part] = around;
                continue;
            }
            if (!IsReading(part))
                files.Add(part);
            else
                Take(part, around);
        }
    }

    private void Take(MimePart part, Section? around)
    {
        Section section = around ?? new Section();
        if (around is null)
            sections.Add(section);
        bool html = part.MediaType == "text/html";
        string text = html ? part.Text() : Flowed.Unwrap(part.Text(), part.ContentType);
        // A second text of one kind inside of an alternative belongs to what was written, not to its other form.
        if (html)
            section.Html = section.Html is null ? text : section.Html + "\n" + text;
        else
            section.Text = section.Text is null ? text : section.Text + "\n" + text;
    }

    /// <summary>The section of the nearest alternative around a part; a mixed part between ends its reach.</summary>
    private static Section? SectionAround(MimePart part, Dictionary<MimePart, Section> alternatives) =>
        part.Parent is { } parent && alternatives.TryGetValue(parent, out Section? section) ? section : null;

    private static bool IsReading(MimePart part)
    {
        if (part.Message is not null || part.IsAttachment)
            return false;
        bool named = part.FileName is not null;
        // A multipart in which no boundary was found is text to read rather than a file to open.
        bool unread = part.IsMultipart;
        return unread || (!named && part.MediaType is "text/plain" or "text/html")
            || (named && part.MediaType is "text/plain" or "text/html" && part.Disposition?.Value is "inline" && part.Disposition["filename"] is null)
            || (named && part.Parent is null && part.Disposition is null && part.MediaType is "text/plain" or "text/html")
            || (named && part.Parent?.MediaType is "multipart/alternative" && part.MediaType is "text/plain" or "text/html");
    }

    private void Notice(MimePart part)
    {
        string type = part.MediaType;
        if (type is "text/calendar" or "application/ics")
            Calendar ??= part;
        HasTnef |= type is "application/ms-tnef" or "application/vnd.ms-tnef" || part.FileName is "winmail.dat";
        MailProtection found = type switch
        {
            "multipart/signed" => part.ContentType["protocol"]?.Contains("pgp", StringComparison.OrdinalIgnoreCase) == true
                ? MailProtection.PgpSigned : MailProtection.SmimeSigned,
            "multipart/encrypted" => MailProtection.PgpEncrypted,
            "application/pkcs7-mime" or "application/x-pkcs7-mime" => MailProtection.SmimeSealed,
            _ => MailProtection.None,
        };
        if (Protection == MailProtection.None)
            Protection = found;
    }

    private void Finish()
    {
        Text = string.Join("\n", sections.Select(s => s.Text ?? HtmlText.Of(s.Html ?? ""))).Trim('\n');
        if (sections.Exists(s => s.Html is not null))
            Html = string.Join("\n", sections.Select(s => s.Html ?? HtmlText.FromPlain(s.Text ?? "")));
        HashSet<string> shown = Html is null ? [] : ContentReferences.In(Html);
        // The machine's half of a report is no file to a person; see the reports.
        foreach (MimePart file in files.Where(f => f.MediaType is not ("message/delivery-status" or "message/disposition-notification")))
            attachments.Add(new MailAttachment(file, file.FileName, file.ContentId is { } id && shown.Contains(id)));
        ReadOnlySpan<char> start = Text.AsSpan().TrimStart();
        if (Protection == MailProtection.None && start.StartsWith("-----BEGIN PGP "))
            Protection = start[15..].StartsWith("MESSAGE") ? MailProtection.PgpEncrypted : MailProtection.PgpSigned;
    }

    private sealed class Section
    {
        public string? Text { get; set; }

        public string? Html { get; set; }
    }
}
