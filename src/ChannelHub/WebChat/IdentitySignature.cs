using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.WebChat;

/// <summary>Checks a signature with the one algorithm its key is configured for. Pure.</summary>
internal static class IdentitySignature
{
    private const int LeastSecretBytes = 32;
    private const int LeastRsaBits = 2048;

    /// <summary>Null if the signature is good; else why not.</summary>
    public static string? Check(WebChatIdentityKey key, byte[] content, byte[] signature)
    {
        try
        {
            return key.Alg switch
            {
                "HS256" => CheckSecret(key.Key, content, signature),
                "RS256" => CheckRsa(key.Key, content, signature),
                "ES256" => CheckElliptic(key.Key, content, signature),
                _ => "the key is configured for an algorithm that is not HS256, RS256 or ES256",
            };
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or FormatException or JsonException)
        {
            return "the configured key cannot be read as a public key";
        }
    }

    private static string? CheckSecret(string secret, byte[] content, byte[] signature)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(secret);
        if (bytes.Length < LeastSecretBytes)
            return "the configured secret is shorter than 32 bytes";
        // Everybody knows a public key. One that was entered without its algorithm would let everybody sign.
        if (IdentityKeySet.LooksPublic(secret))
            return "the configured secret is a public key; give its alg";
        return Signatures.IsHmacSha256(bytes, content, signature) ? null : Wrong;
    }

    private static string? CheckRsa(string key, byte[] content, byte[] signature)
    {
        using var rsa = RSA.Create();
        if (Jwk(key) is { } jwk)
            rsa.ImportParameters(new RSAParameters { Modulus = Member(jwk, "n", "RSA"), Exponent = Member(jwk, "e", "RSA") });
        else
            rsa.ImportFromPem(PublicPem(key));
        if (rsa.KeySize < LeastRsaBits)
            return "the configured RSA key has fewer than 2048 bits";
        return rsa.VerifyData(content, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) ? null : Wrong;
    }

    private static string? CheckElliptic(string key, byte[] content, byte[] signature)
    {
        using var ecdsa = ECDsa.Create();
        if (Jwk(key) is { } jwk)
        {
            if (Text(jwk, "crv") != "P-256")
                return "the configured key is not on the curve P-256";
            var point = new ECPoint { X = Member(jwk, "x", "EC"), Y = Member(jwk, "y", "EC") };
            ecdsa.ImportParameters(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
        }
        else
        {
            ecdsa.ImportFromPem(PublicPem(key));
        }
        if (ecdsa.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            return "the configured key is not on the curve P-256";
        return ecdsa.VerifyData(content, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation) ? null : Wrong;
    }

    private static JsonElement? Jwk(string key)
    {
        if (!key.AsSpan().TrimStart().StartsWith('{'))
            return null;
        using JsonDocument json = JsonDocument.Parse(key);
        return json.RootElement.Clone();
    }

    private static byte[] Member(JsonElement jwk, string name, string kind) => Text(jwk, "kty") == kind && Text(jwk, name) is { } value
        ? Base64Url.DecodeFromChars(value)
        : throw new FormatException("not a key of this kind");

    private static string? Text(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // A private key here would be the shop's mistake; it is not made usable.
    private static string PublicPem(string key) => key.Contains("PUBLIC KEY-----", StringComparison.Ordinal) ? key : throw new FormatException("not a public key");

    private const string Wrong = "the signature is wrong";
}
