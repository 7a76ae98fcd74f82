using System.Collections.Frozen;

namespace ChannelHub.Security;

/// <summary>What an API key may do. Scopes do not imply each other, but <see cref="Admin"/> implies all.</summary>
public static class Scopes
{
    /// <summary>See channels and channel types.</summary>
    public const string ChannelsRead = "channels:read";

    /// <summary>Make, change and watch channels; see and replay raw input.</summary>
    public const string ChannelsAdmin = "channels:admin";

    /// <summary>See customers and their identities.</summary>
    public const string CustomersRead = "customers:read";

    /// <summary>Change and merge customers.</summary>
    public const string CustomersWrite = "customers:write";

    /// <summary>Read conversations.</summary>
    public const string ConversationsRead = "conversations:read";

    /// <summary>Mark conversations as read.</summary>
    public const string ConversationsWrite = "conversations:write";

    /// <summary>Send, edit and withdraw messages.</summary>
    public const string MessagesSend = "messages:send";

    /// <summary>Read the event log.</summary>
    public const string EventsRead = "events:read";

    /// <summary>Everything, API keys and nodes among it.</summary>
    public const string Admin = "admin";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        ChannelsRead, ChannelsAdmin, CustomersRead, CustomersWrite, ConversationsRead, ConversationsWrite, MessagesSend, EventsRead, Admin,
    ];

    private static readonly FrozenSet<string> Known = All.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether there is such a scope.</summary>
    public static bool IsKnown(string scope) => Known.Contains(scope);

    /// <summary>Whether a key with <paramref name="granted"/> may do what asks for <paramref name="needed"/>.</summary>
    public static bool Allows(IEnumerable<string> granted, string needed)
    {
        foreach (string scope in granted)
        {
            if (scope == needed || scope == Admin)
                return true;
        }
        return false;
    }
}
