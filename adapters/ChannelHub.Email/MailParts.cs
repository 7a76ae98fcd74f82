using System.Globalization;
using ChannelHub.Adapters;
using ChannelHub.Mail.Html;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;

namespace ChannelHub.Email;

/// <summary>What a mail consists of, in the hub's parts. Pure.</summary>
internal static class MailParts
{
    /// <summary>The reference of a mail that was too large to be fetched.</summary>
    public const string TooLarge = "too-large";

    private const int MostFiles = 100;
    private const int LongestText = 500_000;
    private const int LongestName = 200;

    public static IReadOnlyList<Part> Of(MailContent mail, IDictionary<string, string> metadata)
    {
        ReplyText split = ReplyText.Of(mail);
        string full = Short(mail.Text, metadata);
        string words = Short(split.New, metadata);
        var text = new TextPart(words)
        {
            FullText = full == words ? null : full,
            Html = mail.Html is { } html ? Sanitised(html, metadata) : null,
        };
        var parts = new List<Part> { text };
        parts.AddRange(mail.Attachments.Take(MostFiles).Select(File));
        if (mail.Attachments.Count > MostFiles)
            metadata["files_left_out"] = (mail.Attachments.Count - MostFiles).ToString(CultureInfo.InvariantCulture);
        // A mail of nothing but files has no words to show.
        return words.Length == 0 && text.FullText is null && text.Html is null && parts.Count > 1 ? parts[1..] : parts;
    }

    /// <summary>A mail of which only the beginning was fetched.</summary>
    public static IReadOnlyList<Part> Stub(MimeMessage mail, long size) =>
    [
        new TextPart(""),
        new MediaPart(MediaKind.File, new MediaReference
        {
            Reference = TooLarge,
            FileName = Name(FileNames.Safe(mail.Subject.Length > 0 ? mail.Subject + ".eml" : null, "message/rfc822")),
            ContentType = "message/rfc822",
            Size = size,
        }),
    ];

    public static MediaResult Open(MailItem item, string reference)
    {
        if (reference == TooLarge || item.WholeSize is not null)
            return new MediaResult.Gone("the mail is larger than the hub takes");
        IReadOnlyList<MailAttachment> files = MailContent.Of(MimeParser.Parse(item.Raw)).Attachments;
        bool known = int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < Math.Min(files.Count, MostFiles);
        return known
            ? new MediaResult.Opened(new MemoryStream(files[index].Content().ToArray(), writable: false), files[index].MediaType)
            : new MediaResult.Gone("the mail has no such file");
    }

    private static MediaPart File(MailAttachment file, int index) => new(KindOf(file), new MediaReference
    {
        Reference = index.ToString(CultureInfo.InvariantCulture),
        FileName = Name(file.SafeName),
        ContentType = CleanText.Clean(CleanText.Truncate(file.MediaType, 127)),
        Size = file.Content().Length,
    });

    private static MediaKind KindOf(MailAttachment file) => file.MediaType.Split('/')[0] switch
    {
        "image" when file.MediaType != "image/svg+xml" => MediaKind.Image,
        "audio" => MediaKind.Audio,
        "video" => MediaKind.Video,
        _ => MediaKind.File,
    };

    private static string Sanitised(string html, IDictionary<string, string> metadata)
    {
        SafeHtml safe = HtmlSanitizer.Sanitize(Short(html, metadata));
        if (safe.BlockedImages > 0)
            metadata["blocked_images"] = safe.BlockedImages.ToString(CultureInfo.InvariantCulture);
        return CleanText.Clean(safe.Html);
    }

    private static string Name(string name) => CleanText.Clean(CleanText.Truncate(name, LongestName));

    private static string Short(string text, IDictionary<string, string> metadata)
    {
        if (text.Length > LongestText)
            metadata["shortened"] = "true";
        return CleanText.Clean(CleanText.Truncate(text, LongestText));
    }
}
