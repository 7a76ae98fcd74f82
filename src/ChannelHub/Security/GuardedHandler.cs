using System.Net;

namespace ChannelHub.Security;

/// <summary>Gives a request its deadline, and a failure the words that a caller may see.</summary>
internal sealed class GuardedHandler(HttpMessageHandler inner, string purpose, TimeSpan deadline, TimeProvider clock, ILogger log)
    : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true, Scheme: "http" or "https", UserInfo: "" } uri)
        {
            log.LogWarning("Refused a {Purpose} request to something that is not a plain http or https address", purpose);
            throw Unreachable();
        }
        var end = new CancellationTokenSource(deadline, clock);
        var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        bool handedOver = false;
        try
        {
            HttpResponseMessage response = await base.SendAsync(request, either.Token);
            response.Content = new TimedContent(response.Content, end);
            handedOver = true;
            return response;
        }
        catch (HttpRequestException fault) when (fault.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            // The runtime's message and inner exceptions tell refused from filtered and quote the address.
            throw Unreachable();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw end.IsCancellationRequested ? Late(uri) : NeverConnected(uri);
        }
        finally
        {
            either.Dispose();
            if (!handedOver)
                end.Dispose();
        }
    }

    private TaskCanceledException Late(Uri uri)
    {
        log.LogInformation("No answer from {Host}:{Port} to a {Purpose} request in {Seconds} s", uri.IdnHost, uri.Port, purpose, deadline.TotalSeconds);
        return new TaskCanceledException("no answer in time", new TimeoutException());
    }

    // Neither the caller nor the deadline cancelled, so it was the limit on connecting: a TLS handshake that hangs. Nothing has left.
    private HttpRequestException NeverConnected(Uri uri)
    {
        log.LogInformation("The TLS handshake with {Host}:{Port} took too long", uri.IdnHost, uri.Port);
        return Unreachable();
    }

    private static HttpRequestException Unreachable() => new(HttpRequestError.ConnectionError, EgressGuard.CannotBeReached);
}

/// <summary>An answer whose reading ends at the deadline, however slowly the other side drips.</summary>
internal sealed class TimedContent : HttpContent
{
    private readonly HttpContent inner;
    private readonly CancellationTokenSource end;

    public TimedContent(HttpContent inner, CancellationTokenSource end)
    {
        this.inner = inner;
        this.end = end;
        foreach (KeyValuePair<string, System.Net.Http.Headers.HeaderStringValues> header in inner.Headers.NonValidated)
            Headers.TryAddWithoutValidation(header.Key, header.Value);
    }

    protected override async Task<Stream> CreateContentReadStreamAsync() => new TimedStream(await inner.ReadAsStreamAsync(end.Token), end.Token);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using Stream source = await CreateContentReadStreamAsync();
        await source.CopyToAsync(stream, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = inner.Headers.ContentLength ?? 0;
        return inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            end.Dispose();
        }
        base.Dispose(disposing);
    }
}

/// <summary>Reads until the deadline; behind it reading fails as a broken connection does.</summary>
internal sealed class TimedStream(Stream inner, CancellationToken end) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, cancellationToken);
        try
        {
            return await inner.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("the answer did not end in time", late);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Blocks a thread, but no longer than the deadline; readers that know no better may be handed this stream too.
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
