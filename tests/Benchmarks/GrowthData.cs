using ChannelHub.Core.Ids;
using ChannelHub.Customers.Suggestions;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Sqlite;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.Search;

namespace ChannelHub.Benchmarks;

/// <summary>
/// A hub's data and the floor's beside it, with as many messages, kept in a folder from one run to the next. Written in process, since over HTTP five million take
/// too long; by the same code that takes a webhook's messages in.
/// </summary>
internal sealed class GrowthData(string folder)
{
    /// <summary>Above all that the load generator uses.</summary>
    public const long FirstNumber = 3_000_000_000;

    private const int Port = 18095;
    private const int Step = 2_000;

    public string Hub => Path.Combine(folder, "hub");

    public string Floor => Path.Combine(folder, "floor.db");

    /// <summary>How many messages it was filled with.</summary>
    public int Messages => File.Exists(CountFile) ? int.Parse(File.ReadAllText(CountFile)) : 0;

    private string CountFile => Path.Combine(folder, "messages");

    private string ChannelFile => Path.Combine(folder, "channel");

    /// <summary>The channel that all are of.</summary>
    public async Task<string> ChannelAsync()
    {
        if (File.Exists(ChannelFile))
            return await File.ReadAllTextAsync(ChannelFile);
        using Server server = await Server.StartHubAsync(Port, Hub, Ingest.AdminKey);
        string channel = await Ingest.AddChannelAsync(Port);
        await File.WriteAllTextAsync(ChannelFile, channel);
        return channel;
    }

    /// <summary>Adds what is missing to a number of messages, of so many senders.</summary>
    public async Task FillAsync(int messages, int senders)
    {
        Directory.CreateDirectory(folder);
        if (!HubId.TryParse(IdPrefix.Channel, await ChannelAsync(), out long channel))
            throw new InvalidOperationException("the channel's id cannot be read");
        int from = Messages;
        await Task.WhenAll(
            Task.Run(() => FillHubAsync(channel, from, messages, senders)),
            Task.Run(() => Benchmarks.Floor.FillAsync(Floor, Numbered(from, messages, senders))));
        await File.WriteAllTextAsync(CountFile, $"{messages}");
    }

    private async Task FillHubAsync(long channel, int from, int to, int senders)
    {
        var ids = new IdGenerator(TimeProvider.System);
        using var database = new Database(new SqliteDialect(Path.Combine(Hub, "hub.db")), TimeProvider.System, ids);
        using var index = new SqliteSearchIndex(Path.Combine(Hub, "search.db"));
        var follower = new SearchFollower(database, index);
        Task indexed = Task.CompletedTask;
        int done = from;
        foreach ((long Number, int Sender)[] step in Numbered(from, to, senders).Chunk(Step))
        {
            await Task.WhenAll(step.Select(m => database.IngestAsync(WriterOnly.Make(ids, channel, m.Number, m.Sender))));
            done += step.Length;
            if (done % 100_000 == 0)
                Console.WriteLine($"{DateTime.Now:T} {done:N0} in the hub");
            if (indexed.IsCompleted)
                indexed = Task.Run(follower.RunOnce);
        }
        // Whoever may be one person has been looked for on a hub that grew over the years; here it would go on beside everything that is measured.
        await database.WriteAsync(session => EventStore.MoveReader(session, SuggestionFinder.Reader, database.Head));
        await indexed;
        while (follower.RunOnce())
        {
            // Until all is found.
        }
    }

    private static IEnumerable<(long Number, int Sender)> Numbered(int from, int to, int senders)
    {
        var random = new Random(from);
        for (int i = from; i < to; i++)
            yield return (FirstNumber + i, LoadGenerator.Sender(random, senders));
    }
}
