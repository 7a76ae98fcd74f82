using System.Net;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Access;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace ChannelHub.Access;

/// <summary>
/// Sees to it that somebody can administer the hub. A key in the settings is in force before the first request; another one in its place replaces it, and
/// taking it out of the settings leaves it in force until it is revoked. Without any admin key one is made, once the hub listens: a start that fails
/// must not use up the one time it is shown.
/// </summary>
public sealed class FirstStart(Database database, ApiKeyCache keys, HubOptions options, TextWriter output, IServer server, ILogger<FirstStart> log) : IHostedLifecycleService
{
    /// <summary>Puts the configured key in force.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.AdminKey is not { } configured)
            return;
        ApiKeyRow row = Row("admin (settings)", configured, ApiKeyOrigins.Settings);
        await database.WriteAsync(session => ApiKeyStore.Configure(session, row));
        keys.Reload();
    }

    /// <summary>Makes the first key if there is none, and shows where the hub is.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        string address = Address();
        if (keys.HasAdmin(database.Clock.GetUtcNow()))
        {
            log.LogInformation("Start page {Address}/, API docs {Address}/docs, demo shop {Address}/demo", address, address, address);
            return;
        }
        string key = ApiKeys.Generate();
        ApiKeyRow row = Row("admin (first start)", key, ApiKeyOrigins.FirstStart);
        await database.WriteAsync(session => ApiKeyStore.Insert(session, row));
        keys.Add(row);
        await output.WriteLineAsync($"""

            ChannelHub has no admin key yet, so it has made one:

              {key}

            It is shown only this once and kept only as a hash. Put it into a safe place.

              Start page   {address}/
              API docs     {address}/docs
              Demo shop    {address}/demo

            """);
        await output.FlushAsync(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private ApiKeyRow Row(string name, string key, string origin) => new(
        database.Ids.Next(), name, ApiKeys.Hash(key), ApiKeys.Hint(key), Scopes.Admin, null, origin,
        database.Clock.GetUtcNow().ToUnixTimeMilliseconds(), null, null, null);

    /// <summary>What to type into a browser: the public address, or the first the server listens on.</summary>
    private string Address()
    {
        if (options.PublicUrl is { } known)
            return known.AbsoluteUri.TrimEnd('/');
        string? listening = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        if (listening is null || !Uri.TryCreate(listening, UriKind.Absolute, out Uri? url))
            return HubOptions.DefaultUrls;
        bool everywhere = IPAddress.TryParse(url.IdnHost, out IPAddress? ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
        return (everywhere ? $"{url.Scheme}://localhost:{url.Port}" : listening).TrimEnd('/');
    }
}
