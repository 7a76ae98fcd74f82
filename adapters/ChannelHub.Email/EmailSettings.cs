using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;

namespace ChannelHub.Email;

/// <summary>One mailbox.</summary>
public sealed record EmailSettings
{
    [MaxLength(320), Description("The mailbox's address, such as help@shop.example.")]
    public string? Address { get; init; }

    [MaxLength(200), Description("The name customers see beside the address.")]
    public string? DisplayName { get; init; }

    [MaxLength(200), Description("The subject of a mail that answers none. Leave empty to use the display name.")]
    public string? Subject { get; init; }

    [Description("Where mail is read. Leave empty where a mail server pushes to the hub.")]
    public EmailImap? Imap { get; init; }

    [Description("Where mail is handed in to be sent.")]
    public EmailSmtp? Smtp { get; init; }

    [Secret, MaxLength(1000), Description("The mailbox's password, or an app password.")]
    public string? Password { get; init; }

    [Description("Instead of a password: access by OAuth 2, as Google and Microsoft want it.")]
    public EmailOAuth? Oauth { get; init; }

    [MaxLength(20), Description("Names under which your own mail servers sign Authentication-Results, such as mx.google.com. Nobody else's word counts.")]
    public IReadOnlyList<string> TrustedAuthservIds { get; init; } = [];

    [Secret, MaxLength(512), Description("What a mail server that pushes shows as Authorization: Bearer; you choose it.")]
    public string? InboundToken { get; init; }

    [Description("Answers come back to help+token@shop.example, which tells surely what they answer. Switch off where the mail server refuses such addresses; the words then end in the token.")]
    public bool PlusAddressing { get; init; } = true;
}

/// <summary>Where mail is read.</summary>
public sealed record EmailImap
{
    [MaxLength(255), Description("Host name.")]
    public string Host { get; init; } = "";

    [Range(1, 65535), Description("Port; 993 for tls, 143 for starttls.")]
    public int? Port { get; init; }

    [Description("tls, starttls or none.")]
    public MailSecurity Security { get; init; }

    [MaxLength(320), Description("User name, if it is not the address.")]
    public string? Username { get; init; }

    [MaxLength(255), Description("The folder to read.")]
    public string Folder { get; init; } = "INBOX";

    [MaxLength(255), Description("Where mail is moved once it is stored. Leave empty to leave it where it is.")]
    public string? ProcessedFolder { get; init; }
}

/// <summary>Where mail is handed in.</summary>
public sealed record EmailSmtp
{
    [MaxLength(255), Description("Host name.")]
    public string Host { get; init; } = "";

    [Range(1, 65535), Description("Port; 465 for tls, 587 for starttls.")]
    public int? Port { get; init; }

    [Description("tls, starttls or none.")]
    public MailSecurity Security { get; init; }

    [MaxLength(320), Description("User name, if it is not the address.")]
    public string? Username { get; init; }
}

/// <summary>A refresh token that buys access tokens.</summary>
public sealed record EmailOAuth
{
    [MaxLength(2048), Description("Where access tokens are had, such as https://oauth2.googleapis.com/token.")]
    public string TokenUrl { get; init; } = "";

    [MaxLength(512), Description("The client's id.")]
    public string ClientId { get; init; } = "";

    [Secret, MaxLength(2048), Description("The client's secret, where it has one.")]
    public string? ClientSecret { get; init; }

    [Secret, MaxLength(8192), Description("The refresh token.")]
    public string RefreshToken { get; init; } = "";
}

/// <summary>How a connection is made safe.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MailSecurity>))]
public enum MailSecurity
{
    /// <summary>TLS from the first byte.</summary>
    [JsonStringEnumMemberName("tls")]
    Tls,

    /// <summary>TLS begun by a command; without it nothing secret is sent.</summary>
    [JsonStringEnumMemberName("starttls")]
    StartTls,

    /// <summary>None. Credentials go only to this very machine.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}
