using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Meta;
using ChannelHub.WhatsApp;

namespace ChannelHub.Adapters.Tests.WhatsApp;

public sealed class WhatsAppConformance() : ChannelConformance(WhatsAppFacts.All);

internal static class WhatsAppFacts
{
    public const string AppSecret = "recorded-app-secret";

    private static readonly Key Ada = new(KeyKinds.Phone, "+447700900123");
    private static readonly byte[] Picture = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

    public static IReadOnlyList<Recording> Recordings { get; } = Recording.LoadFolder("tests/ChannelHub.Adapters.Tests/Fixtures/whatsapp");

    public static WhatsAppSettings Settings(Uri api) => new()
    {
        PhoneNumberId = "1000200030004",
        BusinessAccountId = "2000300040005",
        AccessToken = "EAArecorded0access0token",
        AppSecret = AppSecret,
        VerifyToken = "recorded-verify-token",
        ApiBaseUrl = new Uri(api, "v25.0").AbsoluteUri,
    };

    public static ConformanceFacts All { get; } = new(new WhatsAppChannelType(), Settings)
    {
        Webhooks = Recordings,
        Sign = recording => recording.Method == "GET" ? recording : recording.WithHeader("X-Hub-Signature-256", GraphWebhooks.Sign(recording.Body, AppSecret)),
        Tamper = recording => recording.Method == "GET"
            ? recording with { Query = recording.Query.Replace("recorded-verify-token", "recorded-verify-toke", StringComparison.Ordinal) }
            : recording.WithBody(recording.Body.ToArray().Append((byte)' ').ToArray()),
        Outbound =
        [
            SampleMessages.Text(Ada, "447700900123"), SampleMessages.Picture(Ada), SampleMessages.Buttons(Ada), SampleMessages.Location(Ada), SampleMessages.Contact(Ada),
            SampleMessages.Template(Ada), SampleMessages.Text(new Key("whatsapp", "2000300040005", "GB.9911223344")),
        ],
        Success = Answer,
        MediaReference = _ => "1803",
        MediaBytes = Picture,
    };

    private static ScriptedReply Answer(ProviderCall call) => (call.Method, call.Path) switch
    {
        ("GET", "/v25.0/1000200030004") => ScriptedReply.Json("""{"display_phone_number":"+1 555","verified_name":"Shop","quality_rating":"GREEN","id":"1000200030004"}"""),
        ("GET", "/v25.0/2000300040005/subscribed_apps") => ScriptedReply.Json("""{"data":[{"whatsapp_business_api_data":{"name":"Hub"}}]}"""),
        ("POST", "/v25.0/2000300040005/subscribed_apps") => ScriptedReply.Json("""{"success":true}"""),
        ("GET", "/v25.0/1803") => ScriptedReply.Json($$"""{"url":"http://{{call.Headers["Host"]}}/lookaside/1803","mime_type":"image/jpeg","sha256":"x","file_size":7,"id":"1803"}"""),
        ("GET", "/lookaside/1803") => ScriptedReply.Bytes(Picture, "image/jpeg"),
        ("POST", "/v25.0/1000200030004/media") => ScriptedReply.Json("""{"id":"9001"}"""),
        ("POST", "/v25.0/1000200030004/messages") when call.Text.Contains("\"status\":\"read\"", StringComparison.Ordinal) => ScriptedReply.Json("""{"success":true}"""),
        ("POST", "/v25.0/1000200030004/messages") => ScriptedReply.Json(
            """{"messaging_product":"whatsapp","contacts":[{"input":"447700900123","wa_id":"447700900123"}],"messages":[{"id":"wamid.BBB=","message_status":"accepted"}]}"""),
        _ => ScriptedReply.Json("""{"error":{"message":"no such call","code":100,"error_subcode":33}}""", 400),
    };
}
