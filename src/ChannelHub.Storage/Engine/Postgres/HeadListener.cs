using Dapper;
using Npgsql;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>Hears of events that other nodes have committed. Should a signal be lost, it looks by itself every second.</summary>
internal sealed class HeadListener : IDisposable
{
    private static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource source;
    private readonly string signal;
    private readonly Action<long> headMoved;
    private readonly CancellationTokenSource stop = new();
    private readonly Task listening;

    public HeadListener(NpgsqlDataSource source, string signal, Action<long> headMoved)
    {
        this.source = source;
        this.signal = signal;
        this.headMoved = headMoved;
        listening = ListenAsync();
    }

    public void Dispose()
    {
        stop.Cancel();
        listening.Wait();
        stop.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using NpgsqlConnection connection = await source.OpenConnectionAsync(stop.Token);
                await connection.ExecuteAsync($"LISTEN \"{signal}\"");
                while (true)
                {
                    headMoved(await connection.ExecuteScalarAsync<long>("SELECT coalesce(max(position), 0) FROM event"));
                    await connection.WaitAsync(LooksEvery, stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception)
            {
                // The server is away: writes say so. This only waits until it is back.
                await Task.Delay(LooksEvery, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }
}
