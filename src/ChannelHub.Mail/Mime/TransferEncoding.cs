using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>Writes bodies in seven bits and short lines.</summary>
internal static class TransferEncoding
{
    private const int Width = 76;
    private static readonly byte[] Hex = "0123456789ABCDEF"u8.ToArray();

    /// <summary>Text with CR LF line ends; the name of the encoding that suits it best.</summary>
    public static string Choose(ReadOnlySpan<byte> text)
    {
        int foreign = 0;
        bool shortLines = true;
        int line = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            bool lineEnd = b is (byte)'\r' or (byte)'\n';
            foreign += b >= 0x7F || (b < 32 && !lineEnd && b != '\t') ? 1 : 0;
            line = lineEnd ? 0 : line + 1;
            shortLines &= line <= Width;
        }
        bool spaced = text.IndexOf(" \r\n"u8) >= 0 || text.IndexOf("\t\r\n"u8) >= 0 || text.EndsWith(" "u8);
        bool harmless = !spaced && !text.StartsWith("From "u8) && text.IndexOf("\nFrom "u8) < 0 && text.IndexOf("--=_"u8) < 0;
        if (foreign == 0 && shortLines && harmless)
            return "7bit";
        return foreign > text.Length / 5 ? "base64" : "quoted-printable";
    }

    public static void Write(IBufferWriter<byte> target, ReadOnlySpan<byte> content, string encoding)
    {
        if (encoding == "base64")
            Base64Lines(target, content);
        else if (encoding == "quoted-printable")
            QuotedPrintable(target, content);
        else
            target.Write(content);
    }

    private static void Base64Lines(IBufferWriter<byte> target, ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            int take = Math.Min(content.Length, Width / 4 * 3);
            Span<byte> line = target.GetSpan(Width + 2);
            Base64.EncodeToUtf8(content[..take], line, out _, out int written);
            line[written] = (byte)'\r';
            line[written + 1] = (byte)'\n';
            target.Advance(written + 2);
            content = content[take..];
        }
    }

    private static void QuotedPrintable(IBufferWriter<byte> target, ReadOnlySpan<byte> text)
    {
        int column = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            if (b == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                target.Write("\r\n"u8);
                column = 0;
                i++;
                continue;
            }
            bool beforeEnd = i + 1 >= text.Length || text[i + 1] == '\r';
            bool space = b is (byte)' ' or (byte)'\t';
            bool lineStart = column == 0 && b is (byte)'F' or (byte)'.' or (byte)'-';
            bool plain = (b is > 32 and < 127 && b != '=' && !(lineStart && column == 0)) || (space && !beforeEnd);
            int width = plain ? 1 : 3;
            if (column + width > Width - 1)
            {
                target.Write("=\r\n"u8);
                column = 0;
            }
            target.Write(plain ? [b] : [(byte)'=', Hex[b >> 4], Hex[b & 15]]);
            column += width;
        }
        target.Write("\r\n"u8);
    }

    /// <summary>Text as bytes whose every line end is CR LF.</summary>
    public static byte[] Canonical(string text) =>
        Encoding.UTF8.GetBytes(CleanText.Mend(CleanText.Lines(text)).Replace("\n", "\r\n", StringComparison.Ordinal));
}
