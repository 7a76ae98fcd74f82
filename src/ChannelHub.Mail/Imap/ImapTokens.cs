using System.Globalization;
using System.Text;

namespace ChannelHub.Mail.Imap;

/// <summary>One value of a server's response: an atom or string, a block of bytes, or a list of values.</summary>
internal sealed record ImapValue(string? Text, byte[]? Block, IReadOnlyList<ImapValue>? List)
{
    public string AsText => Text ?? (Block is null ? "" : Encoding.UTF8.GetString(Block));

    public byte[] AsBytes => Block ?? Encoding.UTF8.GetBytes(Text ?? "");

    /// <summary>A number as IMAP has them; anything else breaks the connection.</summary>
    public uint AsNumber => uint.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
        ? number
        : throw new MailConnectionException("the server sent no number where one belongs");
}

/// <summary>Takes a response apart. Lists inside each other are counted, never recursed into.</summary>
internal static class ImapTokens
{
    private const int Deepest = 30;
    private const int Most = 200_000;

    public static List<ImapValue> Read(IReadOnlyList<object> pieces)
    {
        Stack<List<ImapValue>> open = new([[]]);
        int count = 0;
        foreach (object piece in pieces)
        {
            if (piece is byte[] block)
                open.Peek().Add(new ImapValue(null, block, null));
            else
                Text((string)piece, open, ref count);
        }
        while (open.Count > 1)
            Close(open);
        return open.Pop();
    }

    private static void Text(string text, Stack<List<ImapValue>> open, ref int count)
    {
        int at = 0;
        while (at < text.Length)
        {
            if (++count > Most)
                throw new MailConnectionException("the server sent a response beyond all measure");
            char c = text[at];
            if (c == ' ')
            {
                at++;
            }
            else if (c == '(')
            {
                if (open.Count > Deepest)
                    throw new MailConnectionException("the server nested lists beyond all measure");
                open.Push([]);
                at++;
            }
            else if (c == ')')
            {
                if (open.Count > 1)
                    Close(open);
                at++;
            }
            else if (c == '"')
            {
                open.Peek().Add(new ImapValue(Quoted(text, ref at), null, null));
            }
            else
            {
                open.Peek().Add(new ImapValue(Atom(text, ref at), null, null));
            }
        }
    }

    private static void Close(Stack<List<ImapValue>> open)
    {
        List<ImapValue> closed = open.Pop();
        open.Peek().Add(new ImapValue(null, null, closed));
    }

    private static string Quoted(string text, ref int at)
    {
        StringBuilder value = new();
        at++;
        while (at < text.Length && text[at] != '"')
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at++]);
        }
        at++;
        // Servers that speak UTF-8 write it raw; we read lines byte by byte.
        return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value.ToString()));
    }

    private static string Atom(string text, ref int at)
    {
        int start = at;
        bool bracket = false;
        while (at < text.Length && (bracket || text[at] is not (' ' or '(' or ')')))
        {
            bracket = text[at] == '[' || (bracket && text[at] != ']');
            at++;
        }
        return text[start..at];
    }
}
