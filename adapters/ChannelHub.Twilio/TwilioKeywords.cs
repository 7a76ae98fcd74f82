using System.Collections.Frozen;

namespace ChannelHub.Twilio;

/// <summary>
/// The words by which customers leave and come back. Twilio acts on them itself where they are usual, and still delivers them; elsewhere the
/// hub keeps to them.
/// </summary>
internal static class TwilioKeywords
{
    private static readonly FrozenSet<string> Stop = FrozenSet.Create("STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT");

    // Usual by text; in a chat they are words like others.
    private static readonly FrozenSet<string> StopByText = FrozenSet.Create("CANCEL", "END", "QUIT", "REVOKE");

    private static readonly FrozenSet<string> Start = FrozenSet.Create("START", "UNSTOP");

    private static readonly FrozenSet<string> StartByText = FrozenSet.Create("YES");

    /// <summary>True to leave, false to come back, null for anything else. What Twilio has judged wins over the words.</summary>
    public static bool? OptedOut(string? judged, string? body, bool whatsApp)
    {
        switch (judged?.ToUpperInvariant())
        {
            case "STOP":
                return true;
            case "START":
                return false;
            case "HELP":
                return null;
        }
        string word = body?.Trim().ToUpperInvariant() ?? "";
        if (Stop.Contains(word) || (!whatsApp && StopByText.Contains(word)))
            return true;
        return Start.Contains(word) || (!whatsApp && StartByText.Contains(word)) ? false : null;
    }
}
