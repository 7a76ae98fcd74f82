using System.Globalization;
using System.Text;

namespace ChannelHub.Mail.Imap;

/// <summary>A server's response.</summary>
/// <param name="Tag"><c>*</c>, <c>+</c> or the tag of our command.</param>
/// <param name="Line">The first line after the tag.</param>
/// <param name="Pieces">All of it: text, and the blocks between.</param>
internal sealed record ImapResponse(string Tag, string Line, IReadOnlyList<object> Pieces)
{
    public string Word => Line.IndexOf(' ', StringComparison.Ordinal) is > 0 and int space ? Line[..space].ToUpperInvariant() : Line.ToUpperInvariant();

    public List<ImapValue> Values() => ImapTokens.Read(Pieces);

    public ImapReply Reply()
    {
        string rest = Line.Length > Word.Length ? Line[(Word.Length + 1)..] : "";
        string code = "";
        if (rest.StartsWith('[') && rest.IndexOf(']', StringComparison.Ordinal) is > 0 and int close)
        {
            code = rest[1..close];
            rest = rest[(close + 1)..].TrimStart();
        }
        return new ImapReply(Word == "OK", code, rest.Length > 500 ? rest[..500] : rest);
    }
}

/// <summary>Writes commands and reads responses, literals included.</summary>
internal sealed class ImapWire(Stream stream, ImapOptions options)
{
    private readonly LineStream lines = new(stream, options.LineBytes, options.Patience, options.Clock);
    private int commands;

    public bool HasUnread => lines.HasUnread;

    public bool LiteralPlus { get; set; }

    public Stream Inner => lines.Inner;

    public void Replace(Stream secured) => lines.Replace(secured);

    public async Task<ImapResponse> ReadAsync(CancellationToken cancellation, TimeSpan? wait = null)
    {
        string first = await lines.ReadLineAsync(wait, cancellation);
        int space = first.IndexOf(' ', StringComparison.Ordinal);
        string tag = space < 0 ? first : first[..space];
        string line = space < 0 ? "" : first[(space + 1)..];
        List<object> pieces = [];
        string part = line;
        long total = 0;
        while (LiteralSize(part) is { } size)
        {
            // A little more than we ask for at a time; nobody has reason to send more.
            if (size > options.PieceBytes + 65_536 || (total += size) > options.PieceBytes + 262_144)
                throw new MailConnectionException("the server announced a block beyond all measure");
            pieces.Add(part[..part.LastIndexOf('{')]);
            pieces.Add(await lines.ReadBlockAsync((int)size, cancellation));
            part = await lines.ReadLineAsync(null, cancellation);
        }
        pieces.Add(part);
        return new ImapResponse(tag, line, pieces);
    }

    /// <summary>Sends a command; strings that need it travel as literals. Returns its tag.</summary>
    public async Task<string> SendAsync(IReadOnlyList<ImapArgument> arguments, CancellationToken cancellation)
    {
        string tag = "A" + (++commands).ToString(CultureInfo.InvariantCulture);
        StringBuilder pending = new(tag);
        foreach (ImapArgument argument in arguments)
        {
            pending.Append(' ');
            if (!argument.IsString)
                pending.Append(argument.Text);
            else if (IsQuotable(argument.Text))
                pending.Append('"').Append(argument.Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
            else
                await LiteralAsync(argument.Text, pending, cancellation);
        }
        await lines.WriteLineAsync(pending.ToString(), cancellation);
        return tag;
    }

    public Task SendLineAsync(string line, CancellationToken cancellation) => lines.WriteLineAsync(line, cancellation);

    private async Task LiteralAsync(string text, StringBuilder pending, CancellationToken cancellation)
    {
        int size = Encoding.UTF8.GetByteCount(text);
        pending.Append('{').Append(size).Append(LiteralPlus ? "+}" : "}");
        await lines.WriteLineAsync(pending.ToString(), cancellation);
        pending.Clear();
        if (!LiteralPlus)
        {
            ImapResponse ready = await ReadAsync(cancellation);
            while (ready.Tag == "*")
                ready = await ReadAsync(cancellation);
            if (ready.Tag != "+")
                throw new MailConnectionException("the server did not take a string: " + ready.Reply().Text);
        }
        await lines.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
    }

    private static bool IsQuotable(string text) => text.Length < 1_000 && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static long? LiteralSize(string line)
    {
        if (!line.EndsWith('}'))
            return null;
        int open = line.LastIndexOf('{');
        if (open < 0)
            return null;
        string digits = line[(open + 1)..^1].TrimEnd('+');
        return digits.Length is > 0 and < 19 && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : null;
    }
}

/// <summary>A word of a command, or a string that is quoted or sent as a literal.</summary>
internal readonly record struct ImapArgument(string Text, bool IsString)
{
    public static implicit operator ImapArgument(string atom) => new(atom, IsString: false);

    public static ImapArgument String(string text) => new(text, IsString: true);
}
