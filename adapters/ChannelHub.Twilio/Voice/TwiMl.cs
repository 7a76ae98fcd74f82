using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>The verbs of a call's answer.</summary>
internal static class TwiMl
{
    public static HookReply Answer(params IEnumerable<XElement?> verbs) =>
        HookReply.Text($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>{new XElement("Response", verbs).ToString(SaveOptions.DisableFormatting)}", TwilioReplies.Xml);

    /// <summary>Null for no words, which says nothing.</summary>
    public static XElement? Say(string? words, IvrLanguage? language) => string.IsNullOrWhiteSpace(words) ? null : new XElement("Say",
        language is null ? null : new XAttribute("language", Clean(language.Code)),
        string.IsNullOrEmpty(language?.Voice) ? null : new XAttribute("voice", Clean(language.Voice)),
        Clean(words));

    /// <summary>Waits for one key; without one the next verb follows.</summary>
    public static XElement Gather(string action, params IEnumerable<XElement?> said) => new("Gather",
        new XAttribute("input", "dtmf"), new XAttribute("numDigits", "1"), new XAttribute("timeout", "6"),
        // Hash and star are keys like others here.
        new XAttribute("finishOnKey", ""), new XAttribute("action", action), new XAttribute("method", "POST"), said);

    public static XElement Redirect(string address) => new("Redirect", new XAttribute("method", "POST"), address);

    public static XElement Record(string action, string status, string? transcribed, int seconds) => new("Record",
        new XAttribute("action", action), new XAttribute("method", "POST"), new XAttribute("maxLength", seconds.ToString(CultureInfo.InvariantCulture)),
        new XAttribute("playBeep", "true"), new XAttribute("recordingStatusCallback", status), new XAttribute("recordingStatusCallbackEvent", "completed absent"),
        transcribed is null ? null : new XAttribute("transcribe", "true"), transcribed is null ? null : new XAttribute("transcribeCallback", transcribed));

    public static XElement Dial(string number, string action) => new("Dial",
        new XAttribute("action", action), new XAttribute("method", "POST"), new XAttribute("timeout", "25"), Clean(number));

    public static XElement HangUp() => new("Hangup");

    // What XML cannot hold would break the whole answer, and with it the call.
    private static string Clean(string words)
    {
        var clean = new StringBuilder(words.Length);
        foreach (char letter in CleanText.Clean(words))
            clean.Append(XmlConvert.IsXmlChar(letter) || char.IsSurrogate(letter) ? letter : ' ');
        return clean.ToString();
    }
}
