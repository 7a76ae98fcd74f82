using System.Collections.Frozen;
using System.Globalization;

namespace ChannelHub.Vk;

/// <summary>VK numbers its reactions. A number that is not known here stays a number.</summary>
internal static class VkReactions
{
    private const string Custom = "custom:";

    private static readonly FrozenDictionary<long, string> Signs = new Dictionary<long, string>
    {
        [1] = "❤", [2] = "🔥", [3] = "😂", [4] = "👍", [5] = "💩", [6] = "❓", [7] = "😭", [8] = "😡",
        [9] = "👎", [10] = "👌", [11] = "😃", [12] = "🤔", [13] = "🙏", [14] = "😘", [15] = "😍", [16] = "🎉",
    }.ToFrozenDictionary();

    public static string SignOf(long number) => Signs.GetValueOrDefault(number) ?? string.Create(CultureInfo.InvariantCulture, $"{Custom}{number}");

    /// <summary>Null for a reaction that VK does not have.</summary>
    public static long? NumberOf(string sign)
    {
        if (sign.StartsWith(Custom, StringComparison.Ordinal))
            return long.TryParse(sign.AsSpan(Custom.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
        // With or without the character that asks for a coloured picture.
        string plain = sign.Replace("\uFE0F", "", StringComparison.Ordinal);
        foreach ((long number, string known) in Signs)
        {
            if (known == plain)
                return number;
        }
        return null;
    }
}
