using System.Xml.Linq;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>What a caller is answered at each step. Pure: a function of the settings, the step and the time.</summary>
internal sealed class Ivr(IvrSettings settings, IvrClock clock)
{
    private const int MostTries = 3;
    private const int LongestTranscribed = 119;
    private const string Main = "main";
    private const string Closed = "closed";

    // Ours where the settings are silent; a caller must hear something, and must hear that it is recorded.
    private static readonly IvrLanguage English = new("en-GB");

    /// <summary>The call has come.</summary>
    public HookReply Begin(IvrLinks links, DateTimeOffset at)
    {
        if (settings.Languages.Count < 2)
            return Menu(links, new IvrPlace(0, StartAt(at), "", 0));
        string next = links.To("language", new IvrPlace(0, "", "", 0));
        return TwiMl.Answer(
            TwiMl.Gather(next, settings.Languages.Select((language, index) => TwiMl.Say(language.Prompt ?? $"{language.Code}: {index + 1}", language))),
            // Who presses nothing hears the usual language.
            TwiMl.Redirect(next));
    }

    /// <summary>A language was chosen, or none.</summary>
    public HookReply Language(IvrLinks links, string? digits, DateTimeOffset at)
    {
        int chosen = digits is [>= '1' and <= '9'] && digits[0] - '1' < settings.Languages.Count ? digits[0] - '1' : 0;
        return Menu(links, new IvrPlace(chosen, StartAt(at), "", 0));
    }

    /// <summary>A menu is said, for as often as it makes sense; then the caller is asked for a message.</summary>
    public HookReply Menu(IvrLinks links, IvrPlace place, params IEnumerable<XElement?> first)
    {
        if (settings.Menus.GetValueOrDefault(place.Menu) is not { } menu || menu.Keys.Count == 0 || place.Try >= MostTries)
            return Voicemail(links, place, [.. first, Greeting(place)]);
        IvrPlace next = place with { Try = place.Try + 1 };
        return TwiMl.Answer(
            [.. first, TwiMl.Gather(links.To("menu", next), TwiMl.Say(In(menu.Greeting, place), LanguageOf(place))), TwiMl.Redirect(links.To("menu", next))]);
    }

    /// <summary>The key that was pressed; null for none, or for one that does nothing.</summary>
    public IvrKey? KeyOf(IvrPlace place, string? digits) =>
        string.IsNullOrEmpty(digits) ? null : settings.Menus.GetValueOrDefault(place.Menu)?.Keys.FirstOrDefault(key => key.Key == digits);

    /// <summary>A key was pressed.</summary>
    public HookReply Press(IvrLinks links, IvrPlace place, IvrKey key)
    {
        XElement? said = TwiMl.Say(In(key.Say, place), LanguageOf(place));
        return key.Action switch
        {
            IvrAction.Callback => TwiMl.Answer(said, TwiMl.Say(In(settings.CallbackPromise, place) ?? "Thank you. We will call you back.", LanguageOf(place, settings.CallbackPromise)), TwiMl.HangUp()),
            IvrAction.Dial when !string.IsNullOrWhiteSpace(key.Number) => TwiMl.Answer(said, TwiMl.Dial(key.Number, links.To("dialed", place))),
            IvrAction.Menu when key.Menu is { Length: > 0 } menu => Menu(links, place with { Menu = menu, Try = 0 }, said),
            IvrAction.HangUp => TwiMl.Answer(said, TwiMl.HangUp()),
            IvrAction.Say => Menu(links, place, said),
            _ => Voicemail(links, place, said),
        };
    }

    /// <summary>Nobody took the call that was put through.</summary>
    public HookReply Voicemail(IvrLinks links, IvrPlace place, params IEnumerable<XElement?> first)
    {
        bool transcribed = settings.Transcribe && (LanguageOf(place)?.Code ?? "en").StartsWith("en", StringComparison.OrdinalIgnoreCase);
        int seconds = Math.Clamp(settings.VoicemailSeconds, 5, 3600);
        return TwiMl.Answer(
        [
            .. first,
            TwiMl.Say(In(settings.VoicemailPrompt, place) ?? "Please leave a message after the tone. It will be recorded.", LanguageOf(place, settings.VoicemailPrompt)),
            TwiMl.Record(links.To("recorded", place), links.To("recording", place), transcribed ? links.To("transcribed", place) : null,
                transcribed ? Math.Min(seconds, LongestTranscribed) : seconds),
            // Without a recording Twilio goes on here.
            TwiMl.HangUp(),
        ]);
    }

    /// <summary>A message was left.</summary>
    public HookReply Recorded(IvrPlace place) =>
        TwiMl.Answer(TwiMl.Say(In(settings.Thanks, place) ?? "Thank you. Goodbye.", LanguageOf(place, settings.Thanks)), TwiMl.HangUp());

    private string StartAt(DateTimeOffset at) => clock.IsOpen(at) ? Main : Closed;

    // A menu without keys is an announcement.
    private XElement? Greeting(IvrPlace place) =>
        place.Try >= MostTries ? null : settings.Menus.GetValueOrDefault(place.Menu) is { } menu ? TwiMl.Say(In(menu.Greeting, place), LanguageOf(place)) : null;

    private IvrLanguage? LanguageOf(IvrPlace place) => settings.Languages.Count == 0 ? null : settings.Languages[place.Language < settings.Languages.Count ? place.Language : 0];

    // Our own English words are said in English.
    private IvrLanguage? LanguageOf(IvrPlace place, IReadOnlyDictionary<string, string> texts) => In(texts, place) is null ? English : LanguageOf(place);

    private string? In(IReadOnlyDictionary<string, string> texts, IvrPlace place)
    {
        string? words = LanguageOf(place) is { } language ? texts.GetValueOrDefault(language.Code) : null;
        words ??= settings.Languages.Count == 0 ? texts.Values.FirstOrDefault() : null;
        return string.IsNullOrWhiteSpace(words) ? null : words;
    }
}

/// <summary>Addresses within the hook.</summary>
/// <param name="Hook">The hook's own address; null where it is not known.</param>
/// <param name="ChannelId">The last step of it.</param>
/// <param name="SubPath">The step at which the caller is.</param>
internal sealed record IvrLinks(Uri? Hook, string? ChannelId, string SubPath)
{
    /// <summary>Absolute where the hub knows its address, else as seen from the step that is answered.</summary>
    public string To(string step, IvrPlace place) =>
        Hook is not null ? $"{Hook.AbsoluteUri}/{step}?{place.Query}"
        : SubPath.Length == 0 && ChannelId is not null ? $"{ChannelId}/{step}?{place.Query}" : $"{step}?{place.Query}";
}
