using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Adapters.Conformance.Telegram;

/// <summary>
/// A Bot API server for tests, on real HTTP at 127.0.0.1. It holds each call against the rules of the API, answers as the API would, and can
/// be told to fail. It serves one bot, whose chats are all private.
/// </summary>
public sealed class FakeBotApi : IAsyncDisposable
{
    private readonly WebApplication server;
    private readonly HttpClient client = new();
    private readonly BotApiBot bot;
    private readonly ConcurrentQueue<BotApiCall> calls = new();
    private readonly ConcurrentQueue<string> violations = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<BotApiAnswer>> scripts = new();
    private readonly TimeProvider clock;
    private int number;

    private FakeBotApi(WebApplication server, string token, TimeProvider clock)
    {
        this.server = server;
        this.clock = clock;
        bot = new BotApiBot(clock);
        Token = token;
    }

    /// <summary>What goes into <c>api_base_url</c>.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The one token that is taken; any other is answered 401. Changing it revokes the old one.</summary>
    public string Token { get; set; }

    /// <summary>All calls so far, in the order in which they came.</summary>
    public IReadOnlyList<BotApiCall> Calls => [.. calls];

    /// <summary>What calls did that the real API does not take, or that a careful bot does not do. Should be empty at the end of a test.</summary>
    public IReadOnlyList<string> Violations => [.. violations];

    /// <summary>Where the bot wants its updates pushed; null when it polls.</summary>
    public BotApiWebhook? Webhook => bot.Webhook;

    /// <summary>What stands in the chats of what the bot has sent, in order; edited messages as they are now, without the deleted ones.</summary>
    public IReadOnlyList<BotApiSent> Sent => bot.Shown;

    /// <summary>How long a customer's file keeps whoever fetches it waiting.</summary>
    public TimeSpan MediaDelay { get; set; }

    /// <summary>How many updates wait to be delivered.</summary>
    public int Pending => bot.Updates.Count;

    /// <summary>
    /// True, as the real API: an update is gone once a later offset was asked for. False keeps all, so that a test can poll from an earlier one.
    /// </summary>
    public bool ForgetsConfirmedUpdates
    {
        get => bot.Updates.Forgets;
        set => bot.Updates.Forgets = value;
    }

    /// <summary>Starts a server.</summary>
    /// <param name="token">The bot's token.</param>
    /// <param name="clock">Dates messages; the system's when absent.</param>
    /// <param name="port">A port to listen on; 0 takes a free one.</param>
    public static async Task<FakeBotApi> StartAsync(string token = "110201543:invented-secret-of-a-test-bot", TimeProvider? clock = null, int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 60 * 1024 * 1024;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        WebApplication listening = builder.Build();
        var api = new FakeBotApi(listening, token, clock ?? TimeProvider.System);
        listening.Run(api.HandleAsync);
        await listening.StartAsync();
        api.Url = new Uri(listening.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return api;
    }

    /// <summary>
    /// The next calls of a method are answered so; <c>*</c> means any method, <c>file</c> a download.
    /// </summary>
    public void Script(string method, params ReadOnlySpan<BotApiAnswer> answers)
    {
        foreach (BotApiAnswer answer in answers)
            scripts.GetOrAdd(method, _ => new()).Enqueue(answer);
    }

    /// <summary>Whatever is sent to a chat from now on is answered so: the customer has blocked the bot, or never existed. Null ends it.</summary>
    public void Refuse(long chat, BotApiAnswer? answer)
    {
        if (answer is null)
            bot.Refusing.TryRemove(chat, out _);
        else
            bot.Refusing[chat] = answer;
    }

    /// <summary>Gives <c>getFile</c> something to find.</summary>
    public void AddFile(string fileId, byte[] bytes) => bot.Files[fileId] = bytes;

    /// <summary>Something happens: the update waits to be polled or delivered.</summary>
    /// <param name="kind">Kind of update, such as <c>message</c>.</param>
    /// <param name="content">What stands under that name.</param>
    /// <returns>The update's JSON, or null if the bot has not asked for this kind.</returns>
    public ReadOnlyMemory<byte>? Add(string kind, JsonNode content) => bot.Updates.Add(kind, content) is { } update ? update : (ReadOnlyMemory<byte>?)null;

    /// <summary>A customer writes a text.</summary>
    public ReadOnlyMemory<byte>? AddText(long user, long messageId, string text) => Add("message", new JsonObject
    {
        ["message_id"] = messageId,
        ["from"] = new JsonObject { ["id"] = user, ["is_bot"] = false, ["first_name"] = "Ada", ["language_code"] = "en" },
        ["chat"] = new JsonObject { ["id"] = user, ["type"] = "private", ["first_name"] = "Ada" },
        ["date"] = clock.GetUtcNow().ToUnixTimeSeconds(),
        ["text"] = text,
    });

    /// <summary>A customer presses a button of a message that the bot sent.</summary>
    public ReadOnlyMemory<byte>? AddPress(long user, long messageId, string callbackId, string data) => Add("callback_query", new JsonObject
    {
        ["id"] = callbackId,
        ["from"] = new JsonObject { ["id"] = user, ["is_bot"] = false, ["first_name"] = "Ada" },
        ["message"] = new JsonObject { ["message_id"] = messageId, ["date"] = 0, ["chat"] = new JsonObject { ["id"] = user, ["type"] = "private" } },
        ["chat_instance"] = "-55",
        ["data"] = data,
    });

    /// <summary>
    /// Pushes what waits, oldest first, until the hook refuses one: that one stays and holds up the rest. A method in the hook's answer is
    /// carried out. The status of each push.
    /// </summary>
    public async Task<IReadOnlyList<int>> DeliverAsync(CancellationToken cancellation = default)
    {
        var statuses = new List<int>();
        foreach (byte[] update in bot.Updates.From(null, int.MaxValue).Updates)
        {
            statuses.Add(await PushAsync(update, cancellation));
            if (bot.LastError is not null)
                break;
            bot.Updates.Remove(update);
        }
        return statuses;
    }

    /// <summary>Takes what waits, for whoever delivers it in a way of their own.</summary>
    internal IReadOnlyList<byte[]> Take() => bot.Updates.Take();

    /// <summary>Pushes one update and carries out a method in the answer.</summary>
    internal async Task<int> PushAsync(byte[] update, CancellationToken cancellation)
    {
        BotApiWebhook hook = Webhook ?? throw new InvalidOperationException("no webhook is registered");
        (int status, string reply) = await PushAsync(hook, update, cancellation);
        bot.LastError = status is >= 200 and < 300 ? null : $"Wrong response from the webhook: {status}";
        if (bot.LastError is null && reply.StartsWith('{')
            && JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(reply)! is var call && call.Remove("method", out JsonElement method))
            Execute(Record(new(0, method.ToString(), call, new Dictionary<string, BotApiFile>(), "application/json")));
        return status;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        // A caller may still hang on an answer that never comes: stop at once.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await server.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.DisposeAsync();
    }

    private async Task<(int Status, string Reply)> PushAsync(BotApiWebhook hook, byte[] update, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, hook.Url) { Content = new ByteArrayContent(update) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        if (hook.SecretToken is { } secret)
            request.Headers.TryAddWithoutValidation("X-Telegram-Bot-Api-Secret-Token", secret);
        using HttpResponseMessage response = await client.SendAsync(request, cancellation);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
    }

    private async Task HandleAsync(HttpContext context)
    {
        string[] steps = context.Request.Path.Value!.TrimStart('/').Split('/', 3);
        bool file = steps[0] == "file";
        string asked = file ? steps.ElementAtOrDefault(1) ?? "" : steps[0];
        if (!asked.StartsWith("bot", StringComparison.Ordinal))
            await BotApiWire.WriteAsync(context, BotApiAnswer.Error(404, "Not Found"));
        else if (asked != $"bot{Token}")
            await BotApiWire.WriteAsync(context, BotApiAnswer.Error(401, "Unauthorized"));
        else if (file)
            await DownloadAsync(context, steps.ElementAtOrDefault(2) ?? "");
        else
            await CallAsync(context, steps.ElementAtOrDefault(1) ?? "");
    }

    private async Task DownloadAsync(HttpContext context, string path)
    {
        await Task.Delay(MediaDelay, clock, context.RequestAborted);
        if (TakeScript("file") is { } scripted)
            await BotApiWire.WriteAsync(context, scripted);
        else if (path.StartsWith("documents/", StringComparison.Ordinal) && bot.Files.TryGetValue(path["documents/".Length..], out byte[]? bytes))
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        else
            await BotApiWire.WriteAsync(context, BotApiAnswer.Error(404, "Not Found"));
    }

    private async Task CallAsync(HttpContext context, string method)
    {
        BotApiCall? read = await BotApiWire.ReadAsync(context.Request, method, context.RequestAborted);
        if (read is null || context.Request.Method != HttpMethods.Post)
            violations.Enqueue($"{method}: {(read is null ? "not JSON" : $"called by {context.Request.Method}")}");
        BotApiCall call = Record(read ?? new(0, method, new Dictionary<string, JsonElement>(), new Dictionary<string, BotApiFile>(), null));
        BotApiAnswer? scripted = TakeScript(method);
        BotApiAnswer? real = scripted is { Carried: false } ? null
            : method == "getUpdates" && BotApiRules.Judge(call) is null ? await bot.PollAsync(call, context.RequestAborted)
            : Execute(call);
        await BotApiWire.WriteAsync(context, scripted ?? real!);
    }

    private BotApiCall Record(BotApiCall call)
    {
        BotApiCall numbered = call with { Number = Interlocked.Increment(ref number) };
        calls.Enqueue(numbered);
        return numbered;
    }

    private BotApiAnswer Execute(BotApiCall call)
    {
        string? wrong = BotApiRules.Has(call.Method) ? BotApiRules.Judge(call) : "no such method";
        if (wrong is null)
            return bot.Do(call, long.Parse(Token.Split(':')[0]));
        violations.Enqueue($"{call.Method}: {wrong}");
        return BotApiRules.Has(call.Method) ? BotApiAnswer.Error(400, $"Bad Request: {wrong}") : BotApiAnswer.Error(404, "Not Found");
    }

    private BotApiAnswer? TakeScript(string method)
    {
        foreach (string name in (string[])[method, "*"])
        {
            if (scripts.TryGetValue(name, out ConcurrentQueue<BotApiAnswer>? queue) && queue.TryDequeue(out BotApiAnswer? answer))
                return answer;
        }
        return null;
    }
}
