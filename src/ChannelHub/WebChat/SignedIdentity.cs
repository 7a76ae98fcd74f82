using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ChannelHub.WebChat;

/// <summary>
/// Judges the token (a JWT in compact form) with which the shop's server signs who a visitor is. Pure. The key decides the algorithm and the token
/// does not: a public key is never taken for a secret, and <c>none</c> is nobody's algorithm.
/// </summary>
public static class SignedIdentity
{
    private const int LongestToken = 8 * 1024;
    private const int LongestText = 255;
    private static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Who the token says the visitor is.</summary>
    /// <param name="token">As the browser sent it.</param>
    /// <param name="keys">The channel's.</param>
    /// <param name="channelId">For whom the token must be (<c>chn_…</c>).</param>
    /// <param name="now">The time.</param>
    public static SignedIdentityResult Verify(string token, IReadOnlyList<WebChatIdentityKey> keys, string channelId, DateTimeOffset now)
    {
        if (token.Length > LongestToken)
            return Bad("the token is longer than 8 kB");
        string[] pieces = token.Split('.');
        if (pieces.Length != 3 || Decode(pieces[0]) is not { } header || Decode(pieces[1]) is not { } claims || Decode(pieces[2]) is not { } signature)
            return Bad("the token is not three pieces of base64url");
        try
        {
            using JsonDocument head = JsonDocument.Parse(header, Strict);
            if (KeyOf(head.RootElement, IdentityKeySet.Of(keys)) is not { } key)
                return Bad("the header names no key of this channel, or another algorithm than the key is for, or asks for an extension");
            if (IdentitySignature.Check(key, Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]), signature) is { } fault)
                return Bad(fault);
            using JsonDocument body = JsonDocument.Parse(claims, Strict);
            return Read(new Claims(body.RootElement), token, channelId, now);
        }
        catch (JsonException)
        {
            return Bad("header or claims are not JSON, or repeat a name");
        }
    }

    private static WebChatIdentityKey? KeyOf(JsonElement header, IReadOnlyList<WebChatIdentityKey> keys)
    {
        if (header.ValueKind != JsonValueKind.Object || header.TryGetProperty("crit", out _))
            return null;
        bool named = header.TryGetProperty("kid", out JsonElement kid);
        // A token without a name is unambiguous where there is one key.
        WebChatIdentityKey? key = named
            ? keys.FirstOrDefault(k => k.Kid.Length > 0 && kid.ValueKind == JsonValueKind.String && kid.ValueEquals(k.Kid))
            : keys.Count == 1 ? keys[0] : null;
        return key is not null && header.TryGetProperty("alg", out JsonElement alg) && alg.ValueKind == JsonValueKind.String && alg.ValueEquals(key.Alg) ? key : null;
    }

    private static SignedIdentityResult Read(Claims claims, string token, string channelId, DateTimeOffset now)
    {
        if (!claims.IsFor(channelId))
            return Bad("aud is not this channel");
        if (claims.Time("exp") is not { } expires || expires <= now - Skew)
            return Bad("exp is missing or over");
        if (expires > now + LongestLife + Skew)
            return Bad("exp is more than 15 minutes ahead");
        if (claims.Time("iat") > now + Skew || claims.Time("nbf") > now + Skew || claims.IsOdd("iat") || claims.IsOdd("nbf"))
            return Bad("iat or nbf lies ahead or is no time");
        if (expires - claims.Time("iat") > LongestLife + Skew)
            return Bad("exp is more than 15 minutes after iat");
        if (claims.Text("sub", LongestText) is not { } subject || !IsPlain(subject))
            return Bad("sub is missing, empty, longer than 255 characters or holds control characters");
        return new SignedIdentityResult.Good(new SignedCustomer
        {
            Subject = subject,
            TokenId = TokenId(claims.Text("jti", LongestToken), token),
            Expires = expires,
            Name = claims.Text("name", LongestText),
            Locale = claims.Text("locale", 35),
            Email = claims.Text("email", LongestText),
            EmailVerified = claims.Flag("email_verified"),
            Phone = claims.Text("phone", LongestText),
            PhoneVerified = claims.Flag("phone_verified"),
        });
    }

    // Without a jti the signed bytes name the token: whoever copies it copies them. A signature can be varied, what is signed cannot.
    private static string TokenId(string? jti, string token) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(jti is not null ? "jti:" + jti : "jwt:" + token[..token.LastIndexOf('.')])));

    private static bool IsPlain(string text) => !text.Any(char.IsControl) && CleanOf(text) == text;

    private static string CleanOf(string text) => Adapters.CleanText.Clean(text);

    private static byte[]? Decode(string piece) => piece.Length > 0 && !piece.Contains('=', StringComparison.Ordinal) && Base64Url.IsValid(piece)
        ? Base64Url.DecodeFromChars(piece)
        : null;

    private static SignedIdentityResult.Bad Bad(string reason) => new(reason);

    private readonly struct Claims(JsonElement root)
    {
        public bool IsFor(string channelId) => Find("aud") switch
        {
            { ValueKind: JsonValueKind.String } one => one.ValueEquals(channelId),
            { ValueKind: JsonValueKind.Array } many => many.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.ValueEquals(channelId)),
            _ => false,
        };

        /// <summary>A NumericDate; null if it is missing or no time.</summary>
        public DateTimeOffset? Time(string name) =>
            Find(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double seconds) && seconds is > 0 and < 100_000_000_000
                ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
                : null;

        /// <summary>There, and no time.</summary>
        public bool IsOdd(string name) => Find(name) is not null && Time(name) is null;

        public string? Text(string name, int longest)
        {
            if (Find(name) is not { ValueKind: JsonValueKind.String } value)
                return null;
            try
            {
                return value.GetString() is { Length: > 0 } text && text.Length <= longest ? text : null;
            }
            catch (InvalidOperationException)
            {
                return null; // half a surrogate pair
            }
        }

        public bool Flag(string name) => Find(name) is { ValueKind: JsonValueKind.True };

        private JsonElement? Find(string name) =>
            root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}

/// <summary>What judging a token came to.</summary>
public abstract record SignedIdentityResult
{
    private SignedIdentityResult() { }

    /// <summary>The shop vouches for this customer.</summary>
    public sealed record Good(SignedCustomer Customer) : SignedIdentityResult;

    /// <summary>It does not; the reason is for the shop's developers and holds nothing of the token.</summary>
    public sealed record Bad(string Reason) : SignedIdentityResult;
}

/// <summary>Whom the shop vouches for.</summary>
public sealed record SignedCustomer
{
    /// <summary>The shop's own id of its customer.</summary>
    public required string Subject { get; init; }

    /// <summary>Names the token.</summary>
    public required string TokenId { get; init; }

    /// <summary>When the token ends.</summary>
    public required DateTimeOffset Expires { get; init; }

    public string? Name { get; init; }

    public string? Locale { get; init; }

    public string? Email { get; init; }

    public bool EmailVerified { get; init; }

    public string? Phone { get; init; }

    public bool PhoneVerified { get; init; }
}
