using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChannelHub.WebChat;

namespace ChannelHub.Tests.WebChat;

/// <summary>What a shop's server does: signs who its customer is.</summary>
internal static class Jwt
{
    public const string Secret = "widget-secret-demo-32-bytes-long!!";

    public static readonly WebChatIdentityKey Key = new() { Kid = "k1", Alg = "HS256", Key = Secret };

    /// <summary>Settings of a chat that believes <see cref="Secret"/>.</summary>
    public static readonly object Settings = new { identity_keys = new[] { new { kid = "k1", alg = "HS256", key = Secret } } };

    /// <summary>A good token for five minutes; the rest of the claims as given, null leaves one out.</summary>
    public static string For(string channel, string subject, DateTimeOffset now, Dictionary<string, object?>? more = null, string kid = "k1", string secret = Secret)
    {
        var claims = new Dictionary<string, object?>
        {
            ["aud"] = channel, ["sub"] = subject, ["iat"] = now.ToUnixTimeSeconds(), ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(), ["jti"] = Guid.NewGuid().ToString(),
        };
        foreach ((string name, object? value) in more ?? [])
            claims[name] = value;
        string body = JsonSerializer.Serialize(claims.Where(claim => claim.Value is not null).ToDictionary());
        return Sign(JsonSerializer.Serialize(new { alg = "HS256", typ = "JWT", kid }), body, content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), content));
    }

    public static string Sign(string header, string claims, Func<byte[], byte[]> sign)
    {
        string content = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims));
        return content + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(content)));
    }
}
