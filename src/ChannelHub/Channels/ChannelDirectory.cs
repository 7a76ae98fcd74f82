using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ChannelHub.Adapters;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Channels;

/// <summary>Every channel, opened. Reads are lock-free; a change opens the channel anew.</summary>
public sealed class ChannelDirectory
{
    private readonly ConcurrentDictionary<long, LiveChannel> channels = [];
    private readonly Database database;
    private readonly ChannelTypes types;
    private readonly ChannelSettings settings;
    private readonly GuardedHttp http;
    private readonly HubOptions options;
    private readonly ILoggerFactory logs;

    public ChannelDirectory(
        Database database, ChannelTypes types, ChannelSettings settings, GuardedHttp http, HubOptions options, ILoggerFactory logs)
    {
        this.database = database;
        this.types = types;
        this.settings = settings;
        this.http = http;
        this.options = options;
        this.logs = logs;
        foreach (ChannelRow row in database.Read(ChannelStore.All))
            channels[row.Id] = Open(row);
    }

    /// <summary>Raised after a channel was opened, changed or retired.</summary>
    public event Action<LiveChannel>? Changed;

    /// <summary>Every channel that is not retired, oldest first.</summary>
    public IEnumerable<LiveChannel> All => channels.Values.Where(c => c.Row.DeletedAt is null).OrderBy(c => c.Id);

    /// <summary>A channel that is not retired.</summary>
    public bool TryGet(long id, [NotNullWhen(true)] out LiveChannel? channel) => channels.TryGetValue(id, out channel) && channel.Row.DeletedAt is null;

    /// <summary>The type of any channel there ever was; history needs it.</summary>
    public string TypeOf(long id) => channels.TryGetValue(id, out LiveChannel? channel) ? channel.Row.Type : "";

    /// <summary>Reads a channel's row again and opens it anew.</summary>
    public LiveChannel Reload(long id)
    {
        ChannelRow row = database.Read(session => ChannelStore.All(session).Find(r => r.Id == id))!;
        LiveChannel channel = Open(row);
        channels[id] = channel;
        Changed?.Invoke(channel);
        return channel;
    }

    private LiveChannel Open(ChannelRow row)
    {
        if (row.DeletedAt is not null)
            return new LiveChannel(row, null, null, null, null);
        if (!types.TryGet(row.Type, out ChannelType? type))
            return Broken(row, null, $"there is no channel type '{row.Type}'; is its plug-in missing?");
        try
        {
            object opened = settings.Open(type, row.Id, row.Settings);
            ILogger log = logs.CreateLogger("ChannelHub.Channel." + row.Type);
            var environment = new ChannelEnvironment(http.Create("channel", TimeSpan.FromSeconds(options.Egress.ChannelSeconds)), database.Clock, log);
            return new LiveChannel(row, type, type.Open(opened, environment), type.Halves(opened), ChannelSettings.DefaultCountryOf(opened));
        }
        catch (SecretUnreadableException unreadable)
        {
            return Broken(row, type, unreadable.Message);
        }
    }

    private static LiveChannel Broken(ChannelRow row, ChannelType? type, string reason) =>
        new(row with { State = ChannelStates.Paused, StateReason = reason }, type, null, null, null);
}
