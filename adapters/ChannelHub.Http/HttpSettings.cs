using System.ComponentModel.DataAnnotations;
using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>An account of a system that speaks plain HTTP.</summary>
public sealed record HttpSettings
{
    /// <summary>Secrets the other system signs with (<c>whsec_…</c>); two while one replaces the other.</summary>
    [Secret]
    [MaxLength(10)]
    public IReadOnlyList<string> InboundSecrets { get; init; } = [];

    /// <summary>For systems that cannot sign: what they send as <c>Authorization: Bearer</c>.</summary>
    [Secret]
    [MaxLength(1000)]
    public string? InboundToken { get; init; }

    /// <summary>Where messages are posted.</summary>
    [MaxLength(2048)]
    public string? SendUrl { get; init; }

    /// <summary>The secret that posted messages are signed with (<c>whsec_…</c>).</summary>
    [Secret]
    [MaxLength(1000)]
    public string? OutboundSecret { get; init; }

    /// <summary>Whether <c>phone_verified</c> and <c>email_verified</c> in a signed request are believed.</summary>
    public bool TrustVerified { get; init; } = true;

    /// <summary>What the other system can do; absent: every kind of content, and no changes afterwards.</summary>
    public HttpCapabilities? Capabilities { get; init; }

    /// <summary>Country (ISO 3166) of telephone numbers that are written without one.</summary>
    [MaxLength(2)]
    public string? DefaultCountry { get; init; }
}

/// <summary>What the other system can do, as it declares it.</summary>
public sealed record HttpCapabilities
{
    /// <summary>Kinds of content it takes: <c>text image audio video file sticker location contact buttons</c>. Absent: all.</summary>
    [MaxLength(20)]
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Longest text in UTF-16 units; longer ones are split.</summary>
    [Range(1, HttpChannelType.LongestText)]
    public int? MaxText { get; init; }

    /// <summary>Largest file in bytes.</summary>
    [Range(1, HttpChannelType.LargestFile)]
    public long? MaxFileBytes { get; init; }

    /// <summary>What it does with messages afterwards.</summary>
    public HttpFeatures? Features { get; init; }

    /// <summary>What its sender ids are.</summary>
    public HttpIdentity? Identity { get; init; }

    internal bool Takes(string type) => Types?.Contains(type) ?? true;
}

/// <summary>What the other system does with messages afterwards; each is off until declared.</summary>
public sealed record HttpFeatures
{
    /// <summary>Takes <c>message.edit</c>.</summary>
    public bool Edit { get; init; }

    /// <summary>Takes <c>message.delete</c>.</summary>
    public bool Delete { get; init; }

    /// <summary>Takes <c>reaction.send</c>.</summary>
    public bool Reaction { get; init; }

    /// <summary>Takes <c>typing</c>.</summary>
    public bool Typing { get; init; }

    /// <summary>Takes <c>read</c>.</summary>
    public bool Read { get; init; }
}

/// <summary>What the other system's sender ids are.</summary>
public sealed record HttpIdentity
{
    /// <summary>
    /// <c>phone</c> or <c>email</c>: sender ids are telephone numbers or mail addresses, as those of a gateway are. Absent: ids of the other system's own.
    /// </summary>
    [MaxLength(16)]
    public string? Kind { get; init; }

    /// <summary>Channels that declare the same scheme speak of the same people. Absent: ids are the channel's own.</summary>
    [MaxLength(64)]
    public string? Scheme { get; init; }

    /// <summary>False: the other system does not itself know who its senders are, so that they count as asserted even when signed.</summary>
    public bool Verified { get; init; } = true;

    /// <summary><c>claimed</c>: telephone numbers are never proven, whatever <c>phone_verified</c> says.</summary>
    [MaxLength(16)]
    public string? Phone { get; init; }

    internal string KeyKind => Kind is KeyKinds.Phone or KeyKinds.Email ? Kind : KeyKinds.App;
}
