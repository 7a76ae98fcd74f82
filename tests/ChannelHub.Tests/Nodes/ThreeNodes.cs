using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ChannelHub.Tests.Acceptance;

namespace ChannelHub.Tests.Nodes;

/// <summary>Three processes on one database, each with a folder of its own.</summary>
internal sealed class ThreeNodes : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("channelhub-nodes");
    private readonly TestStore store;
    private readonly IReadOnlyList<(string Name, string Value)> settings;
    private readonly HubProcess?[] nodes = new HubProcess?[3];

    /// <param name="settings">What each of them is started with besides.</param>
    public ThreeNodes(params IReadOnlyList<(string Name, string Value)> settings)
    {
        this.settings = settings;
        store = new TestStore(root.FullName);
    }

    /// <summary>Their database.</summary>
    public TestStore Store => store;

    /// <summary>Those that have not been killed.</summary>
    public IEnumerable<HubProcess> Living => nodes.OfType<HubProcess>();

    public HubProcess this[int index] => nodes[index] ?? throw new InvalidOperationException("that node was killed");

    public Task StartAsync() => Task.WhenAll(Enumerable.Range(0, nodes.Length).Select(StartAsync));

    public async Task StartAsync(int index) => nodes[index] = await HubProcess.StartAsync(
        root.CreateSubdirectory($"node{index}").FullName, HubProcess.FreePort(),
        [("CHANNELHUB_DATABASE", store.ConnectionString!), ("CHANNELHUB_API__REQUESTS_PER_SECOND", "10000"), .. settings]);

    public async Task KillAsync(int index)
    {
        await this[index].KillAsync();
        this[index].Dispose();
        nodes[index] = null;
    }

    /// <summary>Which node does a piece of work, as some other one sees it; -1 if none does.</summary>
    public async Task<int> WorkerAsync(string work, int asked)
    {
        JsonNode list = (await this[asked].Client.GetFromJsonAsync<JsonNode>("/v1/nodes"))!;
        string? name = list["data"]!.AsArray().Where(n => n!["work"]!.AsArray().Any(w => (string)w!["name"]! == work)).Select(n => (string)n!["name"]!).SingleOrDefault();
        return Array.FindIndex(nodes, n => n is not null && name == $"{Environment.MachineName}:{n.Id}");
    }

    /// <summary>Waits until another node than <paramref name="before"/> does a piece of work; answers which, and how long that took.</summary>
    public async Task<(int Node, TimeSpan Took)> TakenOverAsync(string work, int before, int asked)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            int now = await WorkerAsync(work, asked);
            if (now >= 0 && now != before)
                return (now, watch.Elapsed);
            await Task.Delay(100);
        }
        throw new TimeoutException($"nobody took over {work}");
    }

    /// <summary>Every event there is, as one node tells it.</summary>
    public async Task<List<JsonNode>> EventsAsync(int asked)
    {
        List<JsonNode> events = [];
        while (true)
        {
            JsonNode page = (await this[asked].Client.GetFromJsonAsync<JsonNode>($"/v1/events?after={events.Count}&limit=1000"))!;
            JsonArray rows = page["data"]!.AsArray();
            if (rows.Count == 0)
                return events;
            events.AddRange(rows.Select(row => row!));
        }
    }

    public void Dispose()
    {
        foreach (HubProcess node in Living)
            node.Dispose();
        store.Dispose();
        root.Delete(recursive: true);
    }
}
