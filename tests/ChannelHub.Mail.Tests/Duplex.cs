using System.Text;
using System.Threading.Channels;

namespace ChannelHub.Mail.Tests;

/// <summary>Two streams in memory, each of which reads what the other writes.</summary>
internal sealed class Duplex : Stream
{
    private readonly ChannelReader<byte[]> incoming;
    private readonly ChannelWriter<byte[]> outgoing;
    private ReadOnlyMemory<byte> rest;

    private Duplex(ChannelReader<byte[]> incoming, ChannelWriter<byte[]> outgoing)
    {
        this.incoming = incoming;
        this.outgoing = outgoing;
    }

    public static (Duplex Client, Duplex Server) Pair()
    {
        Channel<byte[]> up = Channel.CreateUnbounded<byte[]>();
        Channel<byte[]> down = Channel.CreateUnbounded<byte[]>();
        return (new Duplex(down.Reader, up.Writer), new Duplex(up.Reader, down.Writer));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (rest.IsEmpty)
        {
            if (!await incoming.WaitToReadAsync(cancellationToken))
                return 0;
            if (incoming.TryRead(out byte[]? next))
                rest = next;
        }
        int take = Math.Min(buffer.Length, rest.Length);
        rest[..take].CopyTo(buffer);
        rest = rest[take..];
        return take;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        outgoing.TryWrite(buffer.ToArray()) ? default : throw new IOException("closed");

    protected override void Dispose(bool disposing)
    {
        outgoing.TryComplete();
        base.Dispose(disposing);
    }

    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>The other end of the line, played by a test.</summary>
internal sealed class Script(Stream stream)
{
    private readonly List<byte> pending = [];

    public StringBuilder Seen { get; } = new();

    public Task Say(string lines) => stream.WriteAsync(Encoding.UTF8.GetBytes(lines.ReplaceLineEndings("\r\n"))).AsTask();

    public Task SayRaw(byte[] bytes) => stream.WriteAsync(bytes).AsTask();

    public async Task<string> Line()
    {
        byte[] one = new byte[1];
        pending.Clear();
        while (await stream.ReadAsync(one) == 1)
        {
            Seen.Append((char)one[0]);
            if (one[0] == '\n')
                break;
            pending.Add(one[0]);
        }
        return Encoding.UTF8.GetString(pending.ToArray()).TrimEnd('\r');
    }

    /// <summary>Reads a line, which must begin like that, and returns its tag or first word.</summary>
    public async Task<string> Expect(string wanted)
    {
        string line = await Line();
        line[(line.IndexOf(' ') + 1)..].ShouldStartWith(wanted);
        return line.Split(' ')[0];
    }

    /// <summary>Expects a command and answers it; # stands for its tag.</summary>
    public async Task Answer(string wanted, string answer)
    {
        string tag = await Expect(wanted);
        await Say(answer.Replace("#", tag, StringComparison.Ordinal) + "\n");
    }

    public void HangUp() => stream.Dispose();
}

/// <summary>Runs client and server side by side; whichever fails first is the failure.</summary>
internal static class Both
{
    public static async Task Sides(Func<Script, Task> server, Func<Stream, Task> client)
    {
        (Duplex near, Duplex far) = Duplex.Pair();
        Task serving = Serve(server, far);
        Task using_ = client(near);
        Task first = await Task.WhenAny(serving, using_).WaitAsync(TimeSpan.FromSeconds(30));
        await first;
        await Task.WhenAll(serving, using_).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task Serve(Func<Script, Task> server, Duplex far)
    {
        try
        {
            await server(new Script(far));
        }
        catch
        {
            await far.DisposeAsync();
            throw;
        }
    }
}
