using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChannelHub.WebChat;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.WebChat;

public sealed class SignedIdentityTests
{
    private const string Channel = "chn_0123456789abc";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    [Fact]
    public void The_known_token_is_read_as_it_was_signed()
    {
        const string token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJpc3MiOiJzaG9wLmV4YW1wbGUiLCJhdWQiOiJjaGFubmVsaHViLXdpZGdldCIsInN1YiI6ImN1c3RvbWVyLTQyIi"
            + "wibmFtZSI6IkFkYSIsImVtYWlsIjoiYWRhQGV4YW1wbGUub3JnIiwiZW1haWxfdmVyaWZpZWQiOnRydWUsImlhdCI6MTc5MDAwMDAwMCwiZXhwIjoxNzkwMDAwMzAwLCJqdGkiOiJuMSJ9"
            + ".yi8qM0HFeOJkLsDsxMnX8MfUzIYpTGvtkPJpkw_RRdM";

        SignedCustomer customer = SignedIdentity.Verify(token, [Jwt.Key], "channelhub-widget", Now).ShouldBeOfType<SignedIdentityResult.Good>().Customer;

        customer.Subject.ShouldBe("customer-42");
        customer.Name.ShouldBe("Ada");
        (customer.Email, customer.EmailVerified).ShouldBe(("ada@example.org", true));
        (customer.Phone, customer.PhoneVerified).ShouldBe((null, false));
    }

    [Theory]
    [InlineData("aud", null)]
    [InlineData("aud", "chn_other")]
    [InlineData("aud", "")]
    [InlineData("aud", 7)]
    [InlineData("exp", null)]
    [InlineData("exp", 1_789_999_940)]
    [InlineData("exp", 1_790_000_961)]
    [InlineData("exp", "1790000300")]
    [InlineData("exp", true)]
    [InlineData("exp", -1)]
    [InlineData("exp", 1e300)]
    [InlineData("iat", 1_790_000_061)]
    [InlineData("iat", "now")]
    [InlineData("iat", 1_789_999_339)]
    [InlineData("nbf", 1_790_000_061)]
    [InlineData("sub", null)]
    [InlineData("sub", "")]
    [InlineData("sub", 42)]
    [InlineData("sub", "a\nb")]
    public void A_claim_that_is_wrong_is_refused(string name, object? value)
    {
        string token = Jwt.For(Channel, "c", Now, new() { [name] = value });

        SignedIdentity.Verify(token, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
    }

    [Theory]
    [InlineData("exp", 1_789_999_941)]
    [InlineData("exp", 1_790_000_960)]
    [InlineData("exp", 1_790_000_300.5)]
    [InlineData("iat", 1_790_000_060)]
    [InlineData("iat", 1_789_999_340)]
    [InlineData("iat", null)]
    [InlineData("jti", null)]
    [InlineData("email", 7)]
    public void Clocks_may_differ_by_a_minute_and_what_is_optional_may_be_missing(string name, object? value)
    {
        string token = Jwt.For(Channel, "c", Now, new() { [name] = value });

        SignedIdentity.Verify(token, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Good>();
    }

    [Fact]
    public void The_audience_may_be_one_of_several()
    {
        string good = Jwt.For(Channel, "c", Now, new() { ["aud"] = new object[] { 7, "other", Channel } });
        string bad = Jwt.For(Channel, "c", Now, new() { ["aud"] = new object[] { "other", new[] { Channel } } });

        SignedIdentity.Verify(good, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Good>();
        SignedIdentity.Verify(bad, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
    }

    [Fact]
    public void Verified_means_true_and_nothing_like_it()
    {
        foreach (object odd in (object[])["true", 1, "yes", new[] { true }])
        {
            string token = Jwt.For(Channel, "c", Now, new() { ["email"] = "a@b.example", ["email_verified"] = odd });
            SignedIdentity.Verify(token, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Good>().Customer.EmailVerified.ShouldBeFalse();
        }
    }

    [Fact]
    public void Another_byte_anywhere_is_refused()
    {
        string token = Jwt.For(Channel, "c", Now);
        for (int at = 0; at < token.Length; at++)
        {
            // The last character of a piece may hold bits that mean nothing; those are tried in the middle of it.
            if (token[at] == '.' || at == token.Length - 1)
                continue;
            string other = token[..at] + (token[at] == 'A' ? 'B' : 'A') + token[(at + 1)..];
            SignedIdentity.Verify(other, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c.d")]
    [InlineData("e30.e30.")]
    [InlineData("e30.e30.AA==")]
    [InlineData("bnVsbA.bnVsbA.AA")]
    [InlineData("W10.W10.AA")]
    [InlineData("\u0000.é.ł")]
    public void What_is_no_token_is_refused(string token) =>
        SignedIdentity.Verify(token, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();

    [Fact]
    public void No_algorithm_is_nobodys_algorithm()
    {
        foreach (string alg in (string[])["none", "None", "NONE", "", "HS384", "HS512", "hs256", "RS256", "ES256"])
        {
            string header = JsonSerializer.Serialize(new { alg, kid = "k1" });
            foreach (Func<byte[], byte[]> sign in (Func<byte[], byte[]>[])[_ => [0], content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(Jwt.Secret), content)])
                SignedIdentity.Verify(Jwt.Sign(header, Claims(), sign), [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        }
    }

    [Fact]
    public void A_public_key_is_never_taken_for_a_secret()
    {
        using var rsa = RSA.Create(2048);
        string pem = rsa.ExportSubjectPublicKeyInfoPem();
        var key = new WebChatIdentityKey { Kid = "k1", Alg = "RS256", Key = pem };
        string confused = Jwt.Sign("""{"alg":"HS256","kid":"k1"}""", Claims(), content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(pem), content));
        string straight = Jwt.Sign("""{"alg":"RS256","kid":"k1"}""", Claims(), content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(pem), content));

        SignedIdentity.Verify(confused, [key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        SignedIdentity.Verify(straight, [key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
    }

    [Fact]
    public void Rsa_keys_are_taken_as_pem_and_as_jwk()
    {
        using var rsa = RSA.Create(2048);
        using var other = RSA.Create(2048);
        RSAParameters open = rsa.ExportParameters(includePrivateParameters: false);
        string jwk = JsonSerializer.Serialize(new { kty = "RSA", n = Base64Url.EncodeToString(open.Modulus), e = Base64Url.EncodeToString(open.Exponent) });
        string token = Jwt.Sign("""{"alg":"RS256","kid":"r"}""", Claims(), content => rsa.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        string forged = Jwt.Sign("""{"alg":"RS256","kid":"r"}""", Claims(), content => other.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

        foreach (string text in (string[])[rsa.ExportSubjectPublicKeyInfoPem(), rsa.ExportRSAPublicKeyPem(), jwk])
        {
            var key = new WebChatIdentityKey { Kid = "r", Alg = "RS256", Key = text };
            SignedIdentity.Verify(token, [key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Good>();
            SignedIdentity.Verify(forged, [key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        }
    }

    [Fact]
    public void Elliptic_keys_are_taken_as_pem_and_as_jwk()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint open = ecdsa.ExportParameters(includePrivateParameters: false).Q;
        string jwk = JsonSerializer.Serialize(new { kty = "EC", crv = "P-256", x = Base64Url.EncodeToString(open.X), y = Base64Url.EncodeToString(open.Y) });
        string token = Jwt.Sign("""{"alg":"ES256","kid":"e"}""", Claims(), content => ecdsa.SignData(content, HashAlgorithmName.SHA256));
        string asDer = Jwt.Sign("""{"alg":"ES256","kid":"e"}""", Claims(), content => ecdsa.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

        foreach (string text in (string[])[ecdsa.ExportSubjectPublicKeyInfoPem(), jwk])
        {
            var key = new WebChatIdentityKey { Kid = "e", Alg = "ES256", Key = text };
            SignedIdentity.Verify(token, [key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Good>();
            SignedIdentity.Verify(asDer, [key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
            SignedIdentity.Verify(Jwt.Sign("""{"alg":"ES256","kid":"e"}""", Claims(), _ => new byte[64]), [key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        }
    }

    [Fact]
    public void A_key_set_stands_for_its_keys_that_fit()
    {
        using var old = RSA.Create(2048);
        using var current = RSA.Create(2048);
        using var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = elliptic.ExportParameters(includePrivateParameters: false).Q;
        string shared = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Jwt.Secret));
        object Rsa(RSA rsa, string kid, string? use = null, string? alg = null)
        {
            RSAParameters open = rsa.ExportParameters(includePrivateParameters: false);
            return new { kty = "RSA", kid, use, alg, n = Base64Url.EncodeToString(open.Modulus), e = Base64Url.EncodeToString(open.Exponent) };
        }
        string set = JsonSerializer.Serialize(new
        {
            keys = new[]
            {
                Rsa(old, "old", "sig", "RS256"), Rsa(current, "new"), Rsa(current, "cipher", "enc"), Rsa(current, "other", alg: "PS256"), 7,
                new { kty = "EC", kid = "curve", crv = "P-256", x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) },
                new { kty = "oct", kid = "shared", k = shared },
            },
        });
        SignedIdentityResult Verify(string alg, string kid, Func<byte[], byte[]> sign, string configured = "RS256", string label = "shop") => SignedIdentity.Verify(
            Jwt.Sign(JsonSerializer.Serialize(new { alg, kid }), Claims(), sign), [new WebChatIdentityKey { Kid = label, Alg = configured, Key = set }], Channel, Now);
        Func<byte[], byte[]> By(RSA rsa) => content => rsa.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        byte[] ByCurve(byte[] content) => elliptic.SignData(content, HashAlgorithmName.SHA256);
        byte[] BySecret(byte[] content) => HMACSHA256.HashData(Encoding.UTF8.GetBytes(Jwt.Secret), content);

        Verify("RS256", "old", By(old)).ShouldBeOfType<SignedIdentityResult.Good>();
        Verify("RS256", "new", By(current)).ShouldBeOfType<SignedIdentityResult.Good>();
        Verify("ES256", "curve", ByCurve, configured: "ES256").ShouldBeOfType<SignedIdentityResult.Good>();

        Verify("RS256", "old", By(current)).ShouldBeOfType<SignedIdentityResult.Bad>();
        Verify("RS256", "shop", By(current)).ShouldBeOfType<SignedIdentityResult.Bad>();
        Verify("RS256", "cipher", By(current)).ShouldBeOfType<SignedIdentityResult.Bad>();
        Verify("RS256", "other", By(current)).ShouldBeOfType<SignedIdentityResult.Bad>();
        Verify("ES256", "curve", ByCurve).ShouldBeOfType<SignedIdentityResult.Bad>();
        foreach (string configured in (string[])["RS256", "ES256", "HS256"])
            Verify("HS256", "shared", BySecret, configured).ShouldBeOfType<SignedIdentityResult.Bad>();
        Verify("HS256", "new", content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(set), content), "HS256", label: "new").ShouldBeOfType<SignedIdentityResult.Bad>();
    }

    [Fact]
    public void A_public_key_entered_without_its_algorithm_signs_nobody_in()
    {
        using var rsa = RSA.Create(2048);
        RSAParameters open = rsa.ExportParameters(includePrivateParameters: false);
        string jwk = JsonSerializer.Serialize(new { kty = "RSA", n = Base64Url.EncodeToString(open.Modulus), e = Base64Url.EncodeToString(open.Exponent) });
        foreach (string text in (string[])[rsa.ExportSubjectPublicKeyInfoPem(), jwk])
        {
            var key = new WebChatIdentityKey { Kid = "k1", Key = text };
            string token = Jwt.Sign("""{"alg":"HS256","kid":"k1"}""", Claims(), content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(text), content));
            SignedIdentity.Verify(token, [key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        }
    }

    [Fact]
    public void Weak_private_or_unreadable_keys_verify_nothing()
    {
        using var weak = RSA.Create(1024);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        (string Alg, string Key, Func<byte[], byte[]> Sign)[] keys =
        [
            ("HS256", "short", content => HMACSHA256.HashData("short"u8, content)),
            ("HS256", "", content => HMACSHA256.HashData(Array.Empty<byte>(), content)),
            ("RS256", weak.ExportSubjectPublicKeyInfoPem(), content => weak.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            ("RS256", rsa.ExportPkcs8PrivateKeyPem(), content => rsa.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            ("ES256", curve.ExportSubjectPublicKeyInfoPem(), content => curve.SignData(content, HashAlgorithmName.SHA256)),
            ("RS256", "nonsense", _ => [1]), ("ES256", "{", _ => [1]), ("RS256", "{}", _ => [1]), ("ES256", """{"kty":"EC","crv":"P-256","x":"!","y":"A"}""", _ => [1]), ("none", "", _ => []),
        ];
        foreach ((string alg, string text, Func<byte[], byte[]> sign) in keys)
        {
            var key = new WebChatIdentityKey { Kid = "k", Alg = alg, Key = text };
            SignedIdentity.Verify(Jwt.Sign(JsonSerializer.Serialize(new { alg, kid = "k" }), Claims(), sign), [key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        }
    }

    [Fact]
    public void Of_several_keys_the_named_one_counts()
    {
        var second = new WebChatIdentityKey { Kid = "k2", Alg = "HS256", Key = new string('s', 40) };
        string bySecond = Jwt.For(Channel, "c", Now, kid: "k2", secret: second.Key);

        SignedIdentity.Verify(bySecond, [Jwt.Key, second], Channel, Now).ShouldBeOfType<SignedIdentityResult.Good>();
        SignedIdentity.Verify(bySecond, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        SignedIdentity.Verify(Jwt.For(Channel, "c", Now, kid: "k2"), [Jwt.Key, second], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        SignedIdentity.Verify(Jwt.For(Channel, "c", Now, kid: ""), [Jwt.Key, second], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        SignedIdentity.Verify(Jwt.For(Channel, "c", Now), [], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
        string unnamed = Jwt.Sign("""{"alg":"HS256"}""", Claims(), content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(Jwt.Secret), content));
        SignedIdentity.Verify(unnamed, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Good>();
        SignedIdentity.Verify(unnamed, [Jwt.Key, second], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
    }

    [Theory]
    [InlineData("""{"alg":"HS256","kid":"k1","crit":["exp"]}""", null)]
    [InlineData("""{"alg":"HS256","kid":"k1","alg":"HS256"}""", null)]
    [InlineData("""{"kid":"k1"}""", null)]
    [InlineData("""{"alg":["HS256"],"kid":"k1"}""", null)]
    [InlineData("""{"alg":"HS256","kid":["k1"]}""", null)]
    [InlineData("""{"alg":"HS256","kid":"k1"}""", """{"aud":"chn_0123456789abc","aud":"chn_0123456789abc","sub":"c","exp":1790000300}""")]
    [InlineData("""{"alg":"HS256","kid":"k1"}""", "[]")]
    [InlineData("""{"alg":"HS256","kid":"k1"}""", "not json")]
    [InlineData("""{"alg":"HS256","kid":"k1"}""", """{"aud":"chn_0123456789abc","sub":"\ud800","exp":1790000300}""")]
    public void Odd_headers_and_claims_are_refused_though_signed(string header, string? claims)
    {
        string token = Jwt.Sign(header, claims ?? Claims(), content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(Jwt.Secret), content));

        SignedIdentity.Verify(token, [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Bad>();
    }

    [Fact]
    public void A_token_is_named_by_its_jti_or_by_what_is_signed()
    {
        string TokenId(Dictionary<string, object?> claims) =>
            SignedIdentity.Verify(Jwt.For(Channel, "c", Now, claims), [Jwt.Key], Channel, Now).ShouldBeOfType<SignedIdentityResult.Good>().Customer.TokenId;

        TokenId(new() { ["jti"] = "a" }).ShouldBe(TokenId(new() { ["jti"] = "a", ["name"] = "other" }));
        TokenId(new() { ["jti"] = "a" }).ShouldNotBe(TokenId(new() { ["jti"] = "b" }));
        TokenId(new() { ["jti"] = null }).ShouldBe(TokenId(new() { ["jti"] = null }));
        TokenId(new() { ["jti"] = null }).ShouldNotBe(TokenId(new() { ["jti"] = null, ["name"] = "other" }));
    }

    private static string Claims() => $$"""{"aud":"{{Channel}}","sub":"c","exp":{{Now.AddMinutes(5).ToUnixTimeSeconds()}}}""";
}
