using System.Globalization;

namespace ChannelHub.Benchmarks;

/// <summary>
/// The way in beside what a shop would write itself: a bot framework and four rows in PostgreSQL (<c>Peer/peer.mjs</c>). The database is the one
/// that the <c>PG…</c> variables name; the hub uses its file, as everybody begins.
/// </summary>
internal static class Peer
{
    private const int PeerPort = 18087;
    private const int FloorPort = 18088;
    private const int HubPort = 18089;
    private const int Connections = 32;

    public static async Task RunAsync(string folder, string script, int rounds, double seconds)
    {
        List<LoadResult> peers = [], floors = [], hubs = [];
        for (int round = 0; round < rounds; round++)
        {
            using (await Server.StartPeerAsync(PeerPort, script, Ingest.Secret))
                peers.Add(Measure(new LoadGenerator(PeerPort, "/hook", Ingest.Secret), seconds));
            using (await Server.StartFloorAsync(FloorPort, Path.Combine(folder, $"floor{round}.db")))
                floors.Add(Measure(new LoadGenerator(FloorPort, "/hook", secret: null), seconds));
            using Server hub = await Server.StartHubAsync(HubPort, Path.Combine(folder, $"hub{round}"), Ingest.AdminKey);
            string channel = await Ingest.AddChannelAsync(HubPort);
            hubs.Add(Measure(new LoadGenerator(HubPort, "/hooks/" + channel, Ingest.Secret), seconds));
        }
        LoadResult peer = Ingest.Median(peers);
        Console.WriteLine($"| at {Connections} connections | msg/s | p50 ms | p99 ms | rate / peer | p99 / peer |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach ((string name, LoadResult result) in new[] { ("peer", peer), ("floor", Ingest.Median(floors)), ("hub", Ingest.Median(hubs)) })
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {result.PerSecond:F0} | {result.P50:F1} | {result.P99:F1} | {result.PerSecond / peer.PerSecond:F1} | {result.P99 / peer.P99:F2} |"));
            if (result.Failed > 0)
                Console.WriteLine($"{name}: {result.Failed} failed");
        }
    }

    private static LoadResult Measure(LoadGenerator load, double seconds)
    {
        load.Run(Connections, 3); // warm: code, and most senders known
        return load.Run(Connections, seconds);
    }
}
