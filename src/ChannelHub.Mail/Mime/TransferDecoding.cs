using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace ChannelHub.Mail.Mime;

/// <summary>Undoes Content-Transfer-Encoding. What is damaged is passed over, never refused.</summary>
internal static class TransferDecoding
{
    private static readonly sbyte[] Sextets = MakeSextets();

    /// <summary>Whether that encoding changes the bytes at all.</summary>
    public static bool Changes(string encoding) =>
        encoding is "base64" or "quoted-printable" or "x-uuencode" or "x-uue" or "uuencode";

    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> body, string encoding) => encoding switch
    {
        "base64" => Base64Bytes(body.Span),
        "quoted-printable" => QuotedPrintable(body.Span, underscoreIsSpace: false),
        "x-uuencode" or "x-uue" or "uuencode" => UuDecoding.Decode(body.Span),
        _ => body,
    };

    /// <summary>
    /// Whole lines of clean base64 go through the vectorised decoder in blocks; a line with anything else in it is read byte by byte.
    /// </summary>
    public static byte[] Base64Bytes(ReadOnlySpan<byte> text)
    {
        byte[] decoded = new byte[(text.Length / 4 * 3) + 3];
        byte[] block = ArrayPool<byte>.Shared.Rent(Math.Min(text.Length, 65_536) + 4);
        Base64State state = new();
        int length = 0;
        try
        {
            int filled = 0;
            while (!text.IsEmpty)
            {
                int end = text.IndexOf((byte)'\n');
                ReadOnlySpan<byte> line = (end < 0 ? text : text[..end]).TrimEnd("\r \t"u8);
                text = end < 0 ? default : text[(end + 1)..];
                bool clean = state.IsEmpty && line.Length % 4 == 0 && line.Length <= 8_192 && !line.EndsWith("="u8);
                if (!clean || filled + line.Length > block.Length)
                {
                    length += Block(block.AsSpan(0, filled), decoded.AsSpan(length), ref state);
                    filled = 0;
                }
                if (clean && state.IsEmpty)
                {
                    line.CopyTo(block.AsSpan(filled));
                    filled += line.Length;
                }
                else
                {
                    length += Slowly(line, decoded.AsSpan(length), ref state);
                }
            }
            length += Block(block.AsSpan(0, filled), decoded.AsSpan(length), ref state);
            length += state.Flush(decoded.AsSpan(length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
        return length == decoded.Length ? decoded : decoded[..length];
    }

    /// <summary>Soft line ends vanish, damaged escapes stay as they are, white space at line ends is dropped.</summary>
    public static byte[] QuotedPrintable(ReadOnlySpan<byte> text, bool underscoreIsSpace)
    {
        byte[] decoded = new byte[text.Length];
        int length = 0;
        int i = 0;
        int escapedTo = 0; // white space before this was written on purpose
        while (i < text.Length)
        {
            int run = underscoreIsSpace ? text[i..].IndexOfAny((byte)'=', (byte)'_') : text[i..].IndexOfAny((byte)'=', (byte)'\n');
            if (run < 0)
                run = text.Length - i;
            text.Slice(i, run).CopyTo(decoded.AsSpan(length));
            i += run;
            length += run;
            if (i >= text.Length)
                break;
            switch (text[i])
            {
                case (byte)'_':
                    decoded[length++] = (byte)' ';
                    i++;
                    break;
                case (byte)'\n':
                    length = EndLine(decoded, escapedTo, length, text[i - (i > 0 ? 1 : 0)] == '\r');
                    i++;
                    break;
                default:
                    int before = length;
                    i = Escape(text, i, decoded, ref length);
                    escapedTo = length > before ? length : escapedTo;
                    break;
            }
        }
        return decoded[..length];
    }

    private static int EndLine(byte[] decoded, int keep, int length, bool carriageReturn)
    {
        int end = carriageReturn && length > keep ? length - 1 : length;
        while (end > keep && decoded[end - 1] is (byte)' ' or (byte)'\t')
            end--;
        if (carriageReturn)
            decoded[end++] = (byte)'\r';
        decoded[end++] = (byte)'\n';
        return end;
    }

    private static int Escape(ReadOnlySpan<byte> text, int i, byte[] decoded, ref int length)
    {
        if (i + 2 < text.Length && Hex(text[i + 1]) is >= 0 and int high && Hex(text[i + 2]) is >= 0 and int low)
        {
            decoded[length++] = (byte)((high << 4) | low);
            return i + 3;
        }
        // A soft line end may have white space before the line ends. The search is bounded: no encoder writes longer runs.
        int end = i + 1;
        while (end < text.Length && end - i < 80 && text[end] is (byte)' ' or (byte)'\t')
            end++;
        if (end >= text.Length)
            return end;
        if (text[end] == '\r')
            end++;
        if (end < text.Length && text[end] == '\n')
            return end + 1;
        if (end > i + 1 && text[end - 1] == '\r')
            return end;
        decoded[length++] = (byte)'=';
        return i + 1;
    }

    public static int Hex(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
        _ => -1,
    };

    private static int Block(ReadOnlySpan<byte> block, Span<byte> target, ref Base64State state)
    {
        if (block.IsEmpty)
            return 0;
        OperationStatus status = Base64.DecodeFromUtf8(block, target, out int read, out int written, isFinalBlock: false);
        return status == OperationStatus.Done ? written : written + Slowly(block[read..], target[written..], ref state);
    }

    private static int Slowly(ReadOnlySpan<byte> text, Span<byte> target, ref Base64State state)
    {
        int length = 0;
        foreach (byte c in text)
        {
            int sextet = Sextets[c];
            if (sextet >= 0)
                length += state.Add(sextet, target[length..]);
            else if (c == '=')
                length += state.Flush(target[length..]);
        }
        return length;
    }

    private static sbyte[] MakeSextets()
    {
        sbyte[] table = new sbyte[256];
        Array.Fill(table, (sbyte)-1);
        ReadOnlySpan<byte> alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;
        for (int i = 0; i < alphabet.Length; i++)
            table[alphabet[i]] = (sbyte)i;
        table['-'] = 62;
        table['_'] = 63;
        return table;
    }

    /// <summary>The sextets of a group that is not complete yet.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Base64State
    {
        private int bits;
        private int count;

        public readonly bool IsEmpty => count == 0;

        public int Add(int sextet, Span<byte> target)
        {
            bits = (bits << 6) | sextet;
            if (++count < 4)
                return 0;
            target[0] = (byte)(bits >> 16);
            target[1] = (byte)(bits >> 8);
            target[2] = (byte)bits;
            bits = count = 0;
            return 3;
        }

        /// <summary>The group ends early: padding, or the text is over.</summary>
        public int Flush(Span<byte> target)
        {
            int bytes = Math.Max(count - 1, 0);
            if (bytes > 0)
                target[0] = (byte)(count == 2 ? bits >> 4 : bits >> 10);
            if (bytes > 1)
                target[1] = (byte)(bits >> 2);
            bits = count = 0;
            return bytes;
        }
    }
}

/// <summary>The encoding of mail before MIME.</summary>
internal static class UuDecoding
{
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        byte[] decoded = new byte[text.Length];
        int length = 0;
        bool begun = false;
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (end < 0 ? text : text[..end]).TrimEnd("\r"u8);
            text = end < 0 ? default : text[(end + 1)..];
            if (line.StartsWith("begin "u8))
                begun = true;
            else if (begun && line.SequenceEqual("end"u8))
                break;
            else if (begun && !line.IsEmpty)
                length += Line(line, decoded.AsSpan(length));
        }
        return decoded[..length];
    }

    private static int Line(ReadOnlySpan<byte> line, Span<byte> target)
    {
        int wanted = Value(line[0]);
        int length = 0;
        for (int i = 1; i < line.Length && length < wanted; i += 4)
        {
            int bits = (At(line, i) << 18) | (At(line, i + 1) << 12) | (At(line, i + 2) << 6) | At(line, i + 3);
            for (int shift = 16; shift >= 0 && length < wanted && length < target.Length; shift -= 8)
                target[length++] = (byte)(bits >> shift);
        }
        return length;
    }

    private static int At(ReadOnlySpan<byte> line, int i) => i < line.Length ? Value(line[i]) : 0;

    private static int Value(byte c) => (c - 32) & 63;
}
