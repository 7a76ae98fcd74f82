using System.Buffers;
using System.Globalization;

namespace ChannelHub.Mail.Smtp;

/// <summary>Writes commands and the body, reads replies.</summary>
internal sealed class SmtpWire(Stream stream, SmtpOptions options)
{
    private const int MostLines = 500;

    private readonly LineStream lines = new(stream, 8_192, options.Patience, options.Clock);

    public Stream Inner => lines.Inner;

    public bool HasUnread => lines.HasUnread;

    public void Replace(Stream secured) => lines.Replace(secured);

    public async Task<SmtpReply> CommandAsync(string line, CancellationToken cancellation)
    {
        // The last gate: whatever stands in a command, it is one command.
        if (line.AsSpan().ContainsAny("\r\n\0"))
            throw new InvalidOperationException("a command holds a line end");
        await lines.WriteLineAsync(line, cancellation);
        return await ReplyAsync(null, cancellation);
    }

    public async Task<SmtpReply> ReplyAsync(TimeSpan? wait, CancellationToken cancellation)
    {
        List<string> texts = [];
        for (int count = 0; count < MostLines; count++)
        {
            string line = await lines.ReadLineAsync(wait, cancellation);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int code) || code is < 200 or > 599)
                throw new MailConnectionException("that is no SMTP server");
            texts.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] != '-')
                return SmtpReply.Of(code, string.Join('\n', texts));
        }
        throw new MailConnectionException("the server does not stop talking");
    }

    /// <summary>The body without its end: every line ends in CR LF, no other CR or LF leaves, a leading dot is doubled.</summary>
    public async Task BodyAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        const int Piece = 65_536;
        DotStuffing stuffing = new();
        for (int at = 0; at < message.Length; at += Piece)
        {
            ArrayBufferWriter<byte> stuffed = new(Piece + (Piece / 8));
            stuffing.Write(message.Span.Slice(at, Math.Min(Piece, message.Length - at)), stuffed);
            await lines.WriteAsync(stuffed.WrittenMemory, cancellation);
        }
        ArrayBufferWriter<byte> rest = new(4);
        stuffing.Finish(rest);
        await lines.WriteAsync(rest.WrittenMemory, cancellation);
    }

    public Task FinalDotAsync(CancellationToken cancellation) => lines.WriteAsync(".\r\n"u8.ToArray(), cancellation);
}

/// <summary>
/// A message as it may travel in DATA. Servers differ on what a lone CR or LF before a dot means, and what one takes for the end another
/// takes for text: so none leaves us.
/// </summary>
internal sealed class DotStuffing
{
    private bool atLineStart = true;
    private bool afterReturn;

    public void Write(ReadOnlySpan<byte> bytes, IBufferWriter<byte> target)
    {
        while (!bytes.IsEmpty)
        {
            if (bytes[0] is (byte)'\r' or (byte)'\n')
            {
                // CR LF is one line end, wherever the pieces were cut.
                if (bytes[0] == '\r' || !afterReturn)
                    target.Write("\r\n"u8);
                afterReturn = bytes[0] == '\r';
                atLineStart = true;
                bytes = bytes[1..];
                continue;
            }
            if (atLineStart && bytes[0] == '.')
                target.Write("."u8);
            int length = bytes.IndexOfAny((byte)'\r', (byte)'\n');
            ReadOnlySpan<byte> run = length < 0 ? bytes : bytes[..length];
            target.Write(run);
            atLineStart = afterReturn = false;
            bytes = bytes[run.Length..];
        }
    }

    public void Finish(IBufferWriter<byte> target)
    {
        if (!atLineStart)
            target.Write("\r\n"u8);
    }
}
