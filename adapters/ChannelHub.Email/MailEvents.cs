using ChannelHub.Adapters;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;

namespace ChannelHub.Email;

/// <summary>Makes events of mail. Pure and total.</summary>
internal sealed class MailEvents(EmailSettings settings, MailTokens tokens)
{
    private const int MostRecipients = 100;
    private const int MostReferences = 50;
    private const int LongestSubject = 1_000;
    private const int LongestFact = 400;
    private const int LongestId = 256;
    private const MailDefects Hostile = MailDefects.TooManyHeaders | MailDefects.HeaderTooLong | MailDefects.TooDeep | MailDefects.TooManyParts;

    private readonly Unsubscribing unsubscribing = new(tokens, hook: null);
    private readonly OwnServers servers = new(settings.TrustedAuthservIds, []);
    private readonly MailAddress? own = settings.Address is { Length: > 0 } address ? MailAddress.Parse(address) : null;

    public Received Parse(AuthenticInput input)
    {
        MailItem item = MailItem.Of(input);
        MimeMessage mail = MimeParser.Parse(item.Raw);
        if ((mail.Defects & Hostile) != MailDefects.None)
            return new Received(new Entry.Unreadable(item.Raw, $"a mail built to do harm: {mail.Defects & Hostile}"));
        if (mail.Headers.Value("From") is null && mail.Headers.Value("Subject") is null && mail.MessageId is null)
            return new Received(new Entry.Unreadable(item.Raw, "this is no mail: it has neither sender, subject nor id"));
        ExternalId id = MailIds.Of(mail);
        IReadOnlyList<ChannelEvent> events = (Ours(mail, id) ?? unsubscribing.Read(mail)) is { } told ? [told] : MailReceipts.Read(mail, id.Value, tokens) ?? [];
        if (events.Count > 0)
            return new Received([.. events.Select(one => new Entry.Understood(one with { At = ArrivedAt(mail, item) }))]);
        return new Received(mail.From is [{ IsDeliverable: true } from, ..]
            ? new Entry.Understood(Message(mail, item, id, from))
            : new Entry.Unreadable(item.Raw, "From names no address that could be answered"));
    }

    /// <summary>What this hub or this mailbox sent itself, come back.</summary>
    private ChannelEvent? Ours(MimeMessage mail, ExternalId id)
    {
        if (mail.MessageId is { } messageId && tokens.UnitOf(messageId) is { } unit)
            return new DeliveryReported("echo:" + unit, new ExternalId(unit), DeliveryState.Sent) { ProviderId = new ExternalId(messageId) };
        if (mail.Headers.All("Received").Count() > MailAutomation.MostHops)
            return new Ignored(id.Value, "it has passed so many servers that it must be going in circles");
        return own is not null && mail.From is [{ } from, ..] && from.Canonical == own.Canonical
            ? new Ignored(id.Value, "written from this very mailbox")
            : null;
    }

    private MessageReceived Message(MimeMessage mail, MailItem item, ExternalId id, MailAddress from)
    {
        SenderVerdict verdict = SenderVerdict.Of(mail, servers);
        var metadata = new Dictionary<string, string> { ["sender_evidence"] = verdict.Evidence };
        Flag(mail, from, metadata);
        string? unit = UnitAnswered(mail);
        IReadOnlyList<Part> parts;
        if (item.WholeSize is { } size)
        {
            parts = MailParts.Stub(mail, size);
        }
        else
        {
            MailContent content = MailContent.Of(mail);
            if (content.Protection != MailProtection.None)
                metadata["protection"] = content.Protection.ToString();
            if (content.HasTnef)
                metadata["winmail_dat"] = "true";
            if (content.Calendar is not null)
                metadata["invitation"] = "true";
            parts = MailParts.Of(content, metadata);
            unit ??= tokens.FindIn(content.Text);
        }
        return new MessageReceived(id, MailSenders.Of(from, verdict, MailThread.Of(mail)), parts)
        {
            At = ArrivedAt(mail, item),
            Subject = mail.Subject.Length == 0 ? null : Clean(mail.Subject, LongestSubject),
            Recipients = [.. mail.To.Select(to => Recipient("to", to)).Concat(mail.Cc.Select(cc => Recipient("cc", cc))).Take(MostRecipients)],
            ThreadOf = unit is null ? null : new ExternalId(unit),
            ReplyTo = Answered(mail),
            Metadata = metadata,
        };
    }

    /// <summary>Tells agents what they should know before they answer.</summary>
    private static void Flag(MimeMessage mail, MailAddress from, Dictionary<string, string> metadata)
    {
        MailAutomation automation = MailAutomation.Of(mail);
        if (automation.Kind != AutomationKind.None)
            metadata["automatic"] = automation.Kind.ToString();
        if (!automation.MayBeAnswered)
            metadata["no_automatic_answer"] = Clean(automation.Evidence, LongestFact);
        if (mail.ReplyTo is [{ } wish, ..] && wish.Canonical != from.Canonical)
            metadata["differing_reply_to"] = Clean(wish.Address, LongestFact);
        if (mail.From.Count > 1 || mail.From.IsDamaged)
            metadata["odd_from"] = Clean(mail.Headers.Text("From") ?? "", LongestFact);
    }

    /// <summary>The unit of ours that its headers say it answers, by a signature of ours; the surest place first.</summary>
    private string? UnitAnswered(MimeMessage mail)
    {
        foreach (string header in (ReadOnlySpan<string>)["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc"])
        {
            IEnumerable<MailAddress> addresses = mail.Headers.All(header).Take(10).SelectMany(field => AddressList.Parse(field.Value));
            foreach (MailAddress address in addresses.Take(MostRecipients))
            {
                int plus = address.Local.IndexOf('+', StringComparison.Ordinal);
                if (plus >= 0 && tokens.UnitOf(address.Local[(plus + 1)..]) is { } unit)
                    return unit;
            }
        }
        IEnumerable<string> ids = mail.InReplyTo.Reverse().Concat(mail.References.Reverse());
        return ids.Take(MostReferences).Select(tokens.UnitOf).FirstOrDefault(unit => unit is not null);
    }

    /// <summary>By the mailbox's own server; the sender's Date is only a claim.</summary>
    private static DateTimeOffset? ArrivedAt(MimeMessage mail, MailItem item)
    {
        if (item.ArrivedAt is { } told)
            return told.ToUniversalTime();
        string? hop = mail.Headers.Value("Received");
        DateTimeOffset? time = hop?.LastIndexOf(';') is > 0 and int mark ? MailDate.Parse(hop[(mark + 1)..]) : null;
        return time is { UtcDateTime.Year: >= 1980 } known ? known.ToUniversalTime() : null;
    }

    private static ExternalId? Answered(MimeMessage mail)
    {
        string? id = mail.InReplyTo is [.., { } parent] ? parent : mail.References is [.., { } last] ? last : null;
        return id is { Length: <= LongestId } ? new ExternalId(Clean(id, LongestId)) : null;
    }

    private static MessageRecipient Recipient(string kind, MailAddress address) =>
        new(kind, Clean(address.Address, LongestFact), address.DisplayName is { Length: > 0 } name ? Clean(name, LongestFact) : null);

    private static string Clean(string text, int most) => CleanText.Clean(CleanText.Truncate(text, most));
}
