using System.Text;

namespace ChannelHub.Mail;

/// <summary>How to say who one is.</summary>
public abstract record MailCredentials
{
    private MailCredentials() { }

    /// <summary>A user name and a password.</summary>
    public sealed record Password(string User, string Secret) : MailCredentials
    {
        /// <inheritdoc/>
        public override string ToString() => "password of a user"; // never in a log
    }

    /// <summary>A user name and an OAuth access token (XOAUTH2).</summary>
    public sealed record Token(string User, string AccessToken) : MailCredentials
    {
        /// <inheritdoc/>
        public override string ToString() => "token of a user";
    }
}

internal static class Sasl
{
    public static string Plain(MailCredentials.Password password) => Base64("\0" + password.User + "\0" + password.Secret);

    public static string XOAuth2(MailCredentials.Token token) => Base64("user=" + token.User + "\u0001auth=Bearer " + token.AccessToken + "\u0001\u0001");

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
