using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Ids;
using ChannelHub.Hooks;
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
    private readonly EgressGuard guard;
    private readonly MasterKey master;
    private readonly HubOptions options;
    private readonly ILoggerFactory logs;
    private readonly Lock reloading = new();

    public ChannelDirectory(
        Database database, ChannelTypes types, ChannelSettings settings, GuardedHttp http, EgressGuard guard, MasterKey master, HubOptions options, ILoggerFactory logs)
    {
        this.database = database;
        this.types = types;
        this.settings = settings;
        this.http = http;
        this.guard = guard;
        this.master = master;
        this.options = options;
        this.logs = logs;
        foreach (ChannelRow row in database.Read(ChannelStore.All))
            channels[row.Id] = Open(row);
    }

    /// <summary>Raised after a channel was opened, changed or retired, one change after the other. Handlers are quick and do not throw.</summary>
    public event Action<LiveChannel>? Changed;

    /// <summary>Every channel that is not retired, oldest first.</summary>
    public IEnumerable<LiveChannel> All => channels.Values.Where(c => c.Row.DeletedAt is null).OrderBy(c => c.Id);

    /// <summary>A channel that is not retired.</summary>
    public bool TryGet(long id, [NotNullWhen(true)] out LiveChannel? channel) => channels.TryGetValue(id, out channel) && channel.Row.DeletedAt is null;

    /// <summary>As <see cref="Find(long)"/>, by the id that clients use.</summary>
    public LiveChannel? Find(string publicId) => HubId.TryParse(IdPrefix.Channel, publicId, out long id) ? Find(id) : null;

    /// <summary>A channel that is not retired, also if another node has made it a moment ago; not to be asked while something is read.</summary>
    public LiveChannel? Find(long id)
    {
        if (HasOtherNodes && !channels.ContainsKey(id) && database.Read(session => ChannelStore.FindAny(session, id)) is not null)
            Reload(id);
        return TryGet(id, out LiveChannel? channel) ? channel : null;
    }

    /// <summary>The type of any channel there ever was; history needs it.</summary>
    public string TypeOf(Session session, long id) =>
        channels.TryGetValue(id, out LiveChannel? channel) ? channel.Row.Type
        : HasOtherNodes ? ChannelStore.FindAny(session, id)?.Type ?? "" : "";

    /// <summary>Reads a channel's row again. The account is opened anew if its settings may have changed; a change of state leaves it as it is.</summary>
    public LiveChannel Reload(long id)
    {
        // One after the other, or a slow reader would put an older row in the place of a newer one.
        lock (reloading)
        {
            ChannelRow row = database.Read(session => ChannelStore.FindAny(session, id))!;
            LiveChannel channel = channels.TryGetValue(id, out LiveChannel? before) && before.Account is not null && before.Row.Version == row.Version
                ? before with { Row = row }
                : Open(row);
            channels[id] = channel;
            Changed?.Invoke(channel);
            return channel;
        }
    }

    /// <summary>Reloads what another node has changed; false if nothing has changed.</summary>
    public bool Follow()
    {
        if (!HasOtherNodes)
            return false;
        ChannelRow[] changed = [.. database.Read(ChannelStore.All).Where(row =>
            !channels.TryGetValue(row.Id, out LiveChannel? known) || known.Row.Version != row.Version || IsOtherState(known, row))];
        foreach (ChannelRow row in changed)
            Reload(row.Id);
        return changed.Length > 0;
    }

    private bool HasOtherNodes => options.Database is not null;

    // A channel that could not be opened here shows a state of its own.
    private static bool IsOtherState(LiveChannel known, ChannelRow row) =>
        known.Account is not null && (known.Row.State != row.State || known.Row.StateReason != row.StateReason);

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
            var environment = new ChannelEnvironment(http.Create("channel", TimeSpan.FromSeconds(options.Egress.ChannelSeconds)), database.Clock, log)
            {
                ChannelId = HubId.Format(IdPrefix.Channel, row.Id),
                SigningKey = master.Derive($"{KeyPurposes.Channels}/{row.Id}"),
                Dial = guard.ConnectAsync,
                HookUrl = HookAddress.Of(options, HubId.Format(IdPrefix.Channel, row.Id)),
            };
            return new LiveChannel(row, type, type.Open(opened, environment), type.Halves(opened), ChannelSettings.DefaultCountryOf(opened))
            {
                Limits = type.Limits(opened),
                KeyKind = type.KeyKind(opened),
            };
        }
        catch (SecretUnreadableException unreadable)
        {
            return Broken(row, type, unreadable.Message);
        }
        catch (JsonException)
        {
            return Broken(row, type, $"what is stored does not fit the settings of type '{row.Type}' any more; save them again");
        }
        catch (Exception failure)
        {
            // One adapter that cannot open its account takes down neither the hub nor other channels.
            logs.CreateLogger<ChannelDirectory>().LogError("The adapter of type {Type} could not open channel {Channel}: {Failure}",
                row.Type, HubId.Format(IdPrefix.Channel, row.Id), failure.GetType().Name);
            return Broken(row, type, $"the adapter could not open the account with these settings ({failure.GetType().Name})");
        }
    }

    private static LiveChannel Broken(ChannelRow row, ChannelType? type, string reason) =>
        new(row with { State = ChannelStates.Paused, StateReason = reason }, type, null, null, null);
}
