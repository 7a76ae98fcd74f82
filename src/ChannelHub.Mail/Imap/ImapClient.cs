namespace ChannelHub.Mail.Imap;

/// <summary>
/// Reads a mailbox over a stream that is handed in. One command at a time; not for several threads. Refusals are answers, a broken
/// connection is a <see cref="MailConnectionException"/>. A hostile server can waste time up to the options' patience, and no memory.
/// </summary>
public sealed partial class ImapClient : IAsyncDisposable
{
    private readonly ImapOptions options;
    private readonly ImapWire wire;
    private readonly HashSet<string> capabilities = new(StringComparer.OrdinalIgnoreCase);
    private bool isSecure;
    private bool isOpen;
    private bool hasNews;

    /// <summary>Takes over the stream. <paramref name="isSecure"/> says that it is TLS already: without it no credentials are sent.</summary>
    public ImapClient(Stream stream, bool isSecure, ImapOptions? options = null)
    {
        this.options = options ?? new ImapOptions();
        this.isSecure = isSecure;
        wire = new ImapWire(stream, this.options);
    }

    /// <summary>What the server said beside its answers, such as an alert; for the operator.</summary>
    public string? Alert { get; private set; }

    /// <summary>Whether the server is able to do that.</summary>
    public bool Has(string capability) => capabilities.Contains(capability);

    /// <summary>Reads the greeting; to be called first.</summary>
    public async Task<ImapReply> GreetAsync(CancellationToken cancellation)
    {
        ImapResponse greeting = await wire.ReadAsync(cancellation);
        ImapReply reply = greeting.Reply();
        if (greeting.Tag != "*" || greeting.Word is not ("OK" or "PREAUTH" or "BYE"))
            throw new MailConnectionException("that is no IMAP server");
        // Logged in before TLS means that somebody in between wants TLS never to begin.
        if (greeting.Word == "PREAUTH" && !isSecure)
            throw new MailConnectionException("the server claims to know us before the connection is safe");
        if (greeting.Word == "BYE")
            return reply;
        isOpen = true;
        Learn(reply);
        if (capabilities.Count == 0)
            await AskCapabilitiesAsync(cancellation);
        return reply with { IsOk = true };
    }

    /// <summary>Begins TLS. Whatever came before it in the clear is forgotten; bytes that came together with the answer end the connection.</summary>
    public async Task<ImapReply> StartTlsAsync(SecureAsync secure, CancellationToken cancellation)
    {
        if (!Has("STARTTLS"))
            return new ImapReply(IsOk: false, "", "the server does not offer STARTTLS");
        ImapReply reply = await RunAsync(["STARTTLS"], null, cancellation);
        if (!reply.IsOk)
            return reply;
        if (wire.HasUnread)
            throw new MailConnectionException("answers were slipped in before TLS began");
        wire.Replace(await secure(wire.Inner, cancellation));
        isSecure = true;
        capabilities.Clear();
        Alert = null;
        await AskCapabilitiesAsync(cancellation);
        return reply;
    }

    /// <summary>Logs in by the best way both sides know. Sends nothing secret over a connection that is not safe.</summary>
    public async Task<ImapReply> AuthenticateAsync(MailCredentials credentials, CancellationToken cancellation)
    {
        if (!isSecure)
            return new ImapReply(IsOk: false, "PRIVACYREQUIRED", "the connection is not safe");
        ImapReply reply = credentials switch
        {
            MailCredentials.Token token => await SaslAsync("XOAUTH2", Sasl.XOAuth2(token), cancellation),
            MailCredentials.Password password when Has("AUTH=PLAIN") => await SaslAsync("PLAIN", Sasl.Plain(password), cancellation),
            MailCredentials.Password password when !Has("LOGINDISABLED") =>
                await RunAsync(["LOGIN", ImapArgument.String(password.User), ImapArgument.String(password.Secret)], null, cancellation),
            _ => new ImapReply(IsOk: false, "AUTHENTICATIONFAILED", "the server offers no way to log in with a password"),
        };
        if (reply.IsOk && !reply.Code.StartsWith("CAPABILITY", StringComparison.OrdinalIgnoreCase))
            await AskCapabilitiesAsync(cancellation);
        return reply;
    }

    /// <summary>Says goodbye.</summary>
    public Task<ImapReply> LogoutAsync(CancellationToken cancellation) => RunAsync(["LOGOUT"], null, cancellation);

    /// <summary>Closes the stream.</summary>
    public ValueTask DisposeAsync() => wire.Inner.DisposeAsync();

    private async Task<ImapReply> SaslAsync(string mechanism, string initial, CancellationToken cancellation)
    {
        bool direct = Has("SASL-IR");
        string tag = await wire.SendAsync(direct ? ["AUTHENTICATE", mechanism, initial] : ["AUTHENTICATE", mechanism], cancellation);
        bool sent = direct;
        for (int count = 0; count < 100; count++)
        {
            ImapResponse response = await wire.ReadAsync(cancellation);
            if (response.Tag == tag)
            {
                ImapReply reply = response.Reply();
                Learn(reply);
                return reply;
            }
            if (response.Tag != "+")
                continue;
            // A second challenge is the error of XOAUTH2, and an empty line is what it wants to hear.
            await wire.SendLineAsync(sent ? "" : initial, cancellation);
            sent = true;
        }
        throw new MailConnectionException("the server does not finish logging in");
    }

    private async Task AskCapabilitiesAsync(CancellationToken cancellation)
    {
        capabilities.Clear();
        await RunAsync(["CAPABILITY"], response =>
        {
            if (response.Word == "CAPABILITY")
                Learn(response.Line);
        }, cancellation);
    }

    private async Task<ImapReply> RunAsync(IReadOnlyList<ImapArgument> command, Action<ImapResponse>? onData, CancellationToken cancellation)
    {
        if (!isOpen)
            throw new InvalidOperationException("the greeting has not been read");
        string tag = await wire.SendAsync(command, cancellation);
        for (int count = 0; count < options.Responses; count++)
        {
            ImapResponse response = await wire.ReadAsync(cancellation);
            if (response.Tag == tag)
            {
                ImapReply reply = response.Reply();
                Learn(reply);
                return reply;
            }
            if (response.Tag != "*")
                throw new MailConnectionException("the server answered something else than what was asked");
            if (response.Word == "BYE" && command[0].Text != "LOGOUT")
                throw new MailConnectionException("the server ended the connection: " + response.Reply().Text);
            if (response.Word is "OK" or "NO" && response.Reply() is { Code: "ALERT" } alert)
                Alert = alert.Text;
            hasNews |= response.Line.EndsWith(" EXISTS", StringComparison.OrdinalIgnoreCase);
            onData?.Invoke(response);
        }
        throw new MailConnectionException("the server does not stop talking");
    }

    private void Learn(ImapReply reply)
    {
        if (reply.Code.StartsWith("CAPABILITY ", StringComparison.OrdinalIgnoreCase))
        {
            capabilities.Clear();
            Learn(reply.Code);
        }
    }

    private void Learn(string line)
    {
        foreach (string word in line.Split(' ').Skip(1).Take(500))
            capabilities.Add(word);
        wire.LiteralPlus = Has("LITERAL+");
    }
}
