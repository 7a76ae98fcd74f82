using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ChannelHub.Adapters.Conformance;

/// <summary>
/// A provider that does as it is told: a real HTTP server on a free loopback port that records every call and answers from a script,
/// truthfully, wrongly, late or never.
/// </summary>
public sealed class ScriptedProvider : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly List<ProviderCall> calls = [];
    private readonly List<Socket> held = [];
    private Func<ProviderCall, CancellationToken, ValueTask<ScriptedReply>> script;

    private ScriptedProvider(Func<ProviderCall, CancellationToken, ValueTask<ScriptedReply>> script, int port)
    {
        this.script = script;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        app = builder.Build();
        app.Run(HandleAsync);
    }

    /// <summary>Where it listens, with a trailing slash.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The calls since the script began, in order.</summary>
    public IReadOnlyList<ProviderCall> Calls
    {
        get
        {
            lock (gate)
                return [.. calls];
        }
    }

    /// <summary>Starts a provider.</summary>
    /// <param name="script">Decides each answer; called once a call, possibly on several threads.</param>
    public static Task<ScriptedProvider> StartAsync(Func<ProviderCall, ScriptedReply> script) => StartAsync((call, _) => ValueTask.FromResult(script(call)));

    /// <summary>Starts a provider that takes its time.</summary>
    /// <param name="script">Decides each answer; called once a call, possibly on several threads, and told when the caller has gone.</param>
    /// <param name="port">A port to listen on; 0 takes a free one.</param>
    public static async Task<ScriptedProvider> StartAsync(Func<ProviderCall, CancellationToken, ValueTask<ScriptedReply>> script, int port = 0)
    {
        var provider = new ScriptedProvider(script, port);
        await provider.app.StartAsync();
        provider.Address = new Uri(provider.app.Urls.First() + "/");
        return provider;
    }

    /// <summary>An address on which nobody listens. The port is held until the provider ends, so that no other test gets it meanwhile.</summary>
    public Uri ClosedPort()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new Uri($"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}/");
    }

    /// <summary>Begins another script; the calls are counted anew.</summary>
    public void Begin(Func<ProviderCall, ScriptedReply> next)
    {
        lock (gate)
        {
            script = (call, _) => ValueTask.FromResult(next(call));
            calls.Clear();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await app.DisposeAsync();
        stopping.Dispose();
        held.ForEach(socket => socket.Dispose());
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping.Token);
        ScriptedReply reply = await Record(context.Request, body.ToArray())(over.Token);
        switch (reply.Does)
        {
            case ScriptedReply.Behaviour.Answer or ScriptedReply.Behaviour.Pieces:
                await AnswerAsync(context.Response, reply);
                break;
            case ScriptedReply.Behaviour.Hang:
                await SilenceAsync(context);
                break;
            case ScriptedReply.Behaviour.Reset:
                Reset(context);
                break;
            default:
                context.Response.ContentLength = reply.Body.Length;
                await context.Response.Body.WriteAsync(reply.Body[..(reply.Body.Length / 2)]);
                await context.Response.Body.FlushAsync();
                if (reply.Does == ScriptedReply.Behaviour.Stall)
                    await SilenceAsync(context);
                Reset(context);
                break;
        }
    }

    private Func<CancellationToken, ValueTask<ScriptedReply>> Record(HttpRequest request, byte[] body)
    {
        lock (gate)
        {
            var headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            var call = new ProviderCall(calls.Count, request.Method, request.Path, request.QueryString.Value ?? "", headers, body);
            calls.Add(call);
            Func<ProviderCall, CancellationToken, ValueTask<ScriptedReply>> current = script;
            return cancellation => current(call, cancellation);
        }
    }

    private static async Task AnswerAsync(HttpResponse response, ScriptedReply reply)
    {
        response.StatusCode = reply.Status;
        response.ContentType = reply.ContentType;
        foreach ((string name, string value) in reply.Headers)
            response.Headers[name] = value;
        if (reply.Status is 204 or 304)
            return;
        response.ContentLength = reply.Body.Length;
        int piece = reply.Does is ScriptedReply.Behaviour.Pieces ? 1 : Math.Max(reply.Body.Length, 1);
        for (int sent = 0; sent < reply.Body.Length; sent += piece)
        {
            await response.Body.WriteAsync(reply.Body.Slice(sent, piece));
            await response.Body.FlushAsync();
        }
    }

    private async Task SilenceAsync(HttpContext context)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping.Token);
        await Task.Delay(Timeout.InfiniteTimeSpan, over.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    // Lingering for no time at all turns the close into a reset.
    private static void Reset(HttpContext context)
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        context.Abort();
    }
}
