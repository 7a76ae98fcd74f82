using System.Globalization;
using System.Text;

namespace ChannelHub.Core.Customers.Suggestions;

/// <summary>Names that accounts show, compared without case, punctuation and order of words.</summary>
internal static class Names
{
    /// <summary>Whether both show one name, and more than an initial.</summary>
    public static bool AreSame(string? left, string? right) => left is not null && right is not null && Plain(left) is { Length: >= 2 } plain && plain == Plain(right);

    /// <summary>Whether two names have no word in common, so that they are probably two people's.</summary>
    public static bool AreUnlike(string? left, string? right)
    {
        if (left is null || right is null)
            return false;
        string[] one = Words(left);
        string[] other = Words(right);
        return one.Length > 0 && other.Length > 0 && !one.Intersect(other, StringComparer.Ordinal).Any();
    }

    /// <summary>The words of a name in one form, whatever their order.</summary>
    public static string Plain(string name) => string.Join(' ', Words(name).Order(StringComparer.Ordinal));

    private static string[] Words(string name)
    {
        var plain = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            bool isPart = char.IsLetterOrDigit(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark;
            plain.Append(isPart ? char.ToLowerInvariant(c) : ' ');
        }
        return plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
