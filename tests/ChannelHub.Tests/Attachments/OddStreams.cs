namespace ChannelHub.Tests.Attachments;

/// <summary>Gives a few bytes at a time.</summary>
internal class DrippingStream(byte[] content, int step) : Stream
{
    private int at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => at; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = Math.Min(Math.Min(step, buffer.Length), content.Length - at);
        if (count == 0)
            return await AtEndAsync(cancellationToken);
        content.AsMemory(at, count).CopyTo(buffer);
        at += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read asynchronously");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected virtual ValueTask<int> AtEndAsync(CancellationToken cancellation) => ValueTask.FromResult(0);
}

/// <summary>Breaks off after its bytes, as a connection does before the announced length.</summary>
internal sealed class BreakingStream(byte[] content) : DrippingStream(content, 4096)
{
    protected override ValueTask<int> AtEndAsync(CancellationToken cancellation) => throw new HttpIOException(HttpRequestError.ResponseEnded, "cut");
}

/// <summary>Says nothing more after its bytes.</summary>
internal sealed class StuckStream(byte[] content) : DrippingStream(content, 4096)
{
    private readonly TaskCompletionSource stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends once it is stuck.</summary>
    public Task Stuck => stuck.Task;

    protected override async ValueTask<int> AtEndAsync(CancellationToken cancellation)
    {
        stuck.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        return 0;
    }
}

/// <summary>Never ends.</summary>
internal sealed class EndlessStream() : DrippingStream([], 1)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(buffer.Length);
}
