using System.Buffers;
using System.Text;

namespace ChannelHub.Mail;

/// <summary>Lines and blocks of a stream, with a bounded buffer and a time limit for every wait.</summary>
internal sealed class LineStream(Stream stream, int longestLine, TimeSpan patience, TimeProvider clock)
{
    private readonly byte[] buffer = new byte[16_384];
    private int start;
    private int end;

    public Stream Inner { get; private set; } = stream;

    /// <summary>Whether bytes have come that nobody has read.</summary>
    public bool HasUnread => end > start;

    public void Replace(Stream secured)
    {
        Inner = secured;
        start = end = 0;
    }

    /// <summary>One line without its end, in Latin-1: one character is one byte.</summary>
    public async Task<string> ReadLineAsync(TimeSpan? wait, CancellationToken cancellation)
    {
        StringBuilder line = new();
        while (true)
        {
            if (start == end)
                await FillAsync(wait, cancellation);
            int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            int take = length < 0 ? end - start : length;
            if (line.Length + take > longestLine)
                throw new MailConnectionException("the server sent a line beyond all measure");
            line.Append(Encoding.Latin1.GetString(buffer, start, take));
            start += length < 0 ? take : take + 1;
            if (length < 0)
                continue;
            if (line.Length > 0 && line[^1] == '\r')
                line.Length--;
            return line.ToString();
        }
    }

    public async Task<byte[]> ReadBlockAsync(int size, CancellationToken cancellation)
    {
        // Grown as bytes come: an announced size alone takes no memory.
        ArrayBufferWriter<byte> block = new(Math.Clamp(size, 1, 65_536));
        while (block.WrittenCount < size)
        {
            if (start == end)
                await FillAsync(null, cancellation);
            int take = Math.Min(size - block.WrittenCount, end - start);
            block.Write(buffer.AsSpan(start, take));
            start += take;
        }
        return block.WrittenSpan.ToArray();
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await Inner.WriteAsync(bytes, cancellation).AsTask().WaitAsync(patience, clock, cancellation);
            await Inner.FlushAsync(cancellation).WaitAsync(patience, clock, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException and not MailConnectionException)
        {
            throw new MailConnectionException("writing to the server failed", error);
        }
    }

    public Task WriteLineAsync(string line, CancellationToken cancellation) => WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellation);

    private async Task FillAsync(TimeSpan? wait, CancellationToken cancellation)
    {
        int read;
        try
        {
            read = await Inner.ReadAsync(buffer, cancellation).AsTask().WaitAsync(wait ?? patience, clock, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new MailConnectionException(error is TimeoutException ? "the server did not answer in time" : "reading from the server failed", error);
        }
        if (read == 0)
            throw new MailConnectionException("the server closed the connection");
        start = 0;
        end = read;
    }
}
