using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Twilio;
using ChannelHub.Twilio;

namespace ChannelHub.Adapters.Tests.Twilio;

public sealed class TwilioSmsConformance() : ChannelConformance(TwilioFacts.Sms);

public sealed class TwilioWhatsAppConformance() : ChannelConformance(TwilioFacts.WhatsApp);

public sealed class TwilioVoiceConformance() : ChannelConformance(TwilioFacts.Voice);

internal static class TwilioFacts
{
    private const string Account = "AC00000000000000000000000000000001";
    private const string Token = "recorded-auth-token";

    private static readonly Key Ada = new(KeyKinds.Phone, "+447700900123");

    private static readonly byte[] Picture = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

    public static ConformanceFacts Sms => Facts(new TwilioSmsChannelType(), Messaging("+15005550006"), "twilio_sms") with
    {
        Outbound = [SampleMessages.Text(Ada), SampleMessages.Picture(Ada)],
        PullBatches = 3,
    };

    public static ConformanceFacts WhatsApp => Facts(new TwilioWhatsAppChannelType(), Messaging("whatsapp:+15005550006"), "twilio_whatsapp") with
    {
        Outbound =
        [
            SampleMessages.Text(Ada, "whatsapp:+447700900123"), SampleMessages.Picture(Ada), SampleMessages.Location(Ada),
            SampleMessages.Of(Ada, null, new TemplatePart("HX00000000000000000000000000000001", null, ["Ada", "17"])),
        ],
        PullBatches = 3,
    };

    public static ConformanceFacts Voice => Facts(new TwilioVoiceChannelType(), api => new TwilioVoiceSettings
    {
        AccountSid = Account,
        AuthToken = Token,
        From = "+15005550006",
        Ivr = Menu,
        ApiBaseUrl = api.AbsoluteUri,
    }, "twilio_voice");

    /// <summary>Two languages, hours, a menu with every kind of key and one below it.</summary>
    public static IvrSettings Menu { get; } = new()
    {
        Languages = [new("en-GB", "For English press 1."), new("pl-PL", "Po polsku: 2.", "Polly.Ewa")],
        Hours = new IvrHours
        {
            TimeZone = "Europe/Warsaw",
            Open = [.. new[] { DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday }.Select(day => new IvrSpan(day, "09:00", "17:00"))],
            Holidays = ["2026-12-25"],
        },
        Menus = new Dictionary<string, IvrMenu>
        {
            ["main"] = new()
            {
                Greeting = In("For sales press 1, to leave a message press 2, to be called back press 3.", "Sprzedaż: 1, wiadomość: 2, oddzwonimy: 3."),
                Keys =
                [
                    new() { Key = "1", Label = "Sales", Action = IvrAction.Dial, Number = "+15005550007", Say = In("One moment & we connect you.", "Chwileczkę.") },
                    new() { Key = "2", Label = "Message", Action = IvrAction.Voicemail },
                    new() { Key = "3", Label = "Call back", Action = IvrAction.Callback },
                    new() { Key = "4", Label = "Orders", Action = IvrAction.Menu, Menu = "orders" },
                    new() { Key = "5", Label = "Hours", Action = IvrAction.Say, Say = In("We are open from 9 to 17.", "Od 9 do 17.") },
                    new() { Key = "0", Label = "Goodbye", Action = IvrAction.HangUp },
                ],
            },
            ["orders"] = new() { Greeting = In("Press star for returns.", "Zwroty: gwiazdka."), Keys = [new() { Key = "*", Label = "Returns", Action = IvrAction.Voicemail }] },
            ["closed"] = new() { Greeting = In("We are closed.", "Zamknięte.") },
        },
        VoicemailPrompt = In("Leave a message after the tone. It is recorded.", "Zostaw wiadomość po sygnale. Jest nagrywana."),
        Thanks = In("Thank you.", "Dziękujemy."),
        CallbackPromise = In("We call you back.", "Oddzwonimy."),
        Transcribe = true,
    };

    private static Dictionary<string, string> In(string english, string polish) => new() { ["en-GB"] = english, ["pl-PL"] = polish };

    private static Func<Uri, object> Messaging(string from) => api => new TwilioMessagingSettings { AccountSid = Account, AuthToken = Token, From = from, ApiBaseUrl = api.AbsoluteUri };

    private static ConformanceFacts Facts(ChannelType type, Func<Uri, object> settings, string folder) => new(type, settings)
    {
        Webhooks = Recording.LoadFolder($"tests/ChannelHub.Adapters.Tests/Fixtures/{folder}"),
        Sign = Sign,
        Tamper = recording => recording.WithHeader("X-Twilio-Signature", "a7bQ+FJtDo3jUlGqaN6w7qJOf8E="),
        Success = Answer,
        MediaReference = api => new Uri(api, $"2010-04-01/Accounts/{Account}/Messages/MM1/Media/ME1").AbsoluteUri,
        MediaBytes = Picture,
    };

    private static Recording Sign(Recording recording)
    {
        string url = $"https://hub.example/hooks/chn_conformance{(recording.SubPath.Length == 0 ? "" : "/")}{recording.SubPath}{(recording.Query.Length == 0 ? "" : "?")}{recording.Query}";
        return recording.WithHeader("X-Twilio-Signature", FakeTwilio.SignForm(Token, url, recording.Method == "GET" ? "" : recording.Text));
    }

    private static ScriptedReply Answer(ProviderCall call) => call.Path[(call.Path.LastIndexOf('/') + 1)..] switch
    {
        "ME1" => ScriptedReply.Bytes(Picture, "image/jpeg"),
        "Messages.json" when call.Method == "GET" => Listed(call),
        "Messages.json" => ScriptedReply.Json("""{"sid":"SM00000000000000000000000000000007","status":"queued","error_code":null,"num_segments":"1"}""", 201),
        "IncomingPhoneNumbers.json" => ScriptedReply.Json("""{"incoming_phone_numbers":[{"sid":"PN00000000000000000000000000000001","phone_number":"+15005550006"}]}"""),
        _ => ScriptedReply.Json("""{"sid":"AC00000000000000000000000000000001","friendly_name":"Shop","status":"active"}"""),
    };

    // Fifty messages of the last quarter of an hour, thirty on a page, the newest first.
    private static ScriptedReply Listed(ProviderCall call)
    {
        bool second = call.Query.Contains("&Page=1", StringComparison.Ordinal);
        string network = call.Query.Contains("whatsapp", StringComparison.Ordinal) ? "whatsapp:" : "";
        string messages = string.Join(',', Enumerable.Range(0, 50).Skip(second ? 30 : 0).Take(second ? 20 : 30).Select(number => $$"""
            {"sid":"SM{{50 - number:d32}}","direction":"inbound","from":"{{network}}+447700900123","to":"{{network}}+15005550006","body":"{{50 - number}}","num_media":"0",
             "date_sent":"Mon, 21 Sep 2026 11:{{50 - number / 5:d2}}:{{59 - number % 5:d2}} +0000"}
            """));
        return ScriptedReply.Json($$"""{"messages":[{{messages}}],"next_page_uri":{{(second ? "null" : $"\"{call.Path}{call.Query}&Page=1\"")}} }""");
    }
}
