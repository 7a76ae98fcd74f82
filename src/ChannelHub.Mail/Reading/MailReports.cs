using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Reading;

/// <summary>What became of a mail at one recipient.</summary>
public enum DeliveryAction
{
    /// <summary>It did not arrive and will not.</summary>
    Failed,

    /// <summary>It has not arrived yet; the server keeps trying.</summary>
    Delayed,

    /// <summary>It arrived in the mailbox.</summary>
    Delivered,

    /// <summary>It was handed to a server that reports no further.</summary>
    Relayed,

    /// <summary>It went to a list.</summary>
    Expanded,
}

/// <summary>One recipient of a delivery report.</summary>
/// <param name="Address">The address it was sent to, if told.</param>
/// <param name="Action">What became of it.</param>
/// <param name="Status">Enhanced status such as <c>5.1.1</c>.</param>
/// <param name="Diagnostic">The server's words, for the agent.</param>
public sealed record DeliveryRecipient(string? Address, DeliveryAction Action, string? Status, string? Diagnostic)
{
    /// <summary>Whether the address itself is bad: no such mailbox or domain, mailbox switched off.</summary>
    public bool IsUnknownRecipient => Status is { } status
        && (status is "5.1.1" or "5.1.2" or "5.1.3" or "5.1.6" or "5.1.10" or "5.2.1" or "5.4.4");

    /// <summary>Failed for good rather than for now.</summary>
    public bool IsPermanent => Action == DeliveryAction.Failed && Status?.StartsWith('4') != true;
}

/// <summary>A bounce or another word on the way of a mail of ours.</summary>
/// <param name="OriginalMessageId">Message-ID of that mail, if told; verify that it is ours.</param>
/// <param name="OriginalEnvelopeId">The envelope id we sent it with, if any.</param>
/// <param name="Recipients">At least one.</param>
/// <param name="IsStandard">Whether it came in the form of RFC 3464 rather than in a provider's prose.</param>
public sealed record DeliveryReport(string? OriginalMessageId, string? OriginalEnvelopeId, IReadOnlyList<DeliveryRecipient> Recipients, bool IsStandard);

/// <summary>A receiver called a mail of ours spam.</summary>
/// <param name="FeedbackType"><c>abuse</c>, <c>not-spam</c>, <c>fraud</c>, ….</param>
/// <param name="OriginalMessageId">Message-ID of the mail complained about.</param>
/// <param name="Recipients">Who complained, as far as told.</param>
public sealed record Complaint(string FeedbackType, string? OriginalMessageId, IReadOnlyList<string> Recipients);

/// <summary>A mail program says that its user opened a mail, or threw it away.</summary>
/// <param name="OriginalMessageId">Message-ID of that mail.</param>
/// <param name="Recipient">Whose program it is.</param>
/// <param name="Disposition"><c>displayed</c>, <c>deleted</c>, ….</param>
public sealed record ReadReport(string? OriginalMessageId, string? Recipient, string Disposition);

/// <summary>Recognises mail that speaks about other mail. Anybody can forge one: act on it only where it names a mail of ours to that recipient.</summary>
public static class MailReports
{
    /// <summary>The delivery report in a mail; null if it is none.</summary>
    public static DeliveryReport? Delivery(MimeMessage mail)
    {
        if (Find(mail, "message/delivery-status", "message/global-delivery-status") is { } part)
            return Standard(mail, part) ?? BounceProse.Read(mail);
        return BounceProse.Read(mail);
    }

    /// <summary>The complaint in a mail; null if it is none.</summary>
    public static Complaint? Complaint(MimeMessage mail)
    {
        if (Find(mail, "message/feedback-report") is not { } part || FieldGroups.Parse(part.Decode()) is not [{ } fields, ..])
            return null;
        MimeMessage? original = FieldGroups.Enclosed(mail);
        List<string> recipients = [.. fields.All("Original-Rcpt-To").Select(f => FieldGroups.Address(f.Value)).OfType<string>()];
        if (recipients.Count == 0 && original is not null)
            recipients.AddRange(original.To.Select(a => a.Address));
        return new Complaint((fields.Value("Feedback-Type") ?? "abuse").ToLowerInvariant(), original?.MessageId, recipients);
    }

    /// <summary>The read receipt in a mail; null if it is none.</summary>
    public static ReadReport? Read(MimeMessage mail)
    {
        if (Find(mail, "message/disposition-notification") is not { } part || FieldGroups.Parse(part.Decode()) is not [{ } fields, ..])
            return null;
        string disposition = FieldGroups.Typed(fields.Value("Disposition")) ?? "displayed";
        int slash = disposition.IndexOf('/');
        string? id = fields.Value("Original-Message-ID") is { } told ? MessageIds.First(told) : FieldGroups.Enclosed(mail)?.MessageId;
        return new ReadReport(id, FieldGroups.Address(fields.Value("Final-Recipient")), (slash < 0 ? disposition : disposition[..slash]).Trim().ToLowerInvariant());
    }

    private static MimePart? Find(MimeMessage mail, params ReadOnlySpan<string> types)
    {
        foreach (MimePart part in mail.Root.Walk())
        {
            if (types.Contains(part.MediaType))
                return part;
        }
        return null;
    }

    private static DeliveryReport? Standard(MimeMessage mail, MimePart part)
    {
        List<DeliveryRecipient> recipients = [];
        string? envelope = null;
        foreach (HeaderList group in FieldGroups.Parse(part.Decode()))
        {
            envelope ??= group.Value("Original-Envelope-Id");
            if (group.Has("Action") || group.Has("Final-Recipient") || group.Has("Status"))
                recipients.Add(Recipient(group));
        }
        return recipients.Count == 0 ? null : new DeliveryReport(FieldGroups.Enclosed(mail)?.MessageId, envelope, recipients, IsStandard: true);
    }

    private static DeliveryRecipient Recipient(HeaderList group)
    {
        string? status = group.Value("Status") is { } told ? StatusCodes.Enhanced(told) : null;
        string? diagnostic = FieldGroups.Typed(group.Value("Diagnostic-Code"));
        // Many servers write a bare 5.0.0 and put the real code into their words.
        if (diagnostic is not null && status is null or "5.0.0" or "4.0.0")
            status = StatusCodes.Enhanced(diagnostic) ?? status;
        DeliveryAction action = (group.Value("Action") ?? "").Trim().ToLowerInvariant() switch
        {
            "failed" or "failure" => DeliveryAction.Failed,
            "delayed" => DeliveryAction.Delayed,
            "delivered" => DeliveryAction.Delivered,
            "relayed" => DeliveryAction.Relayed,
            "expanded" => DeliveryAction.Expanded,
            _ => status?[0] switch { '2' => DeliveryAction.Delivered, '4' => DeliveryAction.Delayed, _ => DeliveryAction.Failed },
        };
        string? address = FieldGroups.Address(group.Value("Original-Recipient")) ?? FieldGroups.Address(group.Value("Final-Recipient"));
        return new DeliveryRecipient(address, action, status, diagnostic is null ? null : CleanText.Truncate(diagnostic, 1_000));
    }
}

/// <summary>Finds codes in servers' words.</summary>
internal static class StatusCodes
{
    /// <summary>The first enhanced status, such as 5.1.1; one made of a three-digit reply when there is none.</summary>
    public static string? Enhanced(string text)
    {
        string? basic = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('2' or '4' or '5') || (i > 0 && (char.IsAsciiLetterOrDigit(text[i - 1]) || text[i - 1] is '.')))
                continue;
            int end = i;
            while (end < text.Length && end - i < 10 && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
                end++;
            string code = text[i..end].TrimEnd('.');
            string[] pieces = code.Split('.');
            if (pieces.Length == 3 && pieces[0].Length == 1 && pieces.All(p => p.Length is > 0 and <= 3))
                return code;
            if (pieces.Length == 1 && code.Length == 3 && (end >= text.Length || !char.IsAsciiLetter(text[end])))
                basic ??= code;
        }
        return basic switch
        {
            null => null,
            "550" or "551" or "553" => "5.1.1",
            "552" => "5.2.2",
            _ => basic[0] + ".0.0",
        };
    }
}
