using System.Collections.Concurrent;
using System.Globalization;

namespace ChannelHub.Adapters.Conformance;

/// <summary>
/// A provider for tests and simulations, on real HTTP at 127.0.0.1. It holds each call against the provider's rules, answers as the provider
/// would, signs what it pushes, and misbehaves on request.
/// </summary>
public abstract class FakeProvider : IAsyncDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly ConcurrentQueue<string> violations = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<(ScriptedReply Reply, bool Carried)>> scripts = new();
    private readonly ConcurrentQueue<FakePush> pending = new();
    private readonly ConcurrentDictionary<string, FakeFile> media = new();
    private ScriptedProvider server = null!;

    private protected FakeProvider(TimeProvider? clock) => Clock = clock ?? TimeProvider.System;

    /// <summary>What goes into <c>api_base_url</c>, without a trailing slash.</summary>
    public Uri Url => new(server.Address.AbsoluteUri.TrimEnd('/'));

    /// <summary>All calls so far, in the order in which they came.</summary>
    public IReadOnlyList<ProviderCall> Calls => server.Calls;

    /// <summary>What calls did that the real API does not take, or that a careful program does not do. Should be empty at the end of a test.</summary>
    public IReadOnlyList<string> Violations => [.. violations];

    /// <summary>How many webhooks wait to be delivered.</summary>
    public int Pending => pending.Count;

    /// <summary>True: what is known of a send at once (a receipt, an echo) is pushed before the send itself is answered.</summary>
    public bool ReportsBeforeAnswers { get; set; }

    /// <summary>How long a customer's file keeps whoever fetches it waiting.</summary>
    public TimeSpan MediaDelay { get; set; }

    private protected TimeProvider Clock { get; }

    /// <summary>
    /// The next calls of a method are answered so; <c>*</c> means any method. The call is not carried out, unless
    /// <paramref name="carriedOut"/> says that only its answer is lost.
    /// </summary>
    public void Script(string method, ScriptedReply reply, bool carriedOut = false, int times = 1)
    {
        for (int time = 0; time < times; time++)
            scripts.GetOrAdd(method, _ => new()).Enqueue((reply, carriedOut));
    }

    /// <summary>Pushes what waits, oldest first unless the mischief says otherwise. What is refused is not pushed again.</summary>
    public async Task<IReadOnlyList<FakePushed>> DeliverAsync(FakeMischief? mischief = null, CancellationToken cancellation = default)
    {
        var results = new List<FakePushed>();
        foreach (FakePush push in (mischief ?? new()).Arrange(Take()))
            results.Add(await PushAsync(mischief?.WrongSignatures == true ? push.Forged() : push, cancellation));
        return results;
    }

    /// <summary>A file that lies open at an address of this server.</summary>
    /// <returns>The address.</returns>
    public string AddMedia(FakeFile file)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/media/{media.Count + 1}{SafeEnd(file.FileName)}");
        media[path] = file;
        return new Uri(Url, path).AbsoluteUri;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task ListenAsync(int port) => server = await ScriptedProvider.StartAsync(HandleAsync, port);

    /// <summary>By what name <see cref="Script"/> knows a call.</summary>
    private protected abstract string NameOf(ProviderCall call);

    private protected abstract ValueTask<ScriptedReply> AnswerAsync(ProviderCall call, CancellationToken cancellation);

    private protected void Queue(FakePush push) => pending.Enqueue(push);

    /// <summary>Takes what waits, for whoever delivers it in a way of their own.</summary>
    internal IReadOnlyList<FakePush> Take()
    {
        var pushes = new List<FakePush>();
        while (pending.TryDequeue(out FakePush? push))
            pushes.Add(push);
        return pushes;
    }

    private protected void Violates(string what) => violations.Enqueue(what);

    internal async Task<FakePushed> PushAsync(FakePush push, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(new HttpMethod(push.Method), push.Url);
        if (push.Method != "GET")
        {
            request.Content = new ByteArrayContent(push.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", push.ContentType);
        }
        foreach ((string name, string value) in push.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await client.SendAsync(request, cancellation);
        var pushed = new FakePushed((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync(cancellation));
        Pushed(push, pushed);
        return pushed;
    }

    /// <summary>What the provider makes of the answer to a push.</summary>
    private protected virtual void Pushed(FakePush push, FakePushed answer) { }

    private async ValueTask<ScriptedReply> HandleAsync(ProviderCall call, CancellationToken cancellation)
    {
        (ScriptedReply Reply, bool Carried)? scripted = TakeScript(NameOf(call));
        if (scripted is { Carried: false } refused)
            return refused.Reply;
        if (media.TryGetValue(call.Path, out FakeFile? file))
        {
            await Task.Delay(MediaDelay, Clock, cancellation);
            return ScriptedReply.Bytes(file.Bytes, file.ContentType);
        }
        ScriptedReply real = await AnswerAsync(call, cancellation);
        return scripted?.Reply ?? real;
    }

    // Names are hostile now and then; only a plain ending is wanted.
    private static string SafeEnd(string name) => Path.GetExtension(name) is { Length: > 1 and <= 6 } end && end[1..].All(char.IsAsciiLetterOrDigit) ? end : "";

    private (ScriptedReply Reply, bool Carried)? TakeScript(string method)
    {
        foreach (string name in (string[])[method, "*"])
        {
            if (scripts.TryGetValue(name, out ConcurrentQueue<(ScriptedReply, bool)>? queue) && queue.TryDequeue(out (ScriptedReply, bool) next))
                return next;
        }
        return null;
    }
}

/// <summary>How a <see cref="FakeProvider"/> misbehaves while it delivers.</summary>
public sealed record FakeMischief
{
    /// <summary>Each webhook comes twice.</summary>
    public bool Duplicates { get; init; }

    /// <summary>They come in another order, made from this number.</summary>
    public int? ShuffleSeed { get; init; }

    /// <summary>Each is signed with another secret than the account's.</summary>
    public bool WrongSignatures { get; init; }

    internal IEnumerable<FakePush> Arrange(IReadOnlyList<FakePush> pushes)
    {
        FakePush[] arranged = [.. Duplicates ? pushes.SelectMany(push => (FakePush[])[push, push]) : pushes];
        if (ShuffleSeed is { } seed)
            new Random(seed).Shuffle(arranged);
        return arranged;
    }
}

/// <summary>What the hub answered to one push.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Media type, without parameters.</param>
/// <param name="Body">The body.</param>
public sealed record FakePushed(int Status, string? ContentType, string Body);

/// <summary>A file of a customer, or one that was sent to them.</summary>
/// <param name="FileName">Its name as it was given.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record FakeFile(string FileName, string ContentType, ReadOnlyMemory<byte> Bytes);

/// <summary>A webhook on its way.</summary>
internal sealed record FakePush(string Name, Uri Url, string ContentType, byte[] Body)
{
    public string Method { get; init; } = "POST";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The same, as somebody would send it who does not know the secret.</summary>
    public required Func<FakePush> Forged { get; init; }
}
