using System.Security.Cryptography;
using System.Text;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Http;

namespace ChannelHub.Adapters.Tests.Http;

/// <summary>The account, the sender and the signer of the tests of this channel. The signer is the test's own.</summary>
internal static class HttpExamples
{
    public const string InboundSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    public const string OutboundSecret = "whsec_b3V0Ym91bmQtb3V0Ym91bmQtb3V0Ym91bmQ=";
    public const string Token = "correct-horse-battery";

    public static readonly DateTimeOffset Now = new(2026, 9, 21, 12, 0, 0, TimeSpan.Zero);

    public static Key Ada { get; } = new(KeyKinds.App, KeyScopes.Channel, "u-77");

    public static HttpSettings Settings(Uri api) => new()
    {
        InboundSecrets = ["whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xk", InboundSecret],
        InboundToken = Token,
        SendUrl = new Uri(api, "in").AbsoluteUri,
        OutboundSecret = OutboundSecret,
        Capabilities = new HttpCapabilities { Features = new HttpFeatures { Edit = true, Delete = true, Reaction = true, Typing = true, Read = true } },
    };

    public static Recording Sign(Recording recording) => recording.Headers.ContainsKey("authorization") ? recording : Signed(recording, Now);

    public static Recording Signed(Recording recording, DateTimeOffset at, string id = "msg_1", string secret = InboundSecret)
    {
        string timestamp = at.ToUnixTimeSeconds().ToString();
        return recording.WithHeader("webhook-id", id).WithHeader("webhook-timestamp", timestamp)
            .WithHeader("webhook-signature", Signature(secret, id, timestamp, recording.Body.Span));
    }

    public static string Signature(string secret, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[6..]), content));
    }
}
