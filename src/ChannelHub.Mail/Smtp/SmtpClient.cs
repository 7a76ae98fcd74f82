using System.Globalization;
using System.Text;
using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Smtp;

/// <summary>
/// Submits messages over a stream that is handed in. One message at a time; not for several threads. Refusals are answers; a connection
/// that breaks before anything is at stake is a <see cref="MailConnectionException"/>.
/// </summary>
public sealed class SmtpClient : IAsyncDisposable
{
    private readonly SmtpOptions options;
    private readonly SmtpWire wire;
    private readonly Dictionary<string, string> extensions = new(StringComparer.OrdinalIgnoreCase);
    private bool isSecure;

    /// <summary>Takes over the stream. <paramref name="isSecure"/> says that it is TLS already: without it no credentials are sent.</summary>
    public SmtpClient(Stream stream, bool isSecure, SmtpOptions? options = null)
    {
        this.options = options ?? new SmtpOptions();
        this.isSecure = isSecure;
        wire = new SmtpWire(stream, this.options);
    }

    /// <summary>Whether the server offers that extension.</summary>
    public bool Has(string extension) => extensions.ContainsKey(extension);

    /// <summary>Reads the greeting and introduces us; to be called first.</summary>
    public async Task<SmtpReply> GreetAsync(CancellationToken cancellation)
    {
        SmtpReply greeting = await wire.ReplyAsync(null, cancellation);
        return greeting.Code == 220 ? await HelloAsync(cancellation) : greeting;
    }

    /// <summary>Begins TLS. What the server said before is forgotten; bytes that came together with its answer end the connection.</summary>
    public async Task<SmtpReply> StartTlsAsync(SecureAsync secure, CancellationToken cancellation)
    {
        if (!Has("STARTTLS"))
            return new SmtpReply(0, null, "the server does not offer STARTTLS");
        SmtpReply reply = await wire.CommandAsync("STARTTLS", cancellation);
        if (reply.Code != 220)
            return reply;
        if (wire.HasUnread)
            throw new MailConnectionException("answers were slipped in before TLS began");
        wire.Replace(await secure(wire.Inner, cancellation));
        isSecure = true;
        return await HelloAsync(cancellation);
    }

    /// <summary>Logs in. Sends nothing secret over a connection that is not safe.</summary>
    public async Task<SmtpReply> AuthenticateAsync(MailCredentials credentials, CancellationToken cancellation)
    {
        if (!isSecure)
            return new SmtpReply(0, null, "the connection is not safe");
        string[] offered = extensions.GetValueOrDefault("AUTH", "").ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return credentials switch
        {
            MailCredentials.Token token => await TokenAsync(token, cancellation),
            MailCredentials.Password password when offered.Contains("PLAIN") => await wire.CommandAsync("AUTH PLAIN " + Sasl.Plain(password), cancellation),
            MailCredentials.Password password when offered.Contains("LOGIN") => await LoginAsync(password, cancellation),
            _ => new SmtpReply(0, null, "the server offers no way to log in with a password"),
        };
    }

    /// <summary>
    /// Sends a message. Never throws for what the network does: a connection lost before the end means that nobody has it, one lost after
    /// the end that somebody may.
    /// </summary>
    public async Task<SmtpOutcome> SendAsync(SmtpEnvelope envelope, ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        bool needsUtf8 = envelope.To.Any(a => a.NeedsUtf8) || envelope.From?.NeedsUtf8 == true;
        if (Objection(envelope, message, needsUtf8) is { } objection)
            return new SmtpOutcome.Rejected(objection);
        try
        {
            SmtpReply sender = await wire.CommandAsync(MailFrom(envelope, message, needsUtf8), cancellation);
            if (!sender.IsPositive)
                return await RefusedAsync(sender, cancellation);
            List<(string Address, SmtpReply Reply)> refused = [];
            foreach (MailAddress address in envelope.To)
            {
                SmtpReply recipient = await wire.CommandAsync(RcptTo(envelope, address), cancellation);
                if (!recipient.IsPositive)
                    refused.Add((address.Address, recipient));
            }
            if (refused.Count == envelope.To.Count)
                return await RefusedAsync(refused[^1].Reply, cancellation);
            SmtpReply data = await wire.CommandAsync("DATA", cancellation);
            if (data.Code != 354)
                return await RefusedAsync(data, cancellation);
            await wire.BodyAsync(message, cancellation);
            return await FinishAsync(refused, cancellation);
        }
        catch (MailConnectionException lost)
        {
            return new SmtpOutcome.Deferred(new SmtpReply(0, null, lost.Message));
        }
    }

    /// <summary>Says goodbye; a server that is gone already is fine.</summary>
    public async Task QuitAsync(CancellationToken cancellation)
    {
        try
        {
            await wire.CommandAsync("QUIT", cancellation);
        }
        catch (MailConnectionException)
        {
            // The message was answered before; nothing depends on this.
        }
    }

    /// <summary>Closes the stream.</summary>
    public ValueTask DisposeAsync() => wire.Inner.DisposeAsync();

    /// <summary>From the dot on nothing but the server's answer tells what happened, whatever ends the waiting.</summary>
    private async Task<SmtpOutcome> FinishAsync(List<(string Address, SmtpReply Reply)> refused, CancellationToken cancellation)
    {
        SmtpReply reply;
        try
        {
            await wire.FinalDotAsync(cancellation);
            reply = await wire.ReplyAsync(options.FinalPatience, cancellation);
        }
        catch (Exception error) when (error is MailConnectionException or OperationCanceledException)
        {
            return new SmtpOutcome.Unconfirmed(error is MailConnectionException ? error.Message : "cancelled while the server had not answered");
        }
        return reply.IsPositive ? new SmtpOutcome.Accepted(reply, refused)
            : reply.IsPermanent ? new SmtpOutcome.Rejected(reply)
            : new SmtpOutcome.Deferred(reply);
    }

    private async Task<SmtpOutcome> RefusedAsync(SmtpReply reply, CancellationToken cancellation)
    {
        try
        {
            await wire.CommandAsync("RSET", cancellation);
        }
        catch (MailConnectionException)
        {
            // The refusal stands, even when the server hangs up on it.
        }
        return reply.IsPermanent ? new SmtpOutcome.Rejected(reply) : new SmtpOutcome.Deferred(reply);
    }

    private SmtpReply? Objection(SmtpEnvelope envelope, ReadOnlyMemory<byte> message, bool needsUtf8)
    {
        if (envelope.To.Count == 0 || !envelope.To.All(MailComposer.IsSound) || (envelope.From is { } from && !MailComposer.IsSound(from)))
            return new SmtpReply(0, "5.1.3", "an address is none");
        if (envelope.EnvelopeId is { } id && (id.Length > 100 || !HeaderWriter.IsPlain(id) || id.Contains(' ')))
            return new SmtpReply(0, "5.5.4", "the envelope id holds what it cannot");
        if (needsUtf8 && !Has("SMTPUTF8"))
            return new SmtpReply(0, "5.6.7", "the server takes no addresses beyond ASCII");
        if (!Ascii.IsValid(message.Span) && !Has("8BITMIME"))
            return new SmtpReply(0, "5.6.3", "the server takes no bytes beyond ASCII");
        bool limited = long.TryParse(extensions.GetValueOrDefault("SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out long most) && most > 0;
        return limited && message.Length > most ? new SmtpReply(552, "5.3.4", "the message is larger than the server takes") : null;
    }

    private string MailFrom(SmtpEnvelope envelope, ReadOnlyMemory<byte> message, bool needsUtf8)
    {
        StringBuilder command = new("MAIL FROM:<");
        command.Append(envelope.From is { } from ? HeaderWriter.Wire(from) : "").Append('>');
        if (Has("SIZE"))
            command.Append(CultureInfo.InvariantCulture, $" SIZE={message.Length}");
        if (!Ascii.IsValid(message.Span))
            command.Append(" BODY=8BITMIME");
        if (needsUtf8)
            command.Append(" SMTPUTF8");
        if (Has("DSN") && envelope.EnvelopeId is { } id)
            command.Append(" RET=HDRS ENVID=").Append(id.Replace("+", "+2B", StringComparison.Ordinal).Replace("=", "+3D", StringComparison.Ordinal));
        return command.ToString();
    }

    private string RcptTo(SmtpEnvelope envelope, MailAddress address)
    {
        string notify = !Has("DSN") ? "" : envelope.From is null ? " NOTIFY=NEVER" : envelope.ReportSuccess ? " NOTIFY=SUCCESS,FAILURE,DELAY" : " NOTIFY=FAILURE,DELAY";
        return "RCPT TO:<" + HeaderWriter.Wire(address) + ">" + notify;
    }

    private async Task<SmtpReply> HelloAsync(CancellationToken cancellation)
    {
        extensions.Clear();
        SmtpReply hello = await wire.CommandAsync("EHLO " + options.HostName, cancellation);
        if (!hello.IsPositive)
            return hello.Code is 500 or 502 ? await wire.CommandAsync("HELO " + options.HostName, cancellation) : hello;
        foreach (string line in hello.Text.Split('\n').Skip(1))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            extensions.TryAdd(space < 0 ? line.Trim() : line[..space], space < 0 ? "" : line[(space + 1)..].Trim());
        }
        return hello;
    }

    private async Task<SmtpReply> LoginAsync(MailCredentials.Password password, CancellationToken cancellation)
    {
        SmtpReply user = await wire.CommandAsync("AUTH LOGIN", cancellation);
        if (user.Code != 334)
            return user;
        SmtpReply secret = await wire.CommandAsync(Sasl.Base64(password.User), cancellation);
        return secret.Code == 334 ? await wire.CommandAsync(Sasl.Base64(password.Secret), cancellation) : secret;
    }

    private async Task<SmtpReply> TokenAsync(MailCredentials.Token token, CancellationToken cancellation)
    {
        SmtpReply reply = await wire.CommandAsync("AUTH XOAUTH2 " + Sasl.XOAuth2(token), cancellation);
        // The error comes as a challenge, which an empty line answers.
        return reply.Code == 334 ? await wire.CommandAsync("", cancellation) : reply;
    }
}
