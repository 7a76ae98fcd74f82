using System.Collections.Frozen;
using ChannelHub.Adapters;

namespace ChannelHub.Meta.Graph;

/// <summary>
/// Words by which customers say that they do not want to be written to. Only a message that is nothing but the word counts, and only words that mean nothing
/// else: "cancel" is said of an order, "end" and "yes" of anything.
/// </summary>
internal static class OptOutWords
{
    private static readonly FrozenSet<string> Stop = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "stop", "stopall", "stop all", "unsubscribe", "unsubscribe all", "opt out", "optout", "стоп", "отписаться", "отписка",
        "baja", "parar", "désabonner", "se désabonner", "abbestellen", "abmelden");

    private static readonly FrozenSet<string> Start = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "start", "unstop", "subscribe", "opt in", "optin", "старт", "подписаться", "alta");

    /// <summary>The change of mind that a message is, beside being a message; null if it is none.</summary>
    public static SubscriptionChanged? Of(MessageReceived message)
    {
        if (message.Parts is not [TextPart { Text: var text }] || text.Length > 40)
            return null;
        string word = text.Trim().TrimEnd('.', '!').TrimEnd();
        bool stops = Stop.Contains(word);
        return stops || Start.Contains(word)
            ? new SubscriptionChanged(Key(message), message.Sender, stops) { At = message.At }
            : null;
    }

    private static string Key(MessageReceived message) => "optout:" + CleanText.Truncate(message.Id.Value, 240);
}
