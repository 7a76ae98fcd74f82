using ChannelHub.Adapters;
using ChannelHub.Mail.Imap;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Smtp;

namespace ChannelHub.Email;

/// <summary>One mailbox that mail is pushed for.</summary>
internal class EmailChannel(EmailSettings settings, ChannelEnvironment environment) : IWebhookReceiver, IMessageSender, IMediaInInput
{
    private readonly Unsubscribing unsubscribing = new(new MailTokens(environment.SigningKey), environment.HookUrl);
    private readonly MailEvents events = new(settings, new MailTokens(environment.SigningKey));
    private readonly MailSending sending = new(settings, environment);

    protected MailServers Servers { get; } = new(settings, environment);

    public bool Verify(WebhookRequest request) => unsubscribing.IsPress(request)
        || (request.Method == "POST" && Signatures.IsBearer(settings.InboundToken, request.Header("Authorization")));

    public Received Parse(AuthenticInput input) =>
        unsubscribing.Read(input) is { } left ? new Received(new Entry.Understood(left)) : events.Parse(input);

    public MediaResult OpenMedia(AuthenticInput input, string reference) => MailParts.Open(MailItem.Of(input), reference);

    public async ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        (OutgoingMail? mail, SendResult? refused) = await sending.ComposeAsync(message, environment.Clock.GetUtcNow(), cancellation);
        if (mail is null)
            return refused!;
        if (MailComposer.Compose(mail) is not ComposeResult.Composed composed)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "this cannot stand in a mail"));
        (SmtpClient? client, Fault? fault) = await Servers.SmtpAsync(cancellation);
        if (client is null)
            return new SendResult.Deferred(fault!);
        await using (client)
        {
            // Its signature comes back in the reports of servers that know how.
            var envelope = new SmtpEnvelope(mail.From, mail.To) { EnvelopeId = mail.MessageId.Split('@')[0], ReportSuccess = false };
            SmtpOutcome outcome = await client.SendAsync(envelope, composed.Bytes, cancellation);
            if (outcome is SmtpOutcome.Accepted)
                await GoodbyeAsync(client);
            return MailSending.ResultOf(outcome, mail.MessageId);
        }
    }

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        var found = new List<string>();
        if (!string.IsNullOrEmpty(settings.Smtp?.Host))
        {
            (SmtpClient? smtp, Fault? fault) = await Servers.SmtpAsync(cancellation);
            if (smtp is null)
                return new ProbeResult(false, "SMTP: " + fault!.Detail, fault);
            await using (smtp)
                await GoodbyeAsync(smtp);
            found.Add("SMTP accepts the login");
        }
        if (!string.IsNullOrEmpty(settings.Imap?.Host))
        {
            (ImapClient? imap, Fault? fault) = await Servers.ImapAsync(cancellation);
            if (imap is null)
                return new ProbeResult(false, "IMAP: " + fault!.Detail, fault);
            await using (imap)
                found.Add(await FolderAsync(imap, cancellation));
        }
        return new ProbeResult(true, found.Count == 0 ? "mail is pushed to this channel; nothing to ask" : string.Join("; ", found));
    }

    private async Task<string> FolderAsync(ImapClient imap, CancellationToken cancellation)
    {
        try
        {
            return await imap.SelectAsync(settings.Imap!.Folder, readOnly: true, cancellation) is { } folder
                ? $"{settings.Imap.Folder} holds {folder.Exists} mails"
                : $"IMAP accepts the login, but has no folder {settings.Imap.Folder}";
        }
        catch (Mail.MailConnectionException)
        {
            return "IMAP accepts the login";
        }
    }

    private static async Task GoodbyeAsync(SmtpClient client)
    {
        // The mail is with the server; whoever cancels now cancels nothing but this.
        await client.QuitAsync(CancellationToken.None);
    }
}
