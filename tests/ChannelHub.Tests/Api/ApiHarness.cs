using System.Net.Http.Headers;
using ChannelHub.Api;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Tests.Api;

/// <summary>The API's pipeline with endpoints of the test's own, which fail or wait as no real one does on demand.</summary>
internal sealed class ApiHarness : IAsyncDisposable
{
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("channelhub-test");
    private readonly DataFolder folder;
    private readonly TestStore store;
    private readonly WebApplication app;

    private ApiHarness(Func<HubOptions, HubOptions>? configure, TimeProvider? clock, Action<IEndpointRouteBuilder> map)
    {
        folder = ((DataFolderResult.Opened)DataFolder.Open(data.FullName)).Folder;
        store = new TestStore(data.FullName);
        var options = new HubOptions { Data = data.FullName, AdminKey = TestHub.AdminKey, Database = store.ConnectionString };
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(Log).SetMinimumLevel(LogLevel.Debug);
        Hub.AddHub(builder.Services, new HubParts(configure?.Invoke(options) ?? options, folder, MasterKey.Generate().Key, [], clock ?? TimeProvider.System));
        app = builder.Build();
        app.UseApi();
        map(app);
        app.Urls.Add("http://127.0.0.1:0");
    }

    public HttpClient Admin { get; } = new();

    public RecordedLog Log { get; } = new();

    public Database Database => app.Services.GetRequiredService<Database>();

    public static async Task<ApiHarness> StartAsync(Action<IEndpointRouteBuilder> map, Func<HubOptions, HubOptions>? configure = null, TimeProvider? clock = null)
    {
        var harness = new ApiHarness(configure, clock, map);
        await harness.app.StartAsync();
        harness.Admin.BaseAddress = new Uri(harness.app.Urls.First());
        harness.Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestHub.AdminKey);
        return harness;
    }

    /// <summary>A POST endpoint for the admin.</summary>
    public static Action<IEndpointRouteBuilder> Post(string path, Func<HttpContext, Task<IResult>> handler) =>
        app => app.MapPost(path, handler).RequireScope(Scopes.Admin);

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        folder.Dispose();
        store.Dispose();
        data.Delete(recursive: true);
    }
}
