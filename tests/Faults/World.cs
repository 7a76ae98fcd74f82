using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Telegram;

namespace ChannelHub.Faults;

/// <summary>A channel of the hub. Customers write on all of them; the hub writes back on the first.</summary>
internal sealed record Channel(string Id, bool IsTelegram);

/// <summary>The hub as one process with a file or as some on PostgreSQL, a provider behind a slow line, and channels to write on.</summary>
internal sealed class World : IAsyncDisposable
{
    public const string Secret = "secret-of-the-fault-runs";

    // With several processes on one database it is given, and the same to all.
    private const string MasterKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("channelhub-faults");
    private readonly AtExit end;

    private World(FakeBotApi bot, bool postgres)
    {
        Bot = bot;
        ToProvider = new TcpFaultProxy(bot.Url.Port) { Delay = TimeSpan.FromMilliseconds(20) };
        end = new AtExit(End);
        if (postgres)
        {
            Server = PostgresServer.Start();
            ToServer = new TcpFaultProxy(Server.Port);
        }
    }

    /// <summary>The provider.</summary>
    public FakeBotApi Bot { get; }

    /// <summary>The line from the hub to it; slow, so that harm falls between request and answer.</summary>
    public TcpFaultProxy ToProvider { get; }

    /// <summary>The database, where it is a server.</summary>
    public PostgresServer? Server { get; }

    /// <summary>The line from the hub to that server.</summary>
    public TcpFaultProxy? ToServer { get; }

    public IReadOnlyList<HubNode> Nodes { get; private set; } = [];

    public IReadOnlyList<Channel> Channels { get; private set; } = [];

    /// <summary>Starts a hub.</summary>
    /// <param name="postgres">On PostgreSQL; else on SQLite, with one node.</param>
    /// <param name="nodes">How many processes.</param>
    /// <param name="data">Where the first keeps its data; absent takes a folder of the run's own.</param>
    /// <param name="settings">More of their environment, given that folder.</param>
    public static async Task<World> StartAsync(bool postgres, int nodes, string? data = null, Func<string, IReadOnlyDictionary<string, string>>? settings = null)
    {
        var world = new World(await FakeBotApi.StartAsync(), postgres);
        try
        {
            var environment = new Dictionary<string, string>(settings?.Invoke(world.root.FullName) ?? new Dictionary<string, string>());
            if (world.ToServer is { } proxy)
            {
                environment["CHANNELHUB_DATABASE"] = world.Server!.Through(proxy.Port);
                environment["CHANNELHUB_MASTER_KEY"] = MasterKey;
            }
            world.Nodes = [.. Enumerable.Range(0, nodes).Select(n => new HubNode(data ?? world.root.CreateSubdirectory($"node{n}").FullName, environment))];
            await world.Nodes[0].StartAsync();
            await world.AddChannelsAsync();
            await Task.WhenAll(world.Nodes.Skip(1).Select(node => node.StartAsync()));
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
        return world;
    }

    /// <summary>A webhook as a channel's provider sends it.</summary>
    public static HttpRequestMessage Webhook(HubNode node, Channel channel, int sender, int number, string text)
    {
        HttpRequestMessage request = Push(node, channel, channel.IsTelegram ? Update(sender, number, text) : Received(sender, number, text));
        if (channel.IsTelegram)
            request.Headers.Add("X-Telegram-Bot-Api-Secret-Token", Secret);
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.Run(end.Dispose);
        await Bot.DisposeAsync();
    }

    private void End()
    {
        foreach (HubNode node in Nodes)
            node.Dispose();
        ToServer?.Dispose();
        Server?.Dispose();
        ToProvider.Dispose();
        root.Delete(recursive: true);
    }

    private async Task AddChannelsAsync()
    {
        List<Channel> made = [await AddAsync("telegram", new { bot_token = Bot.Token, secret_token = Secret, api_base_url = $"http://127.0.0.1:{ToProvider.Port}" })];
        for (int i = 0; i < 2; i++)
        {
            made.Add(await AddAsync("telegram", new { secret_token = Secret }));
            made.Add(await AddAsync("http", new { inbound_token = Secret, capabilities = new { identity = new { scheme = $"shop{i}" } } }));
        }
        Channels = made;
    }

    private async Task<Channel> AddAsync(string type, object settings)
    {
        using HttpResponseMessage made = await Nodes[0].Client.PostAsJsonAsync("/v1/channels", new { type, name = type, settings });
        if (made.StatusCode != HttpStatusCode.Created)
            throw new InvalidOperationException(await made.Content.ReadAsStringAsync());
        return new Channel((string)(await made.Content.ReadFromJsonAsync<JsonNode>())!["id"]!, type == "telegram");
    }

    private static HttpRequestMessage Push(HubNode node, Channel channel, JsonObject body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Address, "/hooks/" + channel.Id)) { Content = JsonContent.Create(body) };
        if (!channel.IsTelegram)
            request.Headers.Authorization = new("Bearer", Secret);
        return request;
    }

    private static JsonObject Update(int sender, int number, string text) => new()
    {
        ["update_id"] = number,
        ["message"] = new JsonObject
        {
            ["message_id"] = number,
            ["date"] = 1_790_000_000,
            ["from"] = new JsonObject { ["id"] = sender, ["is_bot"] = false, ["first_name"] = "Ada" },
            ["chat"] = new JsonObject { ["id"] = sender, ["type"] = "private", ["first_name"] = "Ada" },
            ["text"] = text,
        },
    };

    private static JsonObject Received(int sender, int number, string text) => new()
    {
        ["type"] = "message.received",
        ["timestamp"] = "2026-09-21T12:00:00Z",
        ["data"] = new JsonObject
        {
            ["external_id"] = $"m{number}",
            ["sender"] = new JsonObject { ["external_id"] = $"u{sender}", ["name"] = "Ada" },
            ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
        },
    };
}
