using System.Text.Json;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Attachments;
using ChannelHub.Channels;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Hooks;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using ChannelHub.Tests.Operation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Tests.Attachments;

/// <summary>A hub whose background loops do not run: the test makes every step itself, by a clock that stands still.</summary>
internal sealed class MediaRig : IAsyncDisposable
{
    private readonly TemporaryFolder root = new();
    private readonly TestStore store;
    private readonly HubOptions options;
    private DataFolder folder = null!;
    private WebApplication app = null!;

    public MediaRig(Func<HubOptions, HubOptions>? configure = null)
    {
        store = new TestStore(root.Path);
        var defaults = new HubOptions { Data = root.Path, Database = store.ConnectionString };
        options = configure?.Invoke(defaults) ?? defaults;
        Build();
        Channel = AddChannelAsync().GetAwaiter().GetResult();
    }

    public ManualTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero));

    public FileChannelType Type { get; } = new();

    /// <summary>The first channel.</summary>
    public long Channel { get; }

    public Database Database => Get<Database>();

    public DataFolder Folder => folder;

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public async Task<long> AddChannelAsync()
    {
        long id = Database.Ids.Next();
        var channel = new ChannelRow(id, Type.Info.Id, "files", "{}", Enabled: 1, ChannelStates.Ok, null, null, 1, 0, 0, null);
        string settings = ((SettingsResult.Accepted)Get<ChannelSettings>().Read(Type, id, JsonSerializer.SerializeToElement(new { token = FileChannelType.Token }))).Stored;
        await Database.WriteAsync(session => ChannelStore.Insert(session, channel with { Settings = settings }));
        Get<ChannelDirectory>().Reload(id);
        return id;
    }

    /// <summary>Enables or disables the channel.</summary>
    public async Task EnableAsync(bool enabled)
    {
        await Database.WriteAsync(session => ChannelStore.Update(session, ChannelStore.Find(session, Channel)! with { Enabled = enabled ? 1 : 0 }));
        Get<ChannelDirectory>().Reload(Channel);
    }

    public async Task RetireAsync()
    {
        await Database.WriteAsync(session => ChannelStore.Retire(session, Channel));
        Get<ChannelDirectory>().Reload(Channel);
    }

    /// <summary>Hands an input to the hook and answers what became of its entries.</summary>
    public async Task<JsonElement[]> PushAsync(long channel, params object[] entries)
    {
        var context = new DefaultHttpContext { RequestServices = app.Services };
        context.Request.Method = "POST";
        context.Request.RouteValues["channel"] = HubId.Format(IdPrefix.Channel, channel);
        context.Request.Headers["x-token"] = FileChannelType.Token;
        context.Request.Body = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(entries));
        var answer = new MemoryStream();
        context.Response.Body = answer;
        await Get<HookEndpoint>().HandleAsync(context);
        context.Response.StatusCode.ShouldBe(200);
        return JsonSerializer.Deserialize<JsonElement[]>(answer.ToArray())!;
    }

    /// <summary>A customer sends a message with one file that is to be fetched; answers the file.</summary>
    public async Task<AttachmentRow> ReceiveAsync(string id = "m1", object? file = null)
    {
        JsonElement[] outcomes = await PushAsync(Channel, new { id, from = "anna", files = new[] { file ?? new { Reference = "ref-" + id } } });
        outcomes[0].GetProperty("kind").GetString().ShouldBe("Stored");
        return Database.Read(session => session.Query<long>("SELECT id FROM attachment ORDER BY id DESC LIMIT 1")).Select(Row).Single();
    }

    public AttachmentRow Row(long id) => Database.Read(session => AttachmentStore.Find(session, id))!;

    public long? DueAt(long id) => Database.Read(session => session.Find<long?>("SELECT due_at FROM attachment WHERE id = @id", new { id }));

    public Task<bool> RunAsync(CancellationToken cancellation = default) => Get<MediaWorker>().RunOnceAsync(cancellation);

    /// <summary>Moves the clock to where the file is due and tries.</summary>
    public async Task RetryAsync(long id)
    {
        Clock.Advance(DateTimeOffset.FromUnixTimeMilliseconds(DueAt(id)!.Value) - Clock.GetUtcNow());
        (await RunAsync()).ShouldBeTrue();
    }

    public List<EventRow> Events(EventType type) => Database.Read(session => EventStore.Page(session, 0, long.MaxValue, [(long)type], 1000));

    public string[] Kept() => store.Files();

    public async Task<byte[]> ReadAsync(AttachmentRow row)
    {
        await using Stream content = (await Get<FileStore>().OpenAsync(row.Sha256!, row.Size!.Value, CancellationToken.None))!;
        var copy = new MemoryStream();
        await content.CopyToAsync(copy);
        return copy.ToArray();
    }

    /// <summary>Ends the process, as far as a test can, and begins another on the same data.</summary>
    public async Task RestartAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
        Build();
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
        store.Dispose();
        root.Dispose();
    }

    private void Build()
    {
        folder = ((DataFolderResult.Opened)DataFolder.Open(options.Data)).Folder;
        MasterKey key = ((MasterKeyResult.Opened)MasterKeyFile.Open(options.MasterKey, folder.MasterKey)).Key;
        app = Hub.Build(new HubParts(options, folder, key, [Type], Clock), logging => logging.ClearProviders());
    }
}
