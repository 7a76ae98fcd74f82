using ChannelHub.Storage.Engine;

namespace ChannelHub.Operation;

/// <summary>How a feature brings its workers.</summary>
public static class WorkerServices
{
    /// <summary>Runs a worker on one of the hub's nodes. Whoever wants to wake it rings the bell of its own that <paramref name="bellOf"/> finds.</summary>
    public static IServiceCollection AddWorker<TWorker>(this IServiceCollection services, Func<IServiceProvider, WorkerBell>? bellOf = null)
        where TWorker : class, IWorker => Add<TWorker>(services, bellOf, (worker, database) => () => database.Share.IsMine("worker:" + worker.Name));

    /// <summary>Runs a worker on every node: what it works on is the node's own, or is leased piece by piece.</summary>
    public static IServiceCollection AddWorkerOnEveryNode<TWorker>(this IServiceCollection services, Func<IServiceProvider, WorkerBell>? bellOf = null)
        where TWorker : class, IWorker => Add<TWorker>(services, bellOf, (_, _) => () => true);

    private static IServiceCollection Add<TWorker>(
        IServiceCollection services, Func<IServiceProvider, WorkerBell>? bellOf, Func<TWorker, Database, Func<bool>> turn)
        where TWorker : class, IWorker
    {
        services.AddSingleton<TWorker>();
        // AddHostedService would take a second loop for a repetition of the first.
        services.AddSingleton<IHostedService>(s =>
        {
            TWorker worker = s.GetRequiredService<TWorker>();
            return new WorkerLoop(worker, bellOf?.Invoke(s) ?? new WorkerBell(), s.GetRequiredService<ILogger<TWorker>>(), turn(worker, s.GetRequiredService<Database>()));
        });
        return services;
    }
}
