namespace ChannelHub.Mail;

/// <summary>
/// The connection is of no use any more: it was cut, timed out, or the server does not keep to the protocol. Dispose of it and begin
/// anew. A refusal by the server is no exception but an answer.
/// </summary>
public sealed class MailConnectionException : Exception
{
    /// <summary>For serializers.</summary>
    public MailConnectionException() { }

    /// <summary>Says what happened, without secrets and without message text.</summary>
    public MailConnectionException(string message) : base(message) { }

    /// <summary>Says what happened and why.</summary>
    public MailConnectionException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>Wraps the plain stream into TLS; checking the certificate and the name is its duty. It throws when either is wrong.</summary>
public delegate Task<Stream> SecureAsync(Stream plain, CancellationToken cancellation);
