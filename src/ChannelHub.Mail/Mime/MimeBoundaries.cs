using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>The boundaries of the containers that are open, and the level of each.</summary>
internal sealed class MimeBoundaries
{
    /// <summary>Longer than any real one; a line is compared with boundaries in one look-up, so this bounds its cost.</summary>
    public const int Longest = 512;

    // One more than the level.
    private readonly Dictionary<string, int> levels = new(StringComparer.Ordinal);

    public bool None => levels.Count == 0;

    /// <summary>Gives back what <see cref="Close"/> wants to know: which outer container with the same boundary this one hides.</summary>
    public int Open(string boundary, int level)
    {
        levels.TryGetValue(boundary, out int hidden);
        levels[boundary] = level + 1;
        return hidden;
    }

    public void Close(string boundary, int hidden)
    {
        if (hidden == 0)
            levels.Remove(boundary);
        else
            levels[boundary] = hidden;
    }

    /// <summary>The level whose boundary the line is; an exact match counts before one that closes.</summary>
    public int? Match(ReadOnlySpan<byte> line, out bool closes)
    {
        closes = false;
        line = line[2..].TrimEnd(" \t"u8);
        if (line.Length is 0 or > Longest + 2)
            return null;
        Span<char> chars = stackalloc char[Longest + 2];
        Encoding.Latin1.GetChars(line, chars);
        ReadOnlySpan<char> text = chars[..line.Length];
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known = levels.GetAlternateLookup<ReadOnlySpan<char>>();
        if (known.TryGetValue(text, out int level))
            return level - 1;
        closes = text.EndsWith("--") && known.TryGetValue(text[..^2], out level);
        return closes ? level - 1 : null;
    }
}
