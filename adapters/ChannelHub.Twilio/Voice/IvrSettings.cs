using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace ChannelHub.Twilio;

/// <summary>What callers hear. Every text is given once for each language, under the language's code.</summary>
public sealed record IvrSettings
{
    [MaxLength(9), Description("The languages, the usual one first. With more than one the caller chooses by a key.")]
    public IReadOnlyList<IvrLanguage> Languages { get; init; } = [];

    [Description("When somebody is there. Without it: always.")]
    public IvrHours? Hours { get; init; }

    [MaxLength(20), Description("The menus by name. Callers begin in main, outside the hours in closed; without such a menu they are asked for a message.")]
    public IReadOnlyDictionary<string, IvrMenu> Menus { get; init; } = new Dictionary<string, IvrMenu>();

    [MaxLength(9), Description("Asks for a message, and says that it is recorded.")]
    public IReadOnlyDictionary<string, string> VoicemailPrompt { get; init; } = new Dictionary<string, string>();

    [MaxLength(9), Description("Said when a message was left.")]
    public IReadOnlyDictionary<string, string> Thanks { get; init; } = new Dictionary<string, string>();

    [MaxLength(9), Description("Said when a call back was asked for.")]
    public IReadOnlyDictionary<string, string> CallbackPromise { get; init; } = new Dictionary<string, string>();

    [Range(5, 3600), Description("Longest message in seconds. A transcript needs 119 or less.")]
    public int VoicemailSeconds { get; init; } = 119;

    [Description("Have messages written down by Twilio: English only.")]
    public bool Transcribe { get; init; }
}

/// <summary>One language.</summary>
/// <param name="Code">As <c>en-GB</c>.</param>
/// <param name="Prompt">Asks to press the key, in the language itself.</param>
/// <param name="Voice">Twilio's name of a voice; its own choice if empty.</param>
public sealed record IvrLanguage([property: MaxLength(16)] string Code, [property: MaxLength(500)] string? Prompt = null, [property: MaxLength(64)] string? Voice = null);

/// <summary>When somebody is there.</summary>
public sealed record IvrHours
{
    [MaxLength(64), Description("IANA name, as Europe/Warsaw.")]
    public string TimeZone { get; init; } = "UTC";

    [MaxLength(50), Description("When it is open. A span that ends before it begins goes on past midnight.")]
    public IReadOnlyList<IvrSpan> Open { get; init; } = [];

    [MaxLength(100), Description("Days on which it is closed all the same, as 2026-12-25.")]
    public IReadOnlyList<string> Holidays { get; init; } = [];
}

/// <summary>A span of one day of the week.</summary>
/// <param name="Day">As <c>monday</c>.</param>
/// <param name="From">As <c>09:00</c>.</param>
/// <param name="To">As <c>17:00</c>.</param>
public sealed record IvrSpan(DayOfWeek Day, [property: MaxLength(5)] string From, [property: MaxLength(5)] string To);

/// <summary>One menu.</summary>
public sealed record IvrMenu
{
    [MaxLength(9), Description("What is said before the keys, by language.")]
    public IReadOnlyDictionary<string, string> Greeting { get; init; } = new Dictionary<string, string>();

    [MaxLength(12), Description("What each key does.")]
    public IReadOnlyList<IvrKey> Keys { get; init; } = [];
}

/// <summary>One key of a menu.</summary>
public sealed record IvrKey
{
    [MaxLength(1), Description("0 to 9, * or #.")]
    public string Key { get; init; } = "";

    [MaxLength(100), Description("What agents read of the choice.")]
    public string Label { get; init; } = "";

    [Description("say, voicemail, callback, dial, menu or hang_up.")]
    public IvrAction Action { get; init; }

    [MaxLength(64), Description("Of dial: the number that rings.")]
    public string? Number { get; init; }

    [MaxLength(64), Description("Of menu: its name.")]
    public string? Menu { get; init; }

    [MaxLength(9), Description("Said first, by language.")]
    public IReadOnlyDictionary<string, string> Say { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a key does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IvrAction>))]
public enum IvrAction
{
    [JsonStringEnumMemberName("say")]
    Say,

    [JsonStringEnumMemberName("voicemail")]
    Voicemail,

    [JsonStringEnumMemberName("callback")]
    Callback,

    [JsonStringEnumMemberName("dial")]
    Dial,

    [JsonStringEnumMemberName("menu")]
    Menu,

    [JsonStringEnumMemberName("hang_up")]
    HangUp,
}
