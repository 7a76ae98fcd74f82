using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>
/// Writes header fields, folded. Everything goes through <see cref="Fold"/>, which takes pieces without control characters only: no value
/// can begin a line of its own.
/// </summary>
internal sealed class HeaderWriter(StringBuilder target)
{
    private const int Width = 76;
    private const int LongestPiece = 900;

    /// <summary>Free text, encoded where it must be.</summary>
    public void Text(string name, string value)
    {
        bool plain = IsPlain(value) && !value.Contains("=?", StringComparison.Ordinal) && !value.Split(' ').Any(w => w.Length > LongestPiece)
            && value.Trim(' ').Length == value.Length && !value.Contains("  ", StringComparison.Ordinal);
        Fold(name, plain ? value.Split(' ') : Encode(value));
    }

    /// <summary>Pieces that stand as they are, such as ids.</summary>
    public void Pieces(string name, IEnumerable<string> pieces) => Fold(name, pieces);

    public void Addresses(string name, IReadOnlyList<MailAddress> addresses)
    {
        if (addresses.Count == 0)
            return;
        List<string> pieces = [];
        for (int i = 0; i < addresses.Count; i++)
        {
            string comma = i < addresses.Count - 1 ? "," : "";
            if (addresses[i].DisplayName is { Length: > 0 } display)
            {
                pieces.AddRange(Phrase(display));
                pieces.Add("<" + Wire(addresses[i]) + ">" + comma);
            }
            else
            {
                pieces.Add(Wire(addresses[i]) + comma);
            }
        }
        Fold(name, pieces);
    }

    /// <summary>An address as it goes over the wire: the domain in A-labels, the local part as it is.</summary>
    public static string Wire(MailAddress address) => (address with { Domain = MailAddress.AsciiDomain(address.Domain) }).Address;

    /// <summary>A value and parameters, long or foreign ones in the form of RFC 2231.</summary>
    public void Parameterised(string name, string value, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        List<string> pieces = [value];
        foreach ((string key, string text) in parameters)
        {
            pieces[^1] += ";";
            if (IsPlain(text) && text.Length <= 60)
                pieces.Add(key + "=\"" + Escape(text) + "\"");
            else
                pieces.AddRange(Continued(key, text));
        }
        Fold(name, pieces);
    }

    /// <summary>No control characters, nothing but ASCII.</summary>
    public static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>Whether text may stand in a header at all.</summary>
    public static bool IsOneLine(string text)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c) || c is '\u2028' or '\u2029')
                return false;
        }
        return true;
    }

    /// <summary>Encoded words of at most 75 characters, each of whole characters.</summary>
    public static IEnumerable<string> Encode(string text)
    {
        List<string> words = [];
        List<byte> chunk = [];
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            int length = rune.EncodeToUtf8(utf8);
            if (chunk.Count + length > 45)
                Finish();
            for (int i = 0; i < length; i++)
                chunk.Add(utf8[i]);
        }
        Finish();
        return words;

        void Finish()
        {
            if (chunk.Count > 0)
                words.Add("=?utf-8?B?" + Convert.ToBase64String(chunk.ToArray()) + "?=");
            chunk.Clear();
        }
    }

    private static IEnumerable<string> Phrase(string display)
    {
        bool plain = IsPlain(display) && !display.Contains("=?", StringComparison.Ordinal) && display.Length <= 200;
        return plain ? ["\"" + Escape(display) + "\""] : Encode(display);
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static List<string> Continued(string key, string text)
    {
        List<string> pieces = [];
        StringBuilder piece = new("utf-8''");
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (piece.Length > 50)
                Finish(";");
            int length = rune.EncodeToUtf8(utf8);
            for (int i = 0; i < length; i++)
            {
                bool plain = char.IsAsciiLetterOrDigit((char)utf8[i]) || utf8[i] is (byte)'.' or (byte)'-' or (byte)'_';
                _ = plain ? piece.Append((char)utf8[i]) : piece.Append('%').Append(utf8[i].ToString("X2"));
            }
        }
        Finish("");
        return pieces;

        void Finish(string end)
        {
            pieces.Add($"{key}*{pieces.Count}*={piece}{end}");
            piece.Clear();
        }
    }

    private void Fold(string name, IEnumerable<string> pieces)
    {
        target.Append(name).Append(':');
        int column = name.Length + 1;
        foreach (string piece in pieces)
        {
            if (piece.Length == 0)
                continue;
            if (!IsOneLine(piece))
                throw new InvalidOperationException("a header piece holds a control character"); // callers have checked: a bug
            bool breaks = column + 1 + piece.Length > Width && column > name.Length + 1;
            target.Append(breaks ? "\r\n " : " ").Append(piece);
            column = breaks ? 1 + piece.Length : column + 1 + piece.Length;
        }
        target.Append("\r\n");
    }
}
