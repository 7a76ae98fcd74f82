using System.Net.Http.Headers;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Tests;

/// <summary>
/// The whole hub on real Kestrel at a free loopback port, its data in a folder of its own. Restart it to see what was durable.
/// </summary>
public sealed class TestHub : HubOverHttp, IAsyncDisposable
{
    public const string AdminKey = "chk_test_admin_key_of_forty_characters_or_so";

    private readonly TimeProvider clock;
    private readonly IReadOnlyList<ChannelType> types;
    private readonly Action<ILoggingBuilder> logging;
    private readonly TestStore store;
    private readonly string? ownFolder;
    private readonly TextWriter? output;
    private HubOptions options;
    private DataFolder folder = null!;
    private WebApplication app = null!;
    private string? address;

    private TestHub(HubOptions options, TimeProvider clock, IReadOnlyList<ChannelType> types, Action<ILoggingBuilder> logging, TestStore store, string? ownFolder, TextWriter? output)
    {
        this.options = options;
        this.clock = clock;
        this.types = types;
        this.logging = logging;
        this.store = store;
        this.ownFolder = ownFolder;
        this.output = output;
    }

    public Uri Address => new(address!);

    /// <summary>Where the data is.</summary>
    public TestStore Store => store;

    public string DataPath => Path.GetFullPath(options.Data);

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public static async Task<TestHub> StartAsync(
        Func<HubOptions, HubOptions>? configure = null, TimeProvider? clock = null, IReadOnlyList<ChannelType>? moreTypes = null, Action<ILoggingBuilder>? logging = null,
        TextWriter? output = null)
    {
        string path = Directory.CreateTempSubdirectory("channelhub-test").FullName;
        var store = new TestStore(path);
        var options = new HubOptions { Data = path, AdminKey = AdminKey, EgressAllow = ["127.0.0.0/8"], Database = store.ConnectionString };
        var hub = new TestHub(configure?.Invoke(options) ?? options, clock ?? TimeProvider.System,
            [.. BuiltInChannels.All, .. moreTypes ?? []], logging ?? (l => l.ClearProviders()), store, path, output);
        await hub.StartAsync("http://127.0.0.1:0");
        return hub;
    }

    /// <summary>Stops and starts again on the same data and port.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    /// <summary>Starts again after a stop, on the same data and port, with other settings if need be.</summary>
    public async Task StartAgainAsync(Func<HubOptions, HubOptions>? configure = null)
    {
        options = configure?.Invoke(options) ?? options;
        await StartAsync(address!);
    }

    public async Task StopAsync()
    {
        Admin.Dispose();
        Anonymous.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        folder.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        store.Dispose();
        if (ownFolder is not null)
            Directory.Delete(ownFolder, recursive: true);
    }

    private async Task StartAsync(string url)
    {
        folder = ((DataFolderResult.Opened)DataFolder.Open(options.Data)).Folder;
        MasterKey key = ((MasterKeyResult.Opened)MasterKeyFile.Open(options.MasterKey, folder.MasterKey)).Key;
        app = Hub.Build(new HubParts(options, folder, key, types, clock, output), logging);
        app.Urls.Add(url);
        await app.StartAsync();
        address = app.Urls.First();
        Anonymous = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        Admin = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
    }
}
