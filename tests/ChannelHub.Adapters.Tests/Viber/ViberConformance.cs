using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Viber;
using ChannelHub.Viber;

namespace ChannelHub.Adapters.Tests.Viber;

public sealed class ViberConformance() : ChannelConformance(ViberFacts.All);

internal static class ViberFacts
{
    public const string Token = "4453b6ac1s345678-recorded-token";

    private static readonly Key Ada = new("viber", KeyScopes.Channel, "01234567890A=");

    private static readonly byte[] Picture = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

    public static ConformanceFacts All => new(new ViberChannelType(), api => new ViberSettings
    {
        AuthToken = Token,
        SenderName = "Shop Team",
        WelcomeMessage = "Good day! What can we do for you?",
        ApiBaseUrl = api.AbsoluteUri,
    })
    {
        Webhooks = Recording.LoadFolder("tests/ChannelHub.Adapters.Tests/Fixtures/viber"),
        Sign = recording => recording.WithHeader("X-Viber-Content-Signature", FakeViber.Sign(Token, recording.Body.Span)),
        Tamper = recording => recording.WithBody((byte[])[.. recording.Body.Span, (byte)' ']),
        Outbound =
        [
            SampleMessages.Text(Ada), SampleMessages.Picture(Ada), SampleMessages.Buttons(Ada), SampleMessages.Location(Ada), SampleMessages.Contact(Ada),
        ],
        Success = Answer,
        MediaReference = api => new Uri(api, "share/p.jpg").AbsoluteUri,
        MediaBytes = Picture,
    };

    private static ScriptedReply Answer(ProviderCall call) => call.Path switch
    {
        "/share/p.jpg" => ScriptedReply.Bytes(Picture, "image/jpeg"),
        "/pa/get_account_info" => ScriptedReply.Json("""{"status":0,"status_message":"ok","id":"pa:1","name":"Shop","webhook":"","subscribers_count":3}"""),
        "/pa/set_webhook" => ScriptedReply.Json("""{"status":0,"status_message":"ok","event_types":["delivered"]}"""),
        _ => ScriptedReply.Json("""{"status":0,"status_message":"ok","message_token":5741311803571721087,"chat_hostname":"SN-CHAT-01_"}"""),
    };
}
