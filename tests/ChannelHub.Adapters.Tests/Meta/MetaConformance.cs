using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Meta;
using ChannelHub.Meta;

namespace ChannelHub.Adapters.Tests.Meta;

public sealed class MessengerConformance() : ChannelConformance(MetaFacts.Messenger);

public sealed class InstagramConformance() : ChannelConformance(MetaFacts.Instagram);

internal static class MetaFacts
{
    public const string AppSecret = "recorded-app-secret";

    private static readonly byte[] Picture = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

    public static ConformanceFacts Messenger { get; } = For(new MessengerChannelType(), "messenger", "1112223334445", "9988776655443322");

    public static ConformanceFacts Instagram { get; } = For(new InstagramChannelType(), "instagram", "17841400000000001", "6677889900112233");

    public static MetaSettings Settings(string account, Uri api) => new()
    {
        AccountId = account,
        AccessToken = "EAArecorded0page0token",
        AppSecret = AppSecret,
        VerifyToken = "recorded-verify-token",
        ApiBaseUrl = new Uri(api, "v25.0").AbsoluteUri,
    };

    private static ConformanceFacts For(ChannelType type, string kind, string account, string customer)
    {
        var to = new Key(kind, account, customer);
        return new(type, api => Settings(account, api))
        {
            Webhooks = Recording.LoadFolder($"tests/ChannelHub.Adapters.Tests/Fixtures/{kind}"),
            Sign = recording => recording.Method == "GET" ? recording : recording.WithHeader("X-Hub-Signature-256", GraphWebhooks.Sign(recording.Body, AppSecret)),
            Tamper = recording => recording.Method == "GET"
                ? recording with { Query = recording.Query.Replace("recorded-verify-token", "recorded-verify-toke", StringComparison.Ordinal) }
                : recording.WithBody(recording.Body.ToArray().Append((byte)' ').ToArray()),
            Outbound = [SampleMessages.Text(to), SampleMessages.Picture(to), SampleMessages.Buttons(to)],
            Success = call => Answer(call, account, customer),
            MediaReference = address => new Uri(address, "scontent/1.jpg").AbsoluteUri,
            MediaBytes = Picture,
        };
    }

    private static ScriptedReply Answer(ProviderCall call, string account, string customer) => (call.Method, call.Path) switch
    {
        ("GET", "/v25.0/me") => ScriptedReply.Json($$"""{"id":"{{account}}","name":"Shop"}"""),
        ("GET", "/v25.0/me/subscribed_apps") => ScriptedReply.Json("""{"data":[{"name":"Hub","id":"1"}]}"""),
        ("POST", "/v25.0/me/subscribed_apps") => ScriptedReply.Json("""{"success":true}"""),
        ("GET", "/scontent/1.jpg") => ScriptedReply.Bytes(Picture, "image/jpeg"),
        ("POST", "/v25.0/me/message_attachments") => ScriptedReply.Json("""{"attachment_id":"9001"}"""),
        ("POST", "/v25.0/me/messages") when call.Text.Contains("sender_action", StringComparison.Ordinal) => ScriptedReply.Json($$"""{"recipient_id":"{{customer}}"}"""),
        ("POST", "/v25.0/me/messages") => ScriptedReply.Json($$"""{"recipient_id":"{{customer}}","message_id":"m_XyZ"}"""),
        ("GET", _) when call.Path == $"/v25.0/{customer}" => ScriptedReply.Json("""{"first_name":"Ada","last_name":"L","name":"Ada L","username":"ada.l","id":"1"}"""),
        _ => ScriptedReply.Json("""{"error":{"message":"no such call","code":100}}""", 400),
    };
}
