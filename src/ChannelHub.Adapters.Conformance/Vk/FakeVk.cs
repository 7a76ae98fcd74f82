using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Vk;

/// <summary>An API server of VK with callback and long poll. It serves one community, whose dialogues are all with users.</summary>
public sealed class FakeVk : FakeProvider
{
    private readonly ConcurrentDictionary<string, (int Code, string Words)> refusing = new();
    private readonly ConcurrentQueue<VkSent> sent = new();
    private readonly VkDialogues dialogues = new();
    private readonly VkPollQueue polls = new();
    private readonly ConcurrentDictionary<long, VkCallbackServer> servers = new();
    private readonly ConcurrentDictionary<long, string> names = new();
    private readonly VkFiles files = new();
    private long lastServer;
    private long lastEvent;

    private FakeVk(long groupId, string token, TimeProvider? clock) : base(clock) => (GroupId, Token) = (groupId, token);

    /// <summary>The community's number.</summary>
    public long GroupId { get; }

    /// <summary>The one access token that is taken; any other is answered with error 5.</summary>
    public string Token { get; set; }

    /// <summary>What VK wants to hear when it confirms an address.</summary>
    public string ConfirmationCode { get; set; } = "1a2b3c4d";

    /// <summary>Whether the community's own messages come back as <c>message_reply</c>, as VK does it.</summary>
    public bool Echoes { get; set; } = true;

    /// <summary>The callback servers.</summary>
    public IReadOnlyCollection<VkCallbackServer> Servers => [.. servers.Values];

    /// <summary>What was sent, in order. A second send with the same <c>random_id</c> is not among it.</summary>
    public IReadOnlyList<VkSent> Sent => [.. sent];

    /// <summary>Starts a server.</summary>
    /// <param name="groupId">The community's number.</param>
    /// <param name="token">Its access token.</param>
    /// <param name="clock">Dates events; the system's when absent.</param>
    /// <param name="port">A port to listen on; 0 takes a free one.</param>
    public static async Task<FakeVk> StartAsync(long groupId = 123456, string token = "vk1.a.invented-token-of-a-community", TimeProvider? clock = null, int port = 0)
    {
        var vk = new FakeVk(groupId, token, clock);
        await vk.ListenAsync(port);
        return vk;
    }

    /// <summary>Whatever is sent to a user from now on is answered with this error; null ends it.</summary>
    public void Refuse(long user, int? code, string words = "refused")
    {
        if (code is { } number)
            refusing[user.ToString(CultureInfo.InvariantCulture)] = (number, words);
        else
            refusing.TryRemove(user.ToString(CultureInfo.InvariantCulture), out _);
    }

    /// <summary>What a user is called; Ада Л with the name ada_l when nothing is said.</summary>
    public void AddName(long user, string name) => names[user] = name;

    /// <summary>A file that the community uploaded, by the name it has as an attachment; null if there is none.</summary>
    public FakeFile? FileOf(string attachment) => files.Of(attachment);

    /// <summary>A customer writes a text.</summary>
    /// <returns>Its number in the dialogue.</returns>
    public long AddText(long user, string text, string? payload = null) => AddMessage(user, payload is null
        ? new JsonObject { ["text"] = text }
        : new JsonObject { ["text"] = text, ["payload"] = payload });

    /// <summary>A customer writes anything: <paramref name="content"/> is laid over an empty message.</summary>
    /// <returns>Its number in the dialogue.</returns>
    public long AddMessage(long user, JsonObject content)
    {
        (JsonObject message, long number) = Message(user, user, outgoing: false, content);
        Add("message_new", new JsonObject { ["message"] = message, ["client_info"] = new JsonObject { ["keyboard"] = true, ["inline_keyboard"] = true, ["lang_id"] = 0 } });
        return number;
    }

    /// <summary>A customer changes the words of a message.</summary>
    public void AddEdit(long user, long number, string text)
    {
        (JsonObject message, _) = Message(user, user, outgoing: false, new JsonObject { ["text"] = text }, number);
        message["update_time"] = Clock.GetUtcNow().AddSeconds(1).ToUnixTimeSeconds();
        Add("message_edit", message);
    }

    /// <summary>A customer presses the button at an index of the newest keyboard they were sent.</summary>
    public long AddPress(long user, int index = 0)
    {
        VkSent asked = sent.Last(one => one.Peer == user && one.Form.ContainsKey("keyboard"));
        JsonElement action = JsonElement.Parse(asked.Form["keyboard"]).GetProperty("buttons").EnumerateArray()
            .SelectMany(row => row.EnumerateArray()).ElementAt(index).GetProperty("action");
        return AddText(user, action.GetProperty("label").GetString()!, action.GetProperty("payload").GetString());
    }

    /// <summary>An administrator answers in VK itself.</summary>
    public long AddAnswerInVk(long user, string text, long admin = 1)
    {
        (JsonObject message, long number) = Message(user, -GroupId, outgoing: true, new JsonObject { ["text"] = text, ["admin_author_id"] = admin });
        Add("message_reply", message);
        return number;
    }

    /// <summary>A customer has read up to a message.</summary>
    public void AddRead(long user, long number) => Add("message_read", new JsonObject
    {
        ["from_id"] = user, ["peer_id"] = user, ["read_message_id"] = 9000 + number, ["conversation_message_id"] = number,
    });

    /// <summary>A customer allows or forbids messages.</summary>
    public void AddSubscription(long user, bool wanted)
    {
        Refuse(user, wanted ? null : 901, "Can't send messages for users without permission");
        Add(wanted ? "message_allow" : "message_deny", new JsonObject { ["user_id"] = user });
    }

    /// <summary>Anything happens: it waits for every callback server that asked for it, and for long poll.</summary>
    public void Add(string type, JsonObject content)
    {
        var happening = new JsonObject
        {
            ["type"] = type, ["event_id"] = string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref lastEvent):x40}"), ["v"] = "5.199",
            ["group_id"] = GroupId, ["object"] = content.DeepClone(),
        };
        polls.Add(happening.ToJsonString());
        foreach (VkCallbackServer server in servers.Values.Where(one => one.Status == "ok" && one.Events.Contains(type)))
            Queue(Push(server, type, happening));
    }

    private protected override string NameOf(ProviderCall call) => call.Path[(call.Path.LastIndexOf('/') + 1)..];

    private protected override async ValueTask<ScriptedReply> AnswerAsync(ProviderCall call, CancellationToken cancellation)
    {
        if (call.Path == "/poll")
            return ScriptedReply.Json(await polls.AskAsync(FakeForm.Read(call.Query.TrimStart('?')), Clock, cancellation));
        if (call.Path.StartsWith("/upload/", StringComparison.Ordinal))
            return await UploadedAsync(call, cancellation);
        string method = NameOf(call);
        Dictionary<string, string> form = FakeForm.Read(call.Text);
        if (call.Method != "POST" || !VkRules.Has(method))
        {
            Violates($"{method}: {call.Method} {call.Path} is no call of the API");
            return Error(3, "Unknown method passed");
        }
        if (call.Headers.GetValueOrDefault("Authorization") != $"Bearer {Token}" && form.GetValueOrDefault("access_token") != Token)
            return Error(5, "User authorization failed: invalid access_token.");
        if (VkRules.Judge(method, form) is { } wrong)
        {
            Violates($"{method}: {wrong}");
            return Error(100, $"One of the parameters specified was missing or invalid: {wrong}");
        }
        return await DoAsync(method, form, cancellation);
    }

    private protected override void Pushed(FakePush push, FakePushed answer)
    {
        VkCallbackServer? server = servers.Values.FirstOrDefault(one => one.Url == push.Url);
        if (server is null)
            return;
        if (answer.Body == "remove")
            servers.TryRemove(server.Id, out _);
        else if (push.Name == "confirmation")
            servers[server.Id] = server with { Status = answer.Body == ConfirmationCode ? "ok" : "failed" };
        else if (answer.Status == 200 && answer.Body != "ok")
            Violates($"{push.Name} was answered with something else than ok");
    }

    private async Task<ScriptedReply> DoAsync(string method, Dictionary<string, string> form, CancellationToken cancellation) => method switch
    {
        "messages.send" => await SendAsync(form, cancellation),
        "messages.edit" or "messages.delete" or "messages.sendReaction" or "messages.deleteReaction" => Change(form),
        "users.get" => Ok(new JsonArray(User(long.Parse(form["user_ids"], CultureInfo.InvariantCulture)))),
        "groups.getById" => Ok(new JsonObject { ["groups"] = new JsonArray(new JsonObject { ["id"] = GroupId, ["name"] = "Shop" }) }),
        "groups.getCallbackConfirmationCode" => Ok(new JsonObject { ["code"] = ConfirmationCode }),
        "groups.getCallbackServers" => Ok(new JsonObject { ["count"] = servers.Count, ["items"] = new JsonArray([.. servers.Values.Select(server => server.Json())]) }),
        "groups.addCallbackServer" or "groups.editCallbackServer" => await AddServerAsync(form, cancellation),
        "groups.setCallbackSettings" => Configure(form),
        "groups.getLongPollServer" => Ok(new JsonObject { ["key"] = polls.Key, ["server"] = new Uri(Url, "/poll").AbsoluteUri, ["ts"] = polls.Ts }),
        "photos.getMessagesUploadServer" => Ok(new JsonObject { ["upload_url"] = new Uri(Url, "/upload/photo").AbsoluteUri, ["album_id"] = -64 }),
        "photos.saveMessagesPhoto" => Ok(new JsonArray(new JsonObject { ["id"] = files.Save("photo", -GroupId, form["hash"]), ["owner_id"] = -GroupId, ["access_key"] = "k1" })),
        "docs.getMessagesUploadServer" => Ok(new JsonObject { ["upload_url"] = new Uri(Url, $"/upload/{form["type"]}").AbsoluteUri }),
        "docs.save" => Saved(form["file"].Split('|')),
        _ => Ok(1),
    };

    private async Task<ScriptedReply> SendAsync(Dictionary<string, string> form, CancellationToken cancellation)
    {
        long peer = long.Parse(form["peer_ids"], CultureInfo.InvariantCulture);
        if (refusing.TryGetValue(form["peer_ids"], out (int Code, string Words) refusal))
            return Error(refusal.Code, refusal.Words);
        (long number, bool repeated) = dialogues.NumberOf(peer, form["random_id"]);
        if (!repeated)
        {
            sent.Enqueue(new VkSent(peer, number, form));
            if (Echoes)
            {
                var echo = new JsonObject { ["text"] = form.GetValueOrDefault("message") ?? "", ["random_id"] = long.Parse(form["random_id"], CultureInfo.InvariantCulture) };
                if (form.TryGetValue("payload", out string? payload))
                    echo["payload"] = payload;
                Add("message_reply", Message(peer, -GroupId, outgoing: true, echo, number).Message);
                if (ReportsBeforeAnswers)
                    await DeliverAsync(cancellation: cancellation);
            }
        }
        return Ok(new JsonArray(new JsonObject { ["peer_id"] = peer, ["message_id"] = 9000 + number, ["conversation_message_id"] = number }));
    }

    private ScriptedReply Change(Dictionary<string, string> form)
    {
        long number = long.Parse(form.GetValueOrDefault("cmid") ?? form["cmids"], CultureInfo.InvariantCulture);
        return dialogues.Has(long.Parse(form["peer_id"], CultureInfo.InvariantCulture), number) ? Ok(1) : Error(924, "Can't delete this message for everybody");
    }

    private async Task<ScriptedReply> AddServerAsync(Dictionary<string, string> form, CancellationToken cancellation)
    {
        long id = form.TryGetValue("server_id", out string? known) ? long.Parse(known, CultureInfo.InvariantCulture) : Interlocked.Increment(ref lastServer);
        var server = new VkCallbackServer(id, new Uri(form["url"]), form.GetValueOrDefault("secret_key") ?? "", "wait", servers.GetValueOrDefault(id)?.Events ?? []);
        servers[id] = server;
        if (server.Url.IsLoopback)
            await PushAsync(Push(server, "confirmation", new JsonObject { ["type"] = "confirmation", ["group_id"] = GroupId }), cancellation);
        return known is null ? Ok(new JsonObject { ["server_id"] = id }) : Ok(1);
    }

    private ScriptedReply Configure(Dictionary<string, string> form)
    {
        if (!servers.TryGetValue(long.Parse(form["server_id"], CultureInfo.InvariantCulture), out VkCallbackServer? server))
            return Error(2000, "Servers number limit is reached");
        servers[server.Id] = server with { Events = [.. form.Where(field => field.Value == "1").Select(field => field.Key)] };
        return Ok(1);
    }

    private async Task<ScriptedReply> UploadedAsync(ProviderCall call, CancellationToken cancellation)
    {
        string kind = NameOf(call);
        string field = kind == "photo" ? "photo" : "file";
        if (!call.Text.Contains($"name=\"{field}\"", StringComparison.Ordinal) || call.Headers.ContainsKey("Authorization"))
            Violates($"upload of {kind}: no field {field}, or the token was shown to the upload server");
        string number = await files.AddAsync(call, cancellation);
        return ScriptedReply.Json(kind == "photo"
            ? new JsonObject { ["server"] = 626627, ["photo"] = "[{\"markers_restarted\":true}]", ["hash"] = number }.ToJsonString()
            : new JsonObject { ["file"] = $"{kind}|1|2|{number}" }.ToJsonString());
    }

    private ScriptedReply Saved(string[] uploaded) => Ok(new JsonObject
    {
        ["type"] = uploaded[0], [uploaded[0]] = new JsonObject { ["id"] = files.Save(uploaded[0], -GroupId, uploaded[^1]), ["owner_id"] = -GroupId },
    });

    private (JsonObject Message, long Number) Message(long peer, long from, bool outgoing, JsonObject content, long? number = null)
    {
        long own = number ?? dialogues.Next(peer);
        var message = new JsonObject
        {
            ["id"] = 9000 + own, ["date"] = Clock.GetUtcNow().ToUnixTimeSeconds(), ["peer_id"] = peer, ["from_id"] = from, ["out"] = outgoing ? 1 : 0, ["text"] = "",
            ["random_id"] = 0, ["attachments"] = new JsonArray(), ["conversation_message_id"] = own, ["fwd_messages"] = new JsonArray(),
        };
        foreach ((string name, JsonNode? value) in content)
            message[name] = value?.DeepClone();
        return (message, own);
    }

    // Whoever has chosen no name is called by their number.
    private JsonObject User(long id) => names.TryGetValue(id, out string? name)
        ? new() { ["id"] = id, ["first_name"] = name, ["last_name"] = "", ["screen_name"] = string.Create(CultureInfo.InvariantCulture, $"id{id}") }
        : new() { ["id"] = id, ["first_name"] = "Ада", ["last_name"] = "Л", ["screen_name"] = "ada_l" };

    private static FakePush Push(VkCallbackServer server, string type, JsonObject happening)
    {
        return With(server.Secret);

        FakePush With(string secret)
        {
            JsonObject body = happening.DeepClone().AsObject();
            if (secret.Length > 0)
                body["secret"] = secret;
            return new FakePush(type, server.Url, "application/json", Encoding.UTF8.GetBytes(body.ToJsonString())) { Forged = () => With("somebody-elses-secret") };
        }
    }

    private static ScriptedReply Ok(JsonNode response) => ScriptedReply.Json(new JsonObject { ["response"] = response }.ToJsonString());

    private static ScriptedReply Error(int code, string words) => ScriptedReply.Json(new JsonObject
    {
        ["error"] = new JsonObject { ["error_code"] = code, ["error_msg"] = words, ["request_params"] = new JsonArray() },
    }.ToJsonString());
}
