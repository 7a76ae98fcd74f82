using System.Collections.Frozen;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>Who calls. A caller's number is a claim unless the network vouches for it wholly.</summary>
internal static class VoiceCallers
{
    // How some networks spell "anonymous", "restricted", "blocked", "unknown" and "unavailable" on a keypad.
    private static readonly FrozenSet<string> Withheld = FrozenSet.Create("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253");

    /// <summary>Null for whoever withholds the number, and for addresses that are none of the telephone's.</summary>
    public static Sender? Read(TwilioForm form)
    {
        if (form["From"] is not { } from || Withheld.Contains(from) || from.Length is < 8 or > 16 || from[0] != '+' || !from.AsSpan(1).ContainsOnlyDigits())
            return null;
        return new Sender(new Key(KeyKinds.Phone, from))
        {
            Assurance = AttestationOf(form) == "A" ? Assurance.Proven : Assurance.Claimed,
            DisplayName = form["CallerName"] is { } name ? CleanText.Truncate(name, 256) : null,
        };
    }

    /// <summary>Somebody nobody knows, for this call alone.</summary>
    public static Sender Unknown(string callSid) => new(new Key("call", KeyScopes.Channel, callSid)) { Assurance = Assurance.Claimed };

    /// <summary>What STIR/SHAKEN says: <c>TN-Validation-Passed-A</c> and its kin.</summary>
    public static string? AttestationOf(TwilioForm form) => form["StirVerstat"] switch
    {
        null => null,
        "TN-Validation-Passed-A" => "A",
        "TN-Validation-Passed-B" => "B",
        "TN-Validation-Passed-C" => "C",
        { } verdict when verdict.StartsWith("TN-Validation-Failed", StringComparison.Ordinal) => "failed",
        _ => null,
    };

    private static bool ContainsOnlyDigits(this ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;
}
