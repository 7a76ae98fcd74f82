using ChannelHub.Operation;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Search;

namespace ChannelHub.Search;

/// <summary>What the search brings.</summary>
internal static class SearchServices
{
    public static IServiceCollection AddSearch(this IServiceCollection services, HubParts parts)
    {
        services.AddSingleton<SearchIndex>(_ => parts.Options.Database is { } server ? new PostgresSearchIndex(server) : new SqliteSearchIndex(parts.Folder.Search));
        services.AddSingleton<FullText>();
        services.AddSingleton<SearchFollower>();
        services.AddSingleton<FoundMessagesApi>();
        services.AddWorker<SearchWorker>();
        return services;
    }
}

/// <summary>Keeps the index near the log. Under load it leaves the machine to the messages and catches up afterwards.</summary>
internal sealed partial class SearchWorker : IWorker
{
    private const long ToldEvery = 100_000;

    private readonly Database database;
    private readonly SearchFollower follower;
    private readonly FullText search;
    private readonly ILogger<SearchWorker> log;
    private long told = -1;

    public SearchWorker(Database database, SearchFollower follower, FullText search, HubMetrics metrics, ILogger<SearchWorker> log)
    {
        this.database = database;
        this.follower = follower;
        this.search = search;
        this.log = log;
        metrics.Meter.CreateObservableGauge("channelhub.search.behind", () => Math.Max(0, database.Head - (search.Progress?.Position ?? 0)), null,
            "Events that the search index has not yet taken in.");
        metrics.Meter.CreateObservableGauge("channelhub.search.unbuilt", () => search.Progress is { IsWhole: false } building ? Math.Max(1, building.Total - building.Built) : 0, null,
            "Messages and identities that an index being built does not hold yet.");
    }

    public string Name => "search";

    public TimeSpan Idle => TimeSpan.FromMilliseconds(database.WritesWaiting == 0 ? 200 : 1_000);

    public Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        bool more = follower.RunOnce();
        if (more || told >= 0)
            Tell();
        return Task.FromResult(more && database.WritesWaiting == 0);
    }

    private void Tell()
    {
        if (search.Progress is not { } progress)
            return;
        if (progress.IsWhole && told >= 0)
        {
            Whole(log, progress.Built);
            told = -1;
        }
        else if (!progress.IsWhole && progress.Built / ToldEvery != told)
        {
            Building(log, progress.Built, progress.Total);
            told = progress.Built / ToldEvery;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The search index is being built: {Built} of {Total} messages and identities")]
    private static partial void Building(ILogger log, long built, long total);

    [LoggerMessage(Level = LogLevel.Information, Message = "The search index is whole: {Built} messages and identities were built")]
    private static partial void Whole(ILogger log, long built);
}
