using System.Collections.Frozen;
using System.Net.Http.Headers;

namespace ChannelHub.Attachments;

/// <summary>What a file is, by its bytes.</summary>
/// <param name="ContentType">The type under which it is shown and served.</param>
/// <param name="Nature">Whether it could do something by itself.</param>
public readonly record struct JudgedType(string ContentType, FileNature Nature);

/// <summary>What a file could do by itself.</summary>
public enum FileNature
{
    /// <summary>Nothing; it is looked at, listened to or unpacked.</summary>
    Passive,

    /// <summary>A browser would run what is in it, so it is never served under its own type.</summary>
    Active,

    /// <summary>An operating system would run it.</summary>
    Program,
}

/// <summary>
/// The type of a file: the one its bytes show, else a claimed one that does no harm, else none. What a browser might run, however it is named,
/// is <c>application/octet-stream</c>.
/// </summary>
public static class SafeType
{
    /// <summary>Nothing is known of it.</summary>
    public const string Unknown = "application/octet-stream";

    private const int LongestType = 127;
    private const int ContainerHead = 256;

    private static readonly FrozenDictionary<string, string> TextByName = new Dictionary<string, string>
    {
        ["txt"] = "text/plain", ["log"] = "text/plain", ["csv"] = "text/csv", ["md"] = "text/markdown", ["vcf"] = "text/vcard", ["ics"] = "text/calendar",
        ["json"] = "application/json",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> ZipByName = new Dictionary<string, string>
    {
        ["docx"] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ["pptx"] = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ["odt"] = "application/vnd.oasis.opendocument.text",
        ["ods"] = "application/vnd.oasis.opendocument.spreadsheet",
        ["odp"] = "application/vnd.oasis.opendocument.presentation",
        ["epub"] = "application/epub+zip",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> OleByName = new Dictionary<string, string>
    {
        ["doc"] = "application/msword", ["xls"] = "application/vnd.ms-excel", ["ppt"] = "application/vnd.ms-powerpoint", ["msg"] = "application/vnd.ms-outlook",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> ProgramNames = FrozenSet.ToFrozenSet(
    [
        "exe", "com", "scr", "pif", "bat", "cmd", "msi", "msp", "msix", "appx", "dll", "cpl", "sys", "ocx", "jar", "class", "vbs", "vbe", "js", "jse", "mjs",
        "wsf", "wsh", "wsc", "hta", "ps1", "psm1", "lnk", "reg", "scf", "inf", "gadget", "chm", "sh", "bash", "command", "app", "apk", "deb", "rpm", "dex",
    ], StringComparer.Ordinal);

    private static readonly FrozenSet<string> ActiveNames = FrozenSet.ToFrozenSet(
    [
        "html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "svg", "svgz", "xml", "xsl", "xslt", "rdf", "swf", "pht", "phtml", "php", "asp", "aspx", "jsp",
    ], StringComparer.Ordinal);

    private static readonly string[] ActiveWords = ["html", "xml", "svg", "javascript", "ecmascript", "flash", "php", "x-component", "multipart", "rfc822"];

    /// <summary>Judges a file.</summary>
    /// <param name="head">Its first bytes.</param>
    /// <param name="claimed">The type its sender names.</param>
    /// <param name="fileName">The name its sender gives it.</param>
    public static JudgedType Judge(ReadOnlySpan<byte> head, string? claimed, string? fileName)
    {
        string claim = Claim(claimed);
        string extension = Extension(fileName);
        if (ProgramNames.Contains(extension) || FileSignatures.IsProgram(head))
            return new JudgedType(Unknown, FileNature.Program);
        if (FileSignatures.IsFlash(head))
            return new JudgedType(Unknown, FileNature.Active);
        if (FileSignatures.Find(head) is { } found)
            return new JudgedType(Refine(found, head, claim, extension), FileNature.Passive);
        if (ActiveNames.Contains(extension) || ActiveWords.Any(word => claim.Contains(word, StringComparison.Ordinal)) || Markup.IsIn(head))
            return new JudgedType(Unknown, FileNature.Active);
        return new JudgedType(Markup.IsText(head) ? HarmlessText(claim, extension) : Unknown, FileNature.Passive);
    }

    /// <summary>A claimed type without its parameters, in lower case; <see cref="Unknown"/> if it is no media type at all.</summary>
    public static string Claim(string? claimed) =>
        claimed is { Length: <= LongestType } && MediaTypeHeaderValue.TryParse(claimed, out MediaTypeHeaderValue? type) && type.MediaType is { } media
        && !media.Contains('*', StringComparison.Ordinal)
            ? media.ToLowerInvariant()
            : Unknown;

    private static string HarmlessText(string claim, string extension)
    {
        if (claim == Unknown)
            return TextByName.GetValueOrDefault(extension, Unknown);
        if (claim.EndsWith("/json", StringComparison.Ordinal) || claim.EndsWith("+json", StringComparison.Ordinal))
            return "application/json";
        if (!claim.StartsWith("text/", StringComparison.Ordinal))
            return Unknown;
        return TextByName.Values.Contains(claim, StringComparer.Ordinal) ? claim : "text/plain";
    }

    private static string Refine(string found, ReadOnlySpan<byte> head, string claim, string extension)
    {
        bool isSound = claim.StartsWith("audio/", StringComparison.Ordinal);
        ReadOnlySpan<byte> start = head[..Math.Min(head.Length, ContainerHead)];
        return found switch
        {
            FileSignatures.IsoMedia => IsoMedia(head, isSound),
            FileSignatures.Matroska => start.IndexOf("webm"u8) < 0 ? "video/x-matroska" : isSound ? "audio/webm" : "video/webm",
            FileSignatures.Ogg => start.IndexOf("theora"u8) >= 0 ? "video/ogg" : "audio/ogg",
            FileSignatures.Zip => ZipByName.GetValueOrDefault(extension, FileSignatures.Zip),
            FileSignatures.Ole => OleByName.GetValueOrDefault(extension, Unknown),
            FileSignatures.Gzip => extension == "tgs" || claim == "application/x-tgsticker" ? "application/x-tgsticker" : FileSignatures.Gzip,
            _ => found,
        };
    }

    private static string IsoMedia(ReadOnlySpan<byte> head, bool isSound)
    {
        ReadOnlySpan<byte> brand = head.Length >= 12 ? head[8..12] : default;
        if (brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8))
            return "image/heic";
        if (brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8))
            return "image/heif";
        if (brand.StartsWith("avi"u8))
            return "image/avif";
        if (brand.StartsWith("M4A"u8) || brand.StartsWith("M4B"u8))
            return "audio/mp4";
        if (brand.StartsWith("qt"u8))
            return "video/quicktime";
        string kind = brand.StartsWith("3g"u8) ? "3gpp" : "mp4";
        return (isSound ? "audio/" : "video/") + kind;
    }

    private static string Extension(string? fileName)
    {
        string name = SafeName.Of(fileName) ?? "";
        int dot = name.LastIndexOf('.');
        return dot < 0 ? "" : name[(dot + 1)..].ToLowerInvariant();
    }
}
