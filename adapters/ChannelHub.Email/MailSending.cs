using ChannelHub.Adapters;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Smtp;

namespace ChannelHub.Email;

/// <summary>Composes one unit and says what its sending came to.</summary>
internal sealed class MailSending(EmailSettings settings, ChannelEnvironment environment)
{
    private const int LongestLocal = 64;

    // Re: again and again is what makes threads look broken; other languages have their own.
    private static readonly string[] AnswerMarks = ["Re:", "AW:", "Odp:", "RE[", "SV:", "Antw:", "Отв:"];

    private readonly MailTokens tokens = new(environment.SigningKey);
    private readonly Unsubscribing unsubscribing = new(new MailTokens(environment.SigningKey), environment.HookUrl);
    private readonly LoopGuard loops = new(environment.Clock);

    private string? Name => string.IsNullOrWhiteSpace(settings.DisplayName) ? null : settings.DisplayName;

    /// <summary>The mail, or why there can be none.</summary>
    public async ValueTask<(OutgoingMail? Mail, SendResult? Refused)> ComposeAsync(
        OutboundMessage message, DateTimeOffset now, CancellationToken cancellation)
    {
        if (MailAddress.Parse(settings.Address ?? "") is not { } own)
            return (null, Refuse(FaultKind.NotAuthorized, "the channel's own address is none"));
        if (message.To.Kind != KeyKinds.Email || MailAddress.Parse(message.To.Value) is not { IsDeliverable: true } to)
            return (null, Refuse(FaultKind.UnknownRecipient, "not an address that mail can be sent to"));
        (string? text, string? html, OutgoingFile? file) = message.Part switch
        {
            TextPart words => (words.FullText ?? words.Text, words.Html, (OutgoingFile?)null),
            MediaPart media when message.Media is { } bytes => (media.Caption ?? "", null, await FileAsync(bytes, cancellation)),
            _ => (null, null, null),
        };
        if (text is null)
            return (null, Refuse(FaultKind.ContentRefused, $"mail has no way to send {message.Part.GetType().Name}"));
        MailThread? thread = MailThread.Read(message.Address);
        if (message.AuthorKind == "bot" && WhyNot(thread, to, message.Key) is { } reason)
            return (null, Refuse(FaultKind.ContentRefused, reason));
        string? answered = MailIds.MessageIdOf(message.ReplyTo) ?? thread?.AnswerTo;
        return (new OutgoingMail
        {
            From = own with { DisplayName = Name },
            To = [to with { DisplayName = null }],
            ReplyTo = AnswersTo(own, message.Key),
            MessageId = tokens.MessageId(message.Key, to.Canonical, own.Domain),
            Date = now,
            Subject = SubjectOf(thread),
            Text = Referring(text, message.Key),
            Html = html,
            Files = file is null ? [] : [file],
            InReplyTo = answered,
            References = Chain(thread, answered),
            AutoSubmitted = message.AuthorKind is "bot" or "system" ? "auto-generated" : null,
            // A program writes to many; whoever does not want that is let go by one press.
            ListUnsubscribe = message.AuthorKind == "bot" ? unsubscribing.Ways(own, message.Key, to) : [],
        }, null);
    }

    public static SendResult ResultOf(SmtpOutcome outcome, string messageId) => outcome switch
    {
        SmtpOutcome.Accepted => new SendResult.Sent(new ExternalId(messageId)),
        SmtpOutcome.Unconfirmed unconfirmed => new SendResult.Unconfirmed(MailServers.Words(unconfirmed.Reason)),
        SmtpOutcome.Rejected rejected => Refused(rejected.Reply),
        SmtpOutcome.Deferred deferred => Refused(deferred.Reply),
        _ => new SendResult.Unconfirmed("an outcome that nobody knows"),
    };

    private static SendResult Refused(SmtpReply reply)
    {
        string words = MailServers.Words(reply.Code > 0 ? $"{reply.Code} {reply.Text}" : reply.Text);
        return reply.Meaning switch
        {
            SmtpMeaning.NotAuthorized => new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, words) { WholeChannel = true }),
            SmtpMeaning.TooMuch => new SendResult.Deferred(new Fault(FaultKind.RateLimited, words) { WholeChannel = true }, TimeSpan.FromHours(1)),
            SmtpMeaning.UnknownRecipient => new SendResult.Rejected(new Fault(FaultKind.UnknownRecipient, words)),
            SmtpMeaning.TooLarge or SmtpMeaning.Refused => new SendResult.Rejected(new Fault(FaultKind.ContentRefused, words)),
            // Greylisting: the first try again before some minutes is wasted.
            _ when reply.Code is 450 or 451 => new SendResult.Deferred(new Fault(FaultKind.ProviderDown, words), TimeSpan.FromMinutes(5)),
            _ => new SendResult.Deferred(new Fault(FaultKind.ProviderDown, words) { WholeChannel = reply.Code is 0 or 421 }),
        };
    }

    /// <summary>Why no program may write there now (RFC 3834); null if it may.</summary>
    private string? WhyNot(MailThread? thread, MailAddress to, string unit) =>
        thread?.Silent is true ? "a program wrote the customer's newest mail, or it asks for no automatic answer"
        : loops.Allows(to.Canonical, unit) ? null
        : $"programs wrote {LoopGuard.MostAnHour} mails to this address within an hour; this looks like two programs that answer each other";

    // Where answers cannot come back to an address of their own, the words bring the token back too.
    private string Referring(string text, string unit) => settings.PlusAddressing ? text : $"{text}\n\n[{tokens.For(unit)}]";

    private string SubjectOf(MailThread? thread)
    {
        string subject = thread?.Subject is { Length: > 0 } known ? known : "";
        if (subject.Length > 0)
            return IsAnswer(subject) ? subject : "Re: " + subject;
        return settings.Subject is { Length: > 0 } own ? own : settings.DisplayName is { Length: > 0 } name ? name : settings.Address ?? "";
    }

    private static bool IsAnswer(string subject) => AnswerMarks.Any(mark => subject.StartsWith(mark, StringComparison.OrdinalIgnoreCase));

    private MailAddress? AnswersTo(MailAddress own, string unit)
    {
        string local = $"{own.Local}+{tokens.For(unit)}";
        return settings.PlusAddressing && local.Length <= LongestLocal ? own with { Local = local, DisplayName = Name } : null;
    }

    private static IReadOnlyList<string> Chain(MailThread? thread, string? answered)
    {
        IEnumerable<string> known = thread is null ? [] : thread.Before.Concat(thread.AnswerTo is { } last ? [last] : []);
        return [.. known.Where(id => id != answered).Concat(answered is null ? [] : [answered])];
    }

    private static async ValueTask<OutgoingFile> FileAsync(OutboundMedia media, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await using Stream content = await media.OpenAsync(cancellation);
        await content.CopyToAsync(bytes, cancellation);
        return new OutgoingFile(media.FileName, media.ContentType, bytes.ToArray());
    }

    private static SendResult.Rejected Refuse(FaultKind kind, string words) => new(new Fault(kind, words));
}
