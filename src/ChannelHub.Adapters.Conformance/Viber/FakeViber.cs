using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Viber;

/// <summary>A bot API server of Viber. It serves one bot.</summary>
public sealed class FakeViber : FakeProvider
{
    private readonly ConcurrentDictionary<string, bool> subscribed = new();
    private readonly ConcurrentDictionary<string, (int Status, string Words)> refusing = new();
    private readonly ConcurrentQueue<ViberSent> sent = new();
    private readonly ConcurrentDictionary<string, string> names = new();
    private long lastToken;
    private string[] eventTypes = [];

    // Real tokens are larger than a double or a signed number holds.
    private const ulong TokenBase = 9_500_000_000_000_000_000;

    private FakeViber(string token, TimeProvider? clock) : base(clock) => Token = token;

    /// <summary>The one token that is taken; any other is answered with status 2. It signs the webhooks too.</summary>
    public string Token { get; set; }

    /// <summary>Where the bot wants its events pushed; null when it does not.</summary>
    public Uri? Webhook { get; private set; }

    /// <summary>What was sent, in order, welcome messages included.</summary>
    public IReadOnlyList<ViberSent> Sent => [.. sent];

    /// <summary>Starts a server.</summary>
    /// <param name="token">The bot's token.</param>
    /// <param name="clock">Dates events; the system's when absent.</param>
    /// <param name="port">A port to listen on; 0 takes a free one.</param>
    public static async Task<FakeViber> StartAsync(string token = "4453b6ac1s345678-e02c5f12174805f9-daec9cbb5448c51f", TimeProvider? clock = null, int port = 0)
    {
        var viber = new FakeViber(token, clock);
        await viber.ListenAsync(port);
        return viber;
    }

    /// <summary>Whatever is sent to a user from now on is answered with this status; null ends it.</summary>
    public void Refuse(string user, int? status, string words = "refused")
    {
        if (status is { } code)
            refusing[user] = (code, words);
        else
            refusing.TryRemove(user, out _);
    }

    /// <summary>What a user is called; Ada when nothing is said.</summary>
    public void AddName(string user, string name) => names[user] = name;

    /// <summary>A customer writes a text.</summary>
    /// <returns>Its message token.</returns>
    public string AddText(string user, string text, string? trackingData = null)
    {
        var message = new JsonObject { ["type"] = "text", ["text"] = text };
        if (trackingData is not null)
            message["tracking_data"] = trackingData;
        return AddMessage(user, message);
    }

    /// <summary>A customer writes anything: <paramref name="message"/> stands under that name.</summary>
    /// <returns>Its message token.</returns>
    public string AddMessage(string user, JsonObject message)
    {
        subscribed[user] = true;
        return Add("message", new JsonObject { ["sender"] = User(user), ["message"] = message, ["silent"] = false });
    }

    /// <summary>A customer presses the button at an index of the newest keyboard they were sent.</summary>
    public string AddPress(string user, int index = 0)
    {
        ViberSent asked = sent.Last(one => one.Receiver == user && one.Message.TryGetProperty("keyboard", out _));
        string body = asked.Message.GetProperty("keyboard").GetProperty("Buttons")[index].GetProperty("ActionBody").GetString()!;
        return AddText(user, body, asked.Message.TryGetProperty("tracking_data", out JsonElement tracking) ? tracking.GetString() : null);
    }

    /// <summary>A customer opens the chat, perhaps by a deep link.</summary>
    public string AddOpened(string user, string? context = null)
    {
        var opened = new JsonObject { ["type"] = "open", ["user"] = User(user), ["subscribed"] = subscribed.GetValueOrDefault(user) };
        if (context is not null)
            opened["context"] = context;
        return Add("conversation_started", opened);
    }

    /// <summary>A customer opts in or out.</summary>
    public string AddSubscription(string user, bool wanted)
    {
        subscribed[user] = wanted;
        return wanted ? Add("subscribed", new JsonObject { ["user"] = User(user) }) : Add("unsubscribed", new JsonObject { ["user_id"] = user });
    }

    /// <summary>A device tells what became of a message: <c>delivered</c>, <c>seen</c> or <c>failed</c>.</summary>
    public void AddReceipt(string user, string messageToken, string kind, string? description = null)
    {
        var receipt = new JsonObject { ["user_id"] = user };
        if (description is not null)
            receipt["desc"] = description;
        Add(kind, receipt, ulong.Parse(messageToken, CultureInfo.InvariantCulture));
    }

    /// <summary>Anything happens.</summary>
    /// <returns>The event's message token; it is queued only if the bot has asked for this kind.</returns>
    public string Add(string kind, JsonObject content, ulong? token = null)
    {
        ulong number = token ?? NextToken();
        var happening = new JsonObject
        {
            ["event"] = kind, ["timestamp"] = Clock.GetUtcNow().ToUnixTimeMilliseconds(), ["chat_hostname"] = "SN-CHAT-01_", ["message_token"] = number,
        };
        foreach ((string name, JsonNode? value) in content)
            happening[name] = value?.DeepClone();
        if (Webhook is not null && (kind is "message" or "webhook" || eventTypes.Contains(kind)))
            Queue(Push(kind, Webhook, Encoding.UTF8.GetBytes(happening.ToJsonString())));
        return number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The signature of a body: lower-case hex of its HMAC-SHA256 under the token.</summary>
    public static string Sign(string token, ReadOnlySpan<byte> body) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), body));

    private protected override string NameOf(ProviderCall call) => call.Path[(call.Path.LastIndexOf('/') + 1)..];

    private protected override async ValueTask<ScriptedReply> AnswerAsync(ProviderCall call, CancellationToken cancellation)
    {
        string method = NameOf(call);
        JsonElement body = Body(call);
        if (call.Method != "POST" || !call.Path.StartsWith("/pa/", StringComparison.Ordinal) || !ViberRules.Has(method) || body.ValueKind != JsonValueKind.Object)
        {
            Violates($"{method}: {call.Method} {call.Path} is no call of the bot API");
            return ScriptedReply.Text("<html>404</html>", 404);
        }
        if (call.Headers.GetValueOrDefault("X-Viber-Auth-Token") != Token)
            return Status(2, "invalidAuthToken");
        if (ViberRules.Judge(method, body, call.Body.Length) is { } wrong)
        {
            Violates($"{method}: {wrong}");
            return Status(3, "badData");
        }
        return method switch
        {
            "set_webhook" => await RegisterAsync(body, cancellation),
            "send_message" => await SendAsync(body, cancellation),
            "get_account_info" => Account(),
            _ => Status(0, "ok"),
        };
    }

    private protected override void Pushed(FakePush push, FakePushed answer)
    {
        if (push.Name != "conversation_started" || !answer.Body.StartsWith('{'))
            return;
        // The one message that may stand in the answer to it.
        JsonElement welcome = JsonElement.Parse(answer.Body);
        if (ViberRules.Message(welcome) is { } wrong)
            Violates($"welcome: {wrong}");
        sent.Enqueue(new(NextToken().ToString(CultureInfo.InvariantCulture), JsonElement.Parse(push.Body).GetProperty("user").GetProperty("id").GetString()!, welcome));
    }

    private async Task<ScriptedReply> RegisterAsync(JsonElement body, CancellationToken cancellation)
    {
        string url = body.GetProperty("url").GetString()!;
        if (url.Length > 0)
        {
            byte[] probe = Encoding.UTF8.GetBytes(new JsonObject
            {
                ["event"] = "webhook", ["timestamp"] = Clock.GetUtcNow().ToUnixTimeMilliseconds(), ["message_token"] = NextToken(),
            }.ToJsonString());
            try
            {
                // Viber calls the address before it answers.
                if (new Uri(url).IsLoopback && (await PushAsync(Push("webhook", new Uri(url), probe), cancellation)).Status != 200)
                    return Status(1, "Result of webhook verification call is not 200");
            }
            catch (HttpRequestException)
            {
                return Status(1, "webhook cannot be reached");
            }
        }
        Webhook = url.Length == 0 ? null : new Uri(url);
        eventTypes = body.TryGetProperty("event_types", out JsonElement kinds) ? [.. kinds.EnumerateArray().Select(kind => kind.GetString()!)] : [];
        return Status(0, "ok");
    }

    private async Task<ScriptedReply> SendAsync(JsonElement body, CancellationToken cancellation)
    {
        string receiver = body.GetProperty("receiver").GetString()!;
        if (refusing.TryGetValue(receiver, out (int Status, string Words) refusal))
            return Status(refusal.Status, refusal.Words);
        if (!subscribed.GetValueOrDefault(receiver))
            return Status(6, "receiverNotSubscribed");
        ulong token = NextToken();
        var message = new ViberSent(token.ToString(CultureInfo.InvariantCulture), receiver, body);
        sent.Enqueue(message);
        if (ReportsBeforeAnswers)
        {
            AddReceipt(receiver, message.Token, "delivered");
            await DeliverAsync(cancellation: cancellation);
        }
        return ScriptedReply.Json($$"""{"status":0,"status_message":"ok","message_token":{{token}},"chat_hostname":"SN-CHAT-01_","billing_status":1}""");
    }

    private ScriptedReply Account() => ScriptedReply.Json(new JsonObject
    {
        ["status"] = 0, ["status_message"] = "ok", ["id"] = "pa:1", ["name"] = "Shop", ["uri"] = "shop", ["webhook"] = Webhook?.AbsoluteUri ?? "",
        ["event_types"] = new JsonArray([.. eventTypes.Select(kind => (JsonNode)kind)]), ["subscribers_count"] = subscribed.Count(one => one.Value),
    }.ToJsonString());

    private FakePush Push(string name, Uri url, byte[] body) => Signed(name, url, body, Token);

    private static FakePush Signed(string name, Uri url, byte[] body, string token) => new(name, url, "application/json", body)
    {
        Headers = new Dictionary<string, string> { ["X-Viber-Content-Signature"] = Sign(token, body) },
        Forged = () => Signed(name, url, body, "somebody-elses-token"),
    };

    private static ScriptedReply Status(int status, string words) =>
        ScriptedReply.Json(new JsonObject { ["status"] = status, ["status_message"] = words }.ToJsonString());

    private static JsonElement Body(ProviderCall call)
    {
        try
        {
            return JsonElement.Parse(call.Body.Span);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private JsonObject User(string id) => new() { ["id"] = id, ["name"] = names.GetValueOrDefault(id, "Ada"), ["language"] = "en", ["country"] = "GB", ["api_version"] = 10 };

    private ulong NextToken() => TokenBase + (ulong)Interlocked.Increment(ref lastToken);
}

/// <summary>One message that a bot sent.</summary>
/// <param name="Token">Its message token.</param>
/// <param name="Receiver">To whom.</param>
/// <param name="Message">The whole call, or the whole welcome message.</param>
public sealed record ViberSent(string Token, string Receiver, JsonElement Message);
