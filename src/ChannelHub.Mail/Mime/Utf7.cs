using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>UTF-7 of old mail, and its variant for names of IMAP folders. Only for reading text; it never reaches a browser undecoded.</summary>
internal static class Utf7
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    public static string Decode(ReadOnlySpan<byte> bytes) => Decode(Encoding.Latin1.GetString(bytes), shift: '+', sixtyThird: '/');

    public static string DecodeFolder(string name) => Decode(name, shift: '&', sixtyThird: ',');

    /// <summary>A folder's name as IMAP servers without UTF-8 want it.</summary>
    public static string EncodeFolder(string name)
    {
        StringBuilder encoded = new(name.Length);
        int i = 0;
        while (i < name.Length)
        {
            if (name[i] is >= ' ' and <= '~')
            {
                encoded.Append(name[i] == '&' ? "&-" : name[i].ToString());
                i++;
                continue;
            }
            int end = i;
            while (end < name.Length && name[end] is not (>= ' ' and <= '~'))
                end++;
            string base64 = Convert.ToBase64String(Encoding.BigEndianUnicode.GetBytes(name[i..end]));
            encoded.Append('&').Append(base64.TrimEnd('=').Replace('/', ',')).Append('-');
            i = end;
        }
        return encoded.ToString();
    }

    private static string Decode(string text, char shift, char sixtyThird)
    {
        StringBuilder decoded = new(text.Length);
        int i = 0;
        while (i < text.Length)
        {
            if (text[i] != shift)
            {
                decoded.Append(text[i++]);
                continue;
            }
            i++;
            int start = i;
            int bits = 0;
            int count = 0;
            while (i < text.Length && Value(text[i], sixtyThird) is >= 0 and int value)
            {
                bits = ((bits << 6) | value) & 0xFFFFFF;
                count += 6;
                if (count >= 16)
                {
                    count -= 16;
                    decoded.Append((char)((bits >> count) & 0xFFFF));
                }
                i++;
            }
            if (i == start)
                decoded.Append(shift);
            if (i < text.Length && text[i] == '-')
                i++;
        }
        return CleanText.Mend(decoded.ToString());
    }

    private static int Value(char c, char sixtyThird) => c == sixtyThird ? 63 : c is '/' or ',' ? -1 : Alphabet.IndexOf(c, StringComparison.Ordinal);
}
