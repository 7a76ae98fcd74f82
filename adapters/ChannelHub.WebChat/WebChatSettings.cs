using System.ComponentModel.DataAnnotations;
using ChannelHub.Adapters;

namespace ChannelHub.WebChat;

/// <summary>One live chat: where it may be embedded, how it looks, and who may vouch for its visitors.</summary>
public sealed record WebChatSettings
{
    /// <summary>
    /// Origins of the pages that may embed the chat, such as <c>https://shop.example</c>; compared exactly. Empty: only the hub's own pages.
    /// </summary>
    [MaxLength(100)]
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Keys with which the shop's server signs who a visitor is; two while one replaces the other.</summary>
    [MaxLength(10)]
    public IReadOnlyList<WebChatIdentityKey> IdentityKeys { get; init; } = [];

    /// <summary>What stands in an empty chat.</summary>
    [MaxLength(1000)]
    public string? Greeting { get; init; }

    /// <summary>What stands above the chat.</summary>
    [MaxLength(100)]
    public string? Title { get; init; }

    /// <summary>Colour of the button and of the visitor's words: <c>#rrggbb</c>.</summary>
    [MaxLength(7)]
    public string? Colour { get; init; }

    /// <summary>Country (ISO 3166) of telephone numbers that are written without one.</summary>
    [MaxLength(2)]
    public string? DefaultCountry { get; init; }
}

/// <summary>A key with which the shop's server signs who a visitor is.</summary>
public sealed record WebChatIdentityKey
{
    /// <summary>Names the key in the header of a token.</summary>
    [MaxLength(100)]
    public string Kid { get; init; } = "";

    /// <summary>The one algorithm this key is used with: <c>HS256</c>, <c>RS256</c> or <c>ES256</c>.</summary>
    [MaxLength(5)]
    public string Alg { get; init; } = "HS256";

    /// <summary><c>HS256</c>: the secret, at least 32 bytes of UTF-8. <c>RS256</c> and <c>ES256</c>: the public key as PEM, JWK or JWK Set; a set names its keys itself.</summary>
    [Secret]
    [MaxLength(16_000)]
    public string Key { get; init; } = "";
}
