namespace ChannelHub.Mail.Mime;

/// <summary>Message ids in headers, in whatever dress they come.</summary>
public static class MessageIds
{
    /// <summary>Of a longer chain the first and the last are kept.</summary>
    public const int Most = 200;

    private const int Longest = 998;

    /// <summary>The first id, without angle brackets; null when there is none.</summary>
    public static string? First(string value)
    {
        List<string> all = Read(value, most: 1);
        return all.Count > 0 ? all[0] : null;
    }

    /// <summary>Every id in its order, without angle brackets, none twice.</summary>
    public static IReadOnlyList<string> All(string value)
    {
        List<string> ids = Read(value, int.MaxValue);
        return ids.Count <= Most ? ids : [.. ids[..(Most / 2)], .. ids[^(Most / 2)..]];
    }

    private static List<string> Read(string value, int most)
    {
        List<string> ids = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        int at = 0;
        while (at < value.Length && ids.Count < most)
        {
            int open = value.IndexOf('<', at);
            if (open < 0)
                break;
            int close = value.IndexOfAny(['>', '<'], open + 1);
            if (close < 0)
                close = value.Length;
            Keep(value.AsSpan(open + 1, close - open - 1));
            at = close < value.Length && value[close] == '<' ? close : close + 1;
        }
        if (ids.Count == 0 && !value.Contains('<'))
        {
            foreach (Range word in value.AsSpan().SplitAny(" ,;\t"))
            {
                if (ids.Count < most && value.AsSpan(word).Contains('@'))
                    Keep(value.AsSpan(word));
            }
        }
        return ids;

        void Keep(ReadOnlySpan<char> text)
        {
            string id = string.Concat(text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)).TrimEnd('>');
            if (id.Length is > 0 and <= Longest && seen.Add(id))
                ids.Add(id);
        }
    }
}
