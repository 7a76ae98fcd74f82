namespace ChannelHub.Operation;

/// <summary>How a feature brings its workers.</summary>
public static class WorkerServices
{
    /// <summary>Runs a worker with the hub. Whoever wants to wake it rings the bell of its own that <paramref name="bellOf"/> finds.</summary>
    public static IServiceCollection AddWorker<TWorker>(this IServiceCollection services, Func<IServiceProvider, WorkerBell>? bellOf = null)
        where TWorker : class, IWorker
    {
        services.AddSingleton<TWorker>();
        // AddHostedService would take a second loop for a repetition of the first.
        services.AddSingleton<IHostedService>(s => new WorkerLoop(
            s.GetRequiredService<TWorker>(), bellOf?.Invoke(s) ?? new WorkerBell(), s.GetRequiredService<ILogger<TWorker>>()));
        return services;
    }
}
