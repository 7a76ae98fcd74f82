namespace ChannelHub.Core.Keys;

/// <summary>What an alias says of the account that has it.</summary>
public static class AliasKinds
{
    /// <summary>
    /// Whether it is a name that its account may give up and another may take, as usernames are. Any other alias is the account itself under another
    /// id: whoever comes with it is the same account.
    /// </summary>
    public static bool MayChangeHands(string kind) => kind == "username" || kind.EndsWith("_username", StringComparison.Ordinal);
}
