using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>What the hub sends, as the parameters of <c>Messages.json</c>. Pure.</summary>
internal static class TwilioSending
{
    /// <summary>Carries the hub's own id in the address of the status callback.</summary>
    public const string KeyParameter = "key";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The parameters, or why there is no way to send this.</summary>
    public static (List<(string Name, string? Value)>? Parameters, string Reason) Parameters(OutboundMessage message, TwilioMessagingSettings settings, Uri? hook, bool whatsApp)
    {
        if (message is { Part: MediaPart, Media.Link: null })
            return (null, "Twilio fetches files from the hub, which has no public address (CHANNELHUB_PUBLIC_URL)");
        if (Content(message.Part, message.Media, whatsApp) is not { } content)
            return (null, $"Twilio has no way to send {message.Part.GetType().Name} here");
        string? from = string.IsNullOrEmpty(settings.From) ? null : TwilioAddresses.Own(settings.From, whatsApp);
        string? service = string.IsNullOrEmpty(settings.MessagingServiceSid) ? null : settings.MessagingServiceSid;
        return
        ([
            ("To", TwilioAddresses.To(message, whatsApp)), ("From", service is null ? from : null), ("MessagingServiceSid", service),
            ("StatusCallback", hook is null ? null : $"{hook.AbsoluteUri}?{KeyParameter}={Uri.EscapeDataString(message.Key)}"), .. content,
        ], "");
    }

    private static (string Name, string? Value)[]? Content(Part part, OutboundMedia? media, bool whatsApp) => part switch
    {
        TextPart text => [("Body", text.Text)],
        MediaPart file when media is not null => [("Body", string.IsNullOrEmpty(file.Caption) ? null : file.Caption), ("MediaUrl", media.Link!.AbsoluteUri)],
        LocationPart place when whatsApp => [("Body", Named(place)), ("PersistentAction", Point(place))],
        TemplatePart template when whatsApp => [("ContentSid", template.Name), ("ContentVariables", Variables(template))],
        _ => null,
    };

    private static string Named(LocationPart place) =>
        string.Join(", ", ((string?[])[place.Name, place.Address]).Where(word => !string.IsNullOrWhiteSpace(word))) is { Length: > 0 } name ? name : Coordinates(place);

    private static string Point(LocationPart place) =>
        string.IsNullOrWhiteSpace(place.Name) ? $"geo:{Coordinates(place)}" : $"geo:{Coordinates(place)}|{place.Name.Replace('|', ' ')}";

    private static string Coordinates(LocationPart place) => string.Create(CultureInfo.InvariantCulture, $"{place.Latitude:0.######},{place.Longitude:0.######}");

    // A content template numbers its places through, from its heading to its buttons.
    private static string? Variables(TemplatePart template)
    {
        string[] values = [.. template.Header, .. template.Variables, .. template.Buttons.OrderBy(button => button.Index).Select(button => button.Value)];
        return values.Length == 0 ? null : JsonSerializer.Serialize(values.Index().ToDictionary(one => (one.Index + 1).ToString(CultureInfo.InvariantCulture), one => one.Item), Compact);
    }
}
