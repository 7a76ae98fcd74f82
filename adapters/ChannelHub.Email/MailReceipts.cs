using System.Globalization;
using ChannelHub.Adapters;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;

namespace ChannelHub.Email;

/// <summary>
/// Mail that speaks of mail: bounces, complaints, read receipts. Anybody can write one, so it counts only when it names a mail of ours by its signature. Pure.
/// </summary>
internal static class MailReceipts
{
    private const int LongestDetail = 400;

    /// <summary>What a report tells; null if the mail is none.</summary>
    public static IReadOnlyList<ChannelEvent>? Read(MimeMessage mail, string id, MailTokens tokens)
    {
        if (MailReports.Complaint(mail) is { } complaint)
            return [Complained(complaint, id, tokens)];
        if (MailReports.Delivery(mail) is { } delivery)
            return Delivered(delivery, id, tokens);
        return MailReports.Read(mail) is { } read ? [Seen(read, id, tokens)] : null;
    }

    private static ChannelEvent Complained(Complaint complaint, string id, MailTokens tokens)
    {
        if (complaint.FeedbackType is "not-spam" or "virus")
            return new Ignored(id, $"a report of the kind {Clean(complaint.FeedbackType)}");
        // Only who got the mail has its whole id, and the id says to whom it went.
        string? who = complaint.OriginalMessageId is { } original
            ? complaint.Recipients.FirstOrDefault(address => MailAddress.Parse(address) is { } to && tokens.WentTo(original, to.Canonical))
            : null;
        return who is null
            ? new Ignored(id, "a complaint that names no mail of this hub together with its recipient")
            : new SubscriptionChanged("complaint:" + id, new Sender(new Key(KeyKinds.Email, who)) { Assurance = Assurance.Claimed }, OptedOut: true);
    }

    private static List<ChannelEvent> Delivered(DeliveryReport report, string id, MailTokens tokens)
    {
        string? unit = UnitOf(tokens, report.OriginalMessageId) ?? UnitOf(tokens, report.OriginalEnvelopeId);
        if (unit is null)
            return [new Ignored(id, "a delivery report about a mail that this hub did not send")];
        var events = new List<ChannelEvent>();
        foreach ((int index, DeliveryRecipient recipient) in report.Recipients.Take(1).Index())
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"report:{id}:{index}");
            events.Add(recipient.Action switch
            {
                DeliveryAction.Failed => new DeliveryReported(key, new ExternalId(unit), DeliveryState.Failed) { Fault = FaultOf(recipient) },
                DeliveryAction.Delivered => new DeliveryReported(key, new ExternalId(unit), DeliveryState.Delivered),
                DeliveryAction.Delayed => new Ignored(key, "delayed on its way; the server keeps trying"),
                _ => new DeliveryReported(key, new ExternalId(unit), DeliveryState.Sent),
            });
        }
        return events;
    }

    private static ChannelEvent Seen(ReadReport read, string id, MailTokens tokens) =>
        UnitOf(tokens, read.OriginalMessageId) is not { } unit ? new Ignored(id, "a read receipt for a mail that this hub did not send")
        : read.Disposition == "displayed" ? new DeliveryReported("read:" + id, new ExternalId(unit), DeliveryState.Read)
        : new Ignored(id, $"a receipt that says {Clean(read.Disposition)}");

    private static Fault FaultOf(DeliveryRecipient recipient)
    {
        FaultKind kind = recipient.IsUnknownRecipient ? FaultKind.UnknownRecipient
            : recipient.Status is { } status && (status.StartsWith("5.7.", StringComparison.Ordinal) || status is "5.3.4" or "5.2.3") ? FaultKind.ContentRefused
            : FaultKind.ProviderDown;
        return new Fault(kind, Clean($"{recipient.Status} {recipient.Diagnostic}".Trim() is { Length: > 0 } words ? words : "the mail came back"));
    }

    private static string? UnitOf(MailTokens tokens, string? token) => token is null ? null : tokens.UnitOf(token);

    private static string Clean(string words) => CleanText.Clean(CleanText.Truncate(words, LongestDetail));
}
