using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>Names of attachments as they may be shown and offered.</summary>
public static class FileNames
{
    private const int Longest = 150;

    /// <summary>
    /// A name without folders, control characters, direction marks or anything a file system or header takes amiss; never empty.
    /// It is data to show: files are stored under names of their own.
    /// </summary>
    public static string Safe(string? name, string mediaType = "")
    {
        string last = (name ?? "").Replace('\\', '/');
        last = last[(last.LastIndexOf('/') + 1)..];
        StringBuilder safe = new(last.Length);
        foreach (Rune rune in last.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.Format)
                continue;
            bool taken = rune.Value is '<' or '>' or ':' or '"' or '|' or '?' or '*' or 0x2028 or 0x2029 or 0xFFFD;
            safe.Append(taken ? "_" : rune.ToString());
        }
        string trimmed = safe.ToString().Trim(' ', '.');
        if (trimmed.Length > Longest)
            trimmed = CleanText.Truncate(trimmed, Longest - 20) + Extension(trimmed);
        if (trimmed.Length == 0)
            return "file" + Suffix(mediaType);
        int dot = trimmed.IndexOf('.');
        return IsReserved(dot < 0 ? trimmed : trimmed[..dot]) ? "_" + trimmed : trimmed;
    }

    private static string Extension(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot > 0 && name.Length - dot <= 12 ? name[dot..] : "";
    }

    private static bool IsReserved(string stem) =>
        stem.ToUpperInvariant() is "CON" or "PRN" or "AUX" or "NUL"
        || (stem.Length == 4 && char.IsAsciiDigit(stem[3]) && stem[..3].ToUpperInvariant() is "COM" or "LPT");

    private static string Suffix(string mediaType) => mediaType switch
    {
        "message/rfc822" or "message/global" => ".eml",
        "text/calendar" => ".ics",
        "text/plain" => ".txt",
        "text/html" => ".html",
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/gif" => ".gif",
        "application/pdf" => ".pdf",
        _ => "",
    };
}
