using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using ChannelHub.Adapters;
using ChannelHub.Mail;
using ChannelHub.Mail.Imap;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Smtp;

namespace ChannelHub.Email;

/// <summary>Connections to the mailbox's servers, made safe and logged in.</summary>
internal sealed class MailServers(EmailSettings settings, ChannelEnvironment environment)
{
    // A server that takes the connection and says nothing more must not hold what waits for it.
    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(20);

    private readonly AccessTokens? tokens = settings.Oauth is { } oauth && string.IsNullOrEmpty(settings.Password) ? new(oauth, environment) : null;

    /// <summary>The client, or why there is none.</summary>
    public async Task<(SmtpClient? Client, Fault? Fault)> SmtpAsync(CancellationToken cancellation)
    {
        EmailSmtp server = settings.Smtp!;
        int port = server.Port ?? (server.Security == MailSecurity.StartTls ? 587 : 465);
        (Stream? stream, Fault? fault) = await ConnectAsync(server.Host, port, server.Security, cancellation);
        if (stream is null)
            return (null, fault);
        string domain = MailAddress.Parse(settings.Address ?? "") is { } own ? MailAddress.AsciiDomain(own.Domain) : "localhost";
        var client = new SmtpClient(stream, IsSafe(server.Host, server.Security), new SmtpOptions { HostName = domain, Clock = environment.Clock });
        try
        {
            SmtpReply reply = await client.GreetAsync(cancellation);
            if (reply.IsPositive && server.Security == MailSecurity.StartTls)
                reply = await client.StartTlsAsync(Secure(server.Host), cancellation);
            if (!reply.IsPositive)
                return await EndAsync(client, Later(reply.Text));
            (MailCredentials? credentials, Fault? noToken) = await CredentialsAsync(server.Username, cancellation);
            if (noToken is not null)
                return await EndAsync(client, noToken);
            SmtpReply login = credentials is null ? reply : await client.AuthenticateAsync(credentials, cancellation);
            if (login.IsPositive)
                return (client, null);
            tokens?.Forget();
            return await EndAsync(client, login.Code is >= 400 and < 500 ? Later(login.Text) : Refused(login.Text));
        }
        catch (Exception failure)
        {
            await client.DisposeAsync();
            if (FaultOf(failure) is not { } told)
                throw;
            return (null, told);
        }

        static async Task<(SmtpClient?, Fault?)> EndAsync(SmtpClient client, Fault fault)
        {
            await client.DisposeAsync();
            return (null, fault);
        }
    }

    /// <summary>The client, or why there is none.</summary>
    public async Task<(ImapClient? Client, Fault? Fault)> ImapAsync(CancellationToken cancellation)
    {
        EmailImap server = settings.Imap!;
        int port = server.Port ?? (server.Security == MailSecurity.StartTls ? 143 : 993);
        (Stream? stream, Fault? fault) = await ConnectAsync(server.Host, port, server.Security, cancellation);
        if (stream is null)
            return (null, fault);
        var client = new ImapClient(stream, IsSafe(server.Host, server.Security), new ImapOptions { Clock = environment.Clock });
        try
        {
            ImapReply reply = await client.GreetAsync(cancellation);
            if (reply.IsOk && server.Security == MailSecurity.StartTls)
                reply = await client.StartTlsAsync(Secure(server.Host), cancellation);
            if (!reply.IsOk)
                return await EndAsync(client, Later(reply.Text));
            (MailCredentials? credentials, Fault? noToken) = await CredentialsAsync(server.Username, cancellation);
            if (credentials is null)
                return await EndAsync(client, noToken ?? Refused("there is neither password nor oauth"));
            ImapReply login = await client.AuthenticateAsync(credentials, cancellation);
            if (login.IsOk)
                return (client, null);
            tokens?.Forget();
            bool passes = login.Code.ToUpperInvariant() is "UNAVAILABLE" or "INUSE" or "LIMIT" or "SERVERBUG";
            return await EndAsync(client, passes ? Later(login.Text) : Refused(login.Text));
        }
        catch (Exception failure)
        {
            await client.DisposeAsync();
            if (FaultOf(failure) is not { } told)
                throw;
            return (null, told);
        }

        static async Task<(ImapClient?, Fault?)> EndAsync(ImapClient client, Fault fault)
        {
            await client.DisposeAsync();
            return (null, fault);
        }
    }

    private async Task<(Stream? Stream, Fault? Fault)> ConnectAsync(string host, int port, MailSecurity security, CancellationToken cancellation)
    {
        Stream? stream = null;
        try
        {
            stream = await environment.Dial(host, port, cancellation);
            return (security == MailSecurity.Tls ? await Secure(host)(stream, cancellation) : stream, null);
        }
        catch (Exception failure)
        {
            if (stream is not null)
                await stream.DisposeAsync();
            if (FaultOf(failure) is not { } told)
                throw;
            return (null, told);
        }
    }

    private async Task<(MailCredentials? Credentials, Fault? Fault)> CredentialsAsync(string? username, CancellationToken cancellation)
    {
        string user = string.IsNullOrEmpty(username) ? settings.Address ?? "" : username;
        if (tokens is null)
            return (string.IsNullOrEmpty(settings.Password) ? null : new MailCredentials.Password(user, settings.Password), null);
        (string? token, Fault? fault) = await tokens.GetAsync(cancellation);
        return (token is null ? null : new MailCredentials.Token(user, token), fault);
    }

    // The certificate must be of that name and of an authority this machine trusts; there is no way round.
    private SecureAsync Secure(string host) => async (plain, cancellation) =>
    {
        var secured = new SslStream(plain, leaveInnerStreamOpen: false);
        using var patience = new CancellationTokenSource(HandshakePatience, environment.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, either.Token);
            return secured;
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            await secured.DisposeAsync();
            throw new MailConnectionException("the server takes the connection and does not begin TLS", late);
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    };

    private static bool IsSafe(string host, MailSecurity security) => security switch
    {
        MailSecurity.Tls => true,
        MailSecurity.StartTls => false,
        _ => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address)),
    };

    private static Fault? FaultOf(Exception failure) => failure switch
    {
        AuthenticationException => Later("no secure connection: the server's certificate is not trusted, or not of that name"),
        MailConnectionException lost => Later(lost.Message),
        IOException => Later("the server cannot be reached"),
        _ => null,
    };

    private static Fault Later(string words) => new(FaultKind.ProviderDown, Words(words)) { WholeChannel = true };

    private static Fault Refused(string words) => new(FaultKind.NotAuthorized, Words(words)) { WholeChannel = true };

    public static string Words(string words)
    {
        string told = CleanText.Clean(CleanText.Truncate(words.ReplaceLineEndings(" "), 400));
        return told.Length > 0 ? told : "the server gave no reason";
    }
}
