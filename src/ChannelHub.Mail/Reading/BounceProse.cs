using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Reading;

/// <summary>
/// Bounces that providers write as prose. A mail is one only when both its sender is a mail system and its words are those of a bounce;
/// a customer who forwards a bounce stays a customer.
/// </summary>
internal static class BounceProse
{
    private const int Read64K = 65_536;
    private const int MostRecipients = 50;

    private static readonly string[] FailureWords =
    [
        "undeliver", "delivery failed", "delivery failure", "failure notice", "returned mail", "delivery status notification", "delivery has failed",
        "could not be delivered", "couldn't be delivered", "wasn't delivered", "was not delivered", "unable to deliver", "not able to deliver",
        "this is the qmail", "mail delivery system", "delivery notification", "permanent error", "permanent fatal errors", "returned to sender",
        "message not delivered", "address not found", "mailbox unavailable", "rejected your message",
        "unzustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "konnte nicht",
        "не доставлен", "не может быть доставлен", "не удалось доставить", "недоставлен", "не было доставлено",
        "niedostarcz", "nie można dostarczyć", "nie można było dostarczyć", "nie została dostarczona", "nie mogła zostać dostarczona",
        "non remis", "échec de la remise", "n'a pas pu être remis", "n'a pas pu être distribué", "échec de remise",
        "no se pudo entregar", "no se ha podido entregar", "no se puede entregar", "error de entrega",
    ];

    private static readonly string[] DelayWords =
    [
        "delivery delayed", "delayed:", "message delayed", "still trying", "will be retried", "will continue to try", "will keep trying", "could not be delivered for",
        "not yet been delivered", "no action is required", "do not need to resend", "отложен", "verzögert", "opóźnion", "retardé", "retrasad",
    ];

    private static readonly string[] OriginalBegins =
    [
        "below this line is a copy", "this is a copy of", "original message", "original headers", "message headers follow", "returned message follows",
        "copy of the message", "исходное сообщение", "ursprüngliche nachricht", "mensaje original", "message d'origine", "oryginaln",
    ];

    public static DeliveryReport? Read(MimeMessage mail)
    {
        string? failed = mail.Headers.Value("X-Failed-Recipients");
        if (failed is null && !IsMailSystem(mail))
            return null;
        string text = MailContent.Of(mail).Text;
        text = text.Length > Read64K ? text[..Read64K] : text;
        string subject = mail.Subject;
        bool delay = Any(DelayWords, subject) || Any(DelayWords, text);
        if (failed is null && !delay && !Any(FailureWords, subject) && !Any(FailureWords, text))
            return null;
        (string words, string original) = Parted(text);
        string? status = StatusCodes.Enhanced(words);
        List<string> addresses = failed is null ? AddressesIn(words) : [.. AddressList.Parse(failed).Select(a => a.Address)];
        DeliveryAction action = delay && status?.StartsWith('5') != true ? DeliveryAction.Delayed : DeliveryAction.Failed;
        string? id = FieldGroups.Enclosed(mail)?.MessageId ?? IdIn(original) ?? IdIn(words) ?? Named(mail);
        string? diagnostic = Line(words, status);
        List<DeliveryRecipient> recipients = [.. addresses.Select(a => new DeliveryRecipient(a, action, status, diagnostic))];
        if (recipients.Count == 0)
            recipients.Add(new DeliveryRecipient(null, action, status, diagnostic));
        return new DeliveryReport(id, null, recipients, IsStandard: false);
    }

    private static string? Named(MimeMessage mail) => mail.References is [.., { } last] ? last : mail.InReplyTo is [{ } first, ..] ? first : null;

    /// <summary>Whether the sender is a machine that carries mail.</summary>
    public static bool IsMailSystem(MimeMessage mail)
    {
        string? path = mail.Headers.Value("Return-Path");
        string local = mail.From is [{ } from, ..] ? from.Local.ToLowerInvariant() : "";
        bool daemon = local is "mailer-daemon" or "postmaster" or "mailerdaemon" or "mail-daemon" or "mdaemon" or "mail.delivery.system"
            || local.StartsWith("mailer-daemon", StringComparison.Ordinal) || local.StartsWith("microsoftexchange", StringComparison.Ordinal);
        bool anonymous = path is not null && path.Replace(" ", "", StringComparison.Ordinal) == "<>";
        return daemon || (anonymous && (mail.Root.MediaType == "multipart/report" || local.Length == 0 || local.Contains("bounce", StringComparison.Ordinal)));
    }

    private static bool Any(string[] words, string text) => words.Any(w => text.Contains(w, StringComparison.OrdinalIgnoreCase));

    private static (string Words, string Original) Parted(string text)
    {
        int first = text.Length;
        foreach (string begin in OriginalBegins)
        {
            int at = text.IndexOf(begin, StringComparison.OrdinalIgnoreCase);
            // At the very start these words are the bounce's own.
            if (at > 60 && at < first)
                first = at;
        }
        return (text[..first], text[first..]);
    }

    private static List<string> AddressesIn(string words)
    {
        List<string> found = [];
        foreach (ReadOnlySpan<char> line in words.AsSpan().EnumerateLines())
        {
            if (line.Length > 2_000 || !line.Contains('@') || line.TrimStart().StartsWith("Message-ID", StringComparison.OrdinalIgnoreCase))
                continue;
            foreach (Range range in line.SplitAny(" \t<>,;:()[]\"'"))
            {
                ReadOnlySpan<char> word = line[range].Trim(".");
                if (found.Count < MostRecipients && word.Contains('@') && MailAddress.Parse(word.ToString()) is { IsDeliverable: true } address
                    && !found.Contains(address.Address) && !address.Local.Equals("postmaster", StringComparison.OrdinalIgnoreCase))
                    found.Add(address.Address);
            }
        }
        return found.Count > 1 ? found[..1] : found; // those that follow are as a rule the sender's or the helpers'
    }

    private static string? IdIn(string text)
    {
        int at = text.IndexOf("Message-ID:", StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : MessageIds.First(text.Substring(at + 11, Math.Min(1_000, text.Length - at - 11)));
    }

    private static string? Line(string words, string? status)
    {
        string? fallback = null;
        foreach (ReadOnlySpan<char> line in words.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> trimmed = line.Trim();
            if (trimmed.IsEmpty)
                continue;
            if (status is not null && StatusCodes.Enhanced(trimmed[..Math.Min(trimmed.Length, 1_000)].ToString()) == status)
                return CleanText.Truncate(trimmed.ToString(), 1_000);
            fallback ??= CleanText.Truncate(trimmed.ToString(), 1_000);
        }
        return fallback;
    }
}
