using System.Text.Json;
using System.Text.RegularExpressions;

namespace ChannelHub.Adapters.Conformance.Twilio;

/// <summary>What the resources must be given.</summary>
internal static partial class TwilioRules
{
    private const int MaxBody = 1600;

    private static readonly string[] MessageFields =
        ["To", "From", "MessagingServiceSid", "Body", "MediaUrl", "StatusCallback", "ContentSid", "ContentVariables", "PersistentAction", "SmartEncoded", "ValidityPeriod"];

    private static readonly string[] NumberFields = ["SmsUrl", "SmsMethod", "VoiceUrl", "VoiceMethod", "StatusCallback", "StatusCallbackMethod"];

    /// <summary>What a new message does wrong: an error's number and words; null if nothing.</summary>
    public static (int Code, string Words)? Message(IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        string? Get(string name) => fields.FirstOrDefault(field => field.Key == name).Value;
        if (fields.FirstOrDefault(field => !MessageFields.Contains(field.Key)).Key is { } unknown)
            return (20001, $"unknown parameter {unknown}");
        bool whatsApp = Get("To")?.StartsWith("whatsapp:", StringComparison.Ordinal) == true;
        if (Get("To") is not { } to || !(whatsApp ? WhatsApp().IsMatch(to) : Number().IsMatch(to)))
            return (21211, "Invalid 'To' Phone Number");
        if (Get("From") is null == Get("MessagingServiceSid") is null)
            return (21603, "either 'From' or 'MessagingServiceSid'");
        if (Get("From") is { } from && from.StartsWith("whatsapp:", StringComparison.Ordinal) != whatsApp)
            return (63007, "no channel with the specified From address");
        if (Get("Body") is null && Get("MediaUrl") is null && Get("ContentSid") is null)
            return (21619, "nothing to send");
        if (Get("Body") is { Length: > MaxBody or 0 })
            return (21617, "the body is longer than 1600 characters, or empty");
        if (fields.Count(field => field.Key == "MediaUrl") > (whatsApp ? 1 : 10) || (Get("MediaUrl") is { } media && !IsWeb(media)))
            return (21620, "Invalid media URL");
        if (Get("StatusCallback") is { } callback && !IsWeb(callback))
            return (21609, "Invalid 'StatusCallback' URL");
        if (Get("ContentSid") is { } content && !content.StartsWith("HX", StringComparison.Ordinal))
            return (63027, "no such template");
        return Get("ContentVariables") is { } variables && !IsMap(variables) ? (63028, "variables are a map of strings")
            : Get("PersistentAction") is { } action && !Geo().IsMatch(action) ? (63021, "not a place") : null;
    }

    /// <summary>What a change of a number does wrong; null if nothing.</summary>
    public static string? OfNumber(IReadOnlyDictionary<string, string> fields)
    {
        string? unknown = fields.Keys.FirstOrDefault(name => !NumberFields.Contains(name));
        return unknown is not null ? $"unknown parameter {unknown}"
            : fields.Where(field => field.Key.EndsWith("Url", StringComparison.Ordinal) || field.Key == "StatusCallback").FirstOrDefault(field => !IsWeb(field.Value)).Key is { } bad ? $"{bad} is not an address"
            : null;
    }

    private static bool IsWeb(string address) => Uri.TryCreate(address, UriKind.Absolute, out Uri? url) && (url.Scheme == "https" || url.IsLoopback);

    private static bool IsMap(string json)
    {
        try
        {
            return JsonElement.Parse(json) is { ValueKind: JsonValueKind.Object } map && map.EnumerateObject().All(one => one.Value.ValueKind == JsonValueKind.String);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^\+[1-9]\d{6,14}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"^whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.\d+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WhatsApp();

    [GeneratedRegex(@"^geo:-?\d+(\.\d+)?,-?\d+(\.\d+)?(\|.+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Geo();
}
