using ChannelHub.Access;
using ChannelHub.Adapters.Conformance.Simulation;
using ChannelHub.Security;
using ChannelHub.Storage.Access;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Simulation;

/// <summary>Once the hub listens, makes a channel at each simulated provider and opens the page where they are played; both over the API, like any client.</summary>
internal sealed class SimulatedChannels(ProviderSimulator simulator, SimulatedSettings settings, Database database, ApiKeyCache keys)
    : IHostedLifecycleService, IAsyncDisposable
{
    private SimulatedHub? hub;
    private SimulatorPage? page;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        hub = new SimulatedHub(settings.Hub, await AddKeyAsync());
        await simulator.ConnectAsync(hub);
        page = await SimulatorPage.StartAsync(simulator, hub);
        await settings.Output.WriteLineAsync($"""

            All providers are simulated, with one channel each. Whatever happens here is gone when the hub stops.

              Play both sides   {page.Address}

            """);
        await settings.Output.FlushAsync(cancellationToken);
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (page is not null)
            await page.DisposeAsync();
        page = null;
        hub?.Dispose();
    }

    private async Task<string> AddKeyAsync()
    {
        string key = ApiKeys.Generate();
        var row = new ApiKeyRow(database.Ids.Next(), "simulation", ApiKeys.Hash(key), ApiKeys.Hint(key),
            $"{Scopes.ChannelsAdmin} {Scopes.ConversationsRead} {Scopes.MessagesSend}", null, ApiKeyOrigins.Api,
            database.Clock.GetUtcNow().ToUnixTimeMilliseconds(), null, null, null);
        await database.WriteAsync(session => ApiKeyStore.Insert(session, row));
        keys.Add(row);
        return key;
    }
}
