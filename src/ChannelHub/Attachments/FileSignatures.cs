namespace ChannelHub.Attachments;

/// <summary>By what their first bytes files are known. Containers that hold several types are told apart in <see cref="SafeType"/>.</summary>
internal static class FileSignatures
{
    // ISO media, Matroska and Ogg hold sound as well as pictures; ZIP and OLE hold documents.
    public const string IsoMedia = "iso";
    public const string Matroska = "matroska";
    public const string Ogg = "ogg";
    public const string Zip = "application/zip";
    public const string Gzip = "application/gzip";
    public const string Ole = "ole";

    private static readonly Signature[] Types =
    [
        new("image/jpeg", [0xFF, 0xD8, 0xFF]),
        new("image/png", [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n']),
        new("image/gif", "GIF87a"u8.ToArray()),
        new("image/gif", "GIF89a"u8.ToArray()),
        new("image/webp", "RIFF"u8.ToArray(), 8, "WEBP"u8.ToArray()),
        new("image/tiff", [.. "II*"u8, 0]),
        new("image/tiff", [.. "MM"u8, 0, (byte)'*']),
        new("image/bmp", "BM"u8.ToArray(), 6, [0, 0, 0, 0]),
        new("image/vnd.adobe.photoshop", "8BPS"u8.ToArray()),
        new("audio/wav", "RIFF"u8.ToArray(), 8, "WAVE"u8.ToArray()),
        new("audio/mpeg", "ID3"u8.ToArray()),
        new("audio/amr", "#!AMR\n"u8.ToArray()),
        new("audio/amr-wb", "#!AMR-WB\n"u8.ToArray()),
        new("audio/flac", "fLaC"u8.ToArray()),
        new("audio/midi", "MThd"u8.ToArray()),
        new("audio/x-caf", "caff"u8.ToArray()),
        new("video/x-msvideo", "RIFF"u8.ToArray(), 8, "AVI "u8.ToArray()),
        new("video/mpeg", [0, 0, 1, 0xBA]),
        new("video/mpeg", [0, 0, 1, 0xB3]),
        new("video/x-ms-asf", [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]),
        new("application/pdf", "%PDF-"u8.ToArray()),
        new("application/rtf", "{\\rtf"u8.ToArray()),
        new("application/x-7z-compressed", [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C]),
        new("application/vnd.rar", [.. "Rar!"u8, 0x1A, 0x07]),
        new("application/x-bzip2", "BZh"u8.ToArray(), 4, [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
        new("application/x-xz", [0xFD, .. "7zXZ"u8, 0]),
        new(Gzip, [0x1F, 0x8B, 0x08]),
        new(Zip, [.. "PK"u8, 3, 4]),
        new(Zip, [.. "PK"u8, 5, 6]),
        new(Ole, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        new(IsoMedia, [], 4, "ftyp"u8.ToArray()),
        new(Matroska, [0x1A, 0x45, 0xDF, 0xA3]),
        new(Ogg, "OggS"u8.ToArray()),
    ];

    private static readonly Signature[] Programs =
    [
        new("elf", [0x7F, .. "ELF"u8]),
        new("mach-o", [0xFE, 0xED, 0xFA, 0xCE]),
        new("mach-o", [0xFE, 0xED, 0xFA, 0xCF]),
        new("mach-o", [0xCE, 0xFA, 0xED, 0xFE]),
        new("mach-o", [0xCF, 0xFA, 0xED, 0xFE]),
        new("class, mach-o", [0xCA, 0xFE, 0xBA, 0xBE]),
        new("dex", "dex\n"u8.ToArray()),
        new("shortcut", [0x4C, 0, 0, 0, 1, 0x14, 2, 0]),
        new("compiled help", "ITSF"u8.ToArray()),
        new("script", "#!/"u8.ToArray()),
        new("script", "#! /"u8.ToArray()),
    ];

    private static readonly Signature[] Flash = [new("swf", "FWS"u8.ToArray()), new("swf", "CWS"u8.ToArray()), new("swf", "ZWS"u8.ToArray())];

    /// <summary>The type, or the kind of container; null if the bytes say nothing.</summary>
    public static string? Find(ReadOnlySpan<byte> head)
    {
        foreach (Signature signature in Types)
        {
            if (signature.Fits(head))
                return signature.Type;
        }
        return AudioFrame(head);
    }

    /// <summary>Whether an operating system would run it.</summary>
    public static bool IsProgram(ReadOnlySpan<byte> head)
    {
        foreach (Signature signature in Programs)
        {
            if (signature.Fits(head))
                return true;
        }
        // Two letters alone are too little: words begin so, too.
        return head.StartsWith("MZ"u8) && head.Contains((byte)0);
    }

    /// <summary>Whether it is a Flash film.</summary>
    public static bool IsFlash(ReadOnlySpan<byte> head)
    {
        foreach (Signature signature in Flash)
        {
            if (signature.Fits(head) && !Markup.IsText(head))
                return true;
        }
        return false;
    }

    // Frames of sound without any header: eleven or twelve set bits, then the layer.
    private static string? AudioFrame(ReadOnlySpan<byte> head)
    {
        if (head.Length < 4 || head[0] != 0xFF)
            return null;
        if ((head[1] & 0xF6) == 0xF0)
            return "audio/aac";
        bool isLayer3 = (head[1] & 0xE6) == 0xE2 && (head[1] & 0x18) != 0x08;
        return isLayer3 && (head[2] & 0xF0) != 0xF0 && (head[2] & 0x0C) != 0x0C ? "audio/mpeg" : null;
    }

    private sealed record Signature(string Type, byte[] Start, int Offset = 0, byte[]? Inner = null)
    {
        public bool Fits(ReadOnlySpan<byte> head) =>
            head.StartsWith(Start) && (Inner is null || (head.Length >= Offset + Inner.Length && head[Offset..].StartsWith(Inner)));
    }
}
