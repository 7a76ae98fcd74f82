using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using ChannelHub.Adapters;

namespace ChannelHub.Attachments;

/// <summary>
/// File names as something to show: no path, nothing that turns the reading direction, nothing a file system or a header would stumble over. A name is
/// never used to find a file.
/// </summary>
public static class SafeName
{
    private const int LongestBytes = 255;
    private const int LongestExtension = 32;
    private const int MostRead = 4096;
    private const string Nameless = "file";

    // What Windows keeps for devices, whatever follows the dot.
    private static readonly FrozenSet<string> Devices = FrozenSet.ToFrozenSet(
    [
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$",
        .. Enumerable.Range(0, 10).SelectMany(n => new[] { "COM" + n, "LPT" + n }), "COM¹", "COM²", "COM³", "LPT¹", "LPT²", "LPT³",
    ], StringComparer.OrdinalIgnoreCase);

    private static readonly SearchValues<char> InParameters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~");

    /// <summary>A name to show; null if nothing is left of it.</summary>
    public static string? Of(string? name)
    {
        if (name is null)
            return null;
        string last = LastSegment(CleanText.Clean(name.Length <= MostRead ? name : name[^MostRead..]));
        var kept = new StringBuilder(last.Length);
        foreach (Rune rune in last.EnumerateRunes())
        {
            if (!IsInvisible(rune))
                kept.Append(rune.Value is '<' or '>' or ':' or '"' or '|' or '?' or '*' ? "_" : rune.ToString());
        }
        string trimmed = kept.ToString().Trim(' ', '.', '\u00A0', '\u3000');
        if (trimmed.Length == 0)
            return null;
        return Shorten(Devices.Contains(trimmed.Split('.')[0].TrimEnd()) ? "_" + trimmed : trimmed);
    }

    /// <summary><c>Content-Disposition: attachment</c> with the name in both forms of RFC 6266; always one line of ASCII.</summary>
    public static string Attachment(string? name)
    {
        string safe = Of(name) ?? Nameless;
        var plain = new StringBuilder(safe.Length);
        foreach (char c in safe)
        {
            // A percent sign is left out of the old form, since some clients decode it there.
            if (!char.IsLowSurrogate(c))
                plain.Append(c is >= ' ' and < '\x7F' and not ('"' or '\\' or '%' or ';') ? c : '_');
        }
        string header = $"attachment; filename=\"{plain}\"";
        return plain.Equals(safe) ? header : header + "; filename*=UTF-8''" + Encode(safe);
    }

    private static string LastSegment(string name)
    {
        // "a/b/" names b, as the system would have it.
        string path = name.TrimEnd('/', '\\');
        return path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
    }

    // Controls, line breaks, and whatever changes how the rest is read. The joiners stay: scripts and emoji need them.
    private static bool IsInvisible(Rune rune) =>
        rune.Value is not (0x200C or 0x200D)
        && (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is (>= 0xFDD0 and <= 0xFDEF) or 0x2800 or 0x3164 or 0x115F or 0x1160 or 0xFFA0);

    private static string Shorten(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= LongestBytes)
            return name;
        int dot = name.LastIndexOf('.');
        string extension = dot > 0 && Encoding.UTF8.GetByteCount(name.AsSpan(dot)) <= LongestExtension ? name[dot..] : "";
        int room = LongestBytes - Encoding.UTF8.GetByteCount(extension);
        var kept = new StringBuilder();
        foreach (Rune rune in name.EnumerateRunes())
        {
            if ((room -= rune.Utf8SequenceLength) < 0)
                break;
            kept.Append(rune);
        }
        return kept.ToString().TrimEnd(' ', '.') + extension;
    }

    private static string Encode(string name)
    {
        var text = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            if (b < 0x80 && InParameters.Contains((char)b))
                text.Append((char)b);
            else
                text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return text.ToString();
    }
}
