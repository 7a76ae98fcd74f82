namespace ChannelHub.Attachments;

/// <summary>Which types of file are not taken in: media types, <c>video/*</c>, or <c>program</c>.</summary>
public static class TypePolicy
{
    /// <summary>What an operating system would run, by its bytes or its name.</summary>
    public const string Program = "program";

    /// <summary>Whether an entry of a list says something.</summary>
    public static bool IsEntry(string entry)
    {
        string type = entry.EndsWith("/*", StringComparison.Ordinal) ? entry[..^1] + "any" : entry;
        return entry == Program || string.Equals(SafeType.Claim(type), type, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether one of the entries names this file.</summary>
    public static bool Refuses(JudgedType type, params IEnumerable<string> entries)
    {
        foreach (string entry in entries)
        {
            bool isNamed = entry == Program
                ? type.Nature == FileNature.Program
                : entry.EndsWith("/*", StringComparison.Ordinal)
                    ? type.ContentType.StartsWith(entry[..^1], StringComparison.OrdinalIgnoreCase)
                    : type.ContentType.Equals(entry, StringComparison.OrdinalIgnoreCase);
            if (isNamed)
                return true;
        }
        return false;
    }
}
