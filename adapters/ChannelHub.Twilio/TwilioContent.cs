using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>What a message says, as parts and as small facts beside them. Pure.</summary>
internal static class TwilioContent
{
    private const int MostFiles = 30;
    private const int LeastEncoded = 64;

    private static readonly string[] Referral =
    [
        "ReferralBody", "ReferralHeadline", "ReferralSourceId", "ReferralSourceType", "ReferralSourceUrl", "ReferralMediaUrl", "ReferralMediaContentType",
        "ReferralMediaId", "ReferralCtwaClid",
    ];

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null if a file or a place lacks what it must have.</summary>
    public static IReadOnlyList<Part>? Read(TwilioForm form)
    {
        string? text = form["Body"] is { } body ? Decoded(body) : null;
        if (form.Id("ButtonPayload", 1024) is { } payload)
            return [new ReplyPart(payload, form["ButtonText"] ?? text)];
        if (form.Id("ListId", 1024) is { } row)
            return [new ReplyPart(row, form["ListTitle"] ?? text)];
        if (form["Latitude"] is not null || form["Longitude"] is not null)
            return Place(form) is { } place ? [place] : null;
        var parts = new List<Part>();
        if (!AddFiles(parts, form, ref text))
            return null;
        if (text is not null)
            parts.Insert(0, new TextPart(text));
        if (form["FlowData"] is not null || form["InteractiveData"] is not null)
            parts.Add(new UnsupportedPart("interactive"));
        if (parts.Count == 0)
            parts.Add(new UnsupportedPart(form.Id("MessageType") ?? "empty"));
        return parts;
    }

    public static Dictionary<string, string>? Metadata(TwilioForm form)
    {
        Dictionary<string, string>? facts = null;
        foreach (string name in Referral)
            Add(Snake(name), form[name], 512);
        Add("flow_data", form["FlowData"], 4096);
        Add("interactive_data", form["InteractiveData"], 4096);
        Add("forwarded", form["FrequentlyForwarded"] == "true" ? "frequently" : form["Forwarded"] == "true" ? "true" : null, 16);
        Add("country", form["FromCountry"], 8);
        return facts;

        void Add(string name, string? value, int max)
        {
            if (value is not null)
                (facts ??= [])[name] = CleanText.Truncate(value, max);
        }
    }

    // The words beside a single file are its caption; beside several they stand before them.
    private static bool AddFiles(List<Part> parts, TwilioForm form, ref string? text)
    {
        int files = int.TryParse(form["NumMedia"], NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? Math.Min(count, MostFiles) : 0;
        for (int index = 0; index < files; index++)
        {
            if (form.Id($"MediaUrl{index}", 2048) is not { } link)
                return false;
            string? type = form.Id($"MediaContentType{index}", 128);
            parts.Add(new MediaPart(KindOf(type, form["MessageType"]), new MediaReference { Reference = link, ContentType = type }, files == 1 ? text : null));
        }
        if (files == 1)
            text = null;
        return true;
    }

    private static LocationPart? Place(TwilioForm form) =>
        double.TryParse(form["Latitude"], NumberStyles.Float, CultureInfo.InvariantCulture, out double latitude) && Math.Abs(latitude) <= 90
        && double.TryParse(form["Longitude"], NumberStyles.Float, CultureInfo.InvariantCulture, out double longitude) && Math.Abs(longitude) <= 180
            ? new LocationPart(latitude, longitude, form["Label"], form["Address"])
            : null;

    private static MediaKind KindOf(string? type, string? messageType) => type?.Split('/')[0].ToLowerInvariant() switch
    {
        "image" => messageType == "sticker" ? MediaKind.Sticker : MediaKind.Image,
        "audio" => MediaKind.Audio,
        "video" => MediaKind.Video,
        _ => MediaKind.File,
    };

    // Long texts arrive encoded at times, and nothing says so: only what decodes to words of more than one is taken for that.
    private static string Decoded(string body)
    {
        if (body.Length < LeastEncoded || body.Length % 4 != 0 || !Base64.IsValid(body) || body.Any(char.IsWhiteSpace))
            return body;
        try
        {
            string text = Strict.GetString(Convert.FromBase64String(body));
            return text.Contains(' ', StringComparison.Ordinal) && !text.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\r' or '\t')) ? CleanText.Clean(text) : body;
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException)
        {
            return body;
        }
    }

    private static string Snake(string name) =>
        string.Concat(name.Select((letter, index) => char.IsAsciiLetterUpper(letter) ? (index == 0 ? "" : "_") + char.ToLowerInvariant(letter) : letter.ToString()));
}
