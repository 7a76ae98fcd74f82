using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Attachments;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Outbox;
using ChannelHub.Security;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;
using ChannelHub.WebChat;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChannelHub.Tests.Outbox;

/// <summary>The way out without the rest of the hub: a database in a folder of its own, a clock that stands still, a provider that is a function.</summary>
internal sealed class OutboxRig : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("channelhub-outbox").FullName;
    private readonly DataFolder folder;
    private readonly TestStore store;
    private readonly MasterKey key = MasterKey.Generate().Key;
    private readonly HubOptions options;
    private readonly ChannelTypes types;
    private Lanes lanes = null!;

    public OutboxRig(ChannelLimits? limits = null, HubOptions? options = null, TimeProvider? clock = null)
    {
        this.options = options ?? new HubOptions();
        Type = new FakeChannelType(limits);
        types = new ChannelTypes([Type]);
        folder = ((DataFolderResult.Opened)DataFolder.Open(path)).Folder;
        store = new TestStore(path);
        Clock = clock ?? new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 9, 0, 0, TimeSpan.Zero));
        Open();
    }

    public FakeChannelType Type { get; }

    public TimeProvider Clock { get; }

    public Database Database { get; private set; } = null!;

    public ChannelDirectory Channels { get; private set; } = null!;

    public ChannelHealth Health { get; private set; } = null!;

    public RecoveryProbe Recovery { get; private set; } = null!;

    public SendRunner Runner { get; private set; } = null!;

    public Dispatcher Dispatcher { get; private set; } = null!;

    public long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Ends the process as a crash would, and starts another on the same data.</summary>
    public void Restart()
    {
        lanes.Dispose();
        Database.Dispose();
        Open();
        foreach (LiveChannel channel in Channels.All)
            TakeLanes(channel.Id);
    }

    public long AddChannel(string account)
    {
        long id = Database.Ids.Next();
        var row = new ChannelRow(id, "fake", account, $$"""{"account":"{{account}}"}""", 1, "ok", null, null, 1, Now, Now, null);
        Write(session => ChannelStore.Insert(session, row));
        Channels.Reload(id);
        TakeLanes(id);
        return id;
    }

    /// <summary>Queues a message of texts to a recipient and answers its id.</summary>
    public long Queue(long channel, string recipient, params string[] texts) => Queue(channel, recipient, [.. texts.Select(t => (Part)new TextPart(t))]);

    public long Queue(long channel, string recipient, IReadOnlyList<Part> parts, long? replyTo = null)
    {
        long id = Database.Ids.Next();
        var message = new OutgoingMessage
        {
            Id = id, ChannelId = channel, To = new Recipient.ByKey(new Key(KeyKinds.Telegram, recipient), Original: null), Units = parts.Count,
            Content = PartsJson.Render(parts, _ => throw new NotSupportedException()), AuthorKind = "agent", ReplyTo = replyTo,
        };
        Write(session =>
        {
            OutgoingMessages.Queue(session, message).ShouldBeTrue();
            session.AfterCommit(() => lanes.Ring(channel));
        });
        return id;
    }

    /// <summary>Rounds until nothing more is to be done at this time.</summary>
    public async Task RunAsync()
    {
        while (await Dispatcher.RunOnceAsync(CancellationToken.None))
            await Runner.IdleAsync();
        await Runner.IdleAsync();
        while (await Dispatcher.RunOnceAsync(CancellationToken.None))
            await Runner.IdleAsync();
    }

    /// <summary>Moves the clock, then rounds.</summary>
    public async Task AfterAsync(TimeSpan time)
    {
        ((ManualTimeProvider)Clock).Advance(time);
        await RunAsync();
    }

    public void Ring(long channel) => lanes.Ring(channel);

    public void Write(Action<WriteSession> write) => Database.WriteAsync(write).GetAwaiter().GetResult();

    public MessageRow Message(long id) => Database.Read(session => MessageStore.Find(session, id))!;

    public MessageState State(long id) => (MessageState)Message(id).State;

    public List<PartRow> Units(long id) => Database.Read(session => SentParts.Of(session, [id]));

    public List<OutboxRow> Outbox(long id) => Database.Read(session => OutboxStore.OfMessage(session, id));

    public void Report(long channel, string providerId, DeliveryState state) => Write(session => SentParts.Report(
        session, channel, new DeliveryReported($"{providerId}-{state}", new ExternalId(providerId), state)));

    /// <summary>The names of the events about a message.</summary>
    public List<string> Events(long message) => Database.Read(session => session.Query<long>("SELECT type FROM event WHERE message_id = @message ORDER BY position", new { message }))
        .ConvertAll(type => Core.Events.EventTypes.Name((Core.Events.EventType)type));

    public List<string> AllEvents() => Database.Read(session => session.Query<long>("SELECT type FROM event ORDER BY position"))
        .ConvertAll(type => Core.Events.EventTypes.Name((Core.Events.EventType)type));

    public string ChannelState(long id) => Database.Read(session => ChannelStore.Find(session, id))!.State;

    public void Dispose()
    {
        lanes.Dispose();
        Database.Dispose();
        folder.Dispose();
        store.Dispose();
        Directory.Delete(path, recursive: true);
    }

    // Where there may be other nodes, a channel's lanes are won a moment after they are asked for.
    private void TakeLanes(long channel) =>
        SpinWait.SpinUntil(() => Database.Share.IsMine(Lanes.WorkOf(Channels.All.Single(c => c.Id == channel))), TimeSpan.FromSeconds(10)).ShouldBeTrue();

    private void Open()
    {
        Database = new Database(store.Open(), Clock, new IdGenerator(Clock), writeQueue: int.MaxValue);
        var guard = new EgressGuard([], EgressGuard.SystemResolver, TimeSpan.FromSeconds(1), Clock, NullLogger<EgressGuard>.Instance);
        var http = new GuardedHttp(guard, TimeSpan.FromSeconds(1), Clock, NullLogger<GuardedHttp>.Instance);
        Channels = new ChannelDirectory(Database, types, new ChannelSettings(new SecretBox(key)), http, guard, key, options, NullLoggerFactory.Instance);
        Health = new ChannelHealth(Database, Channels);
        Recovery = new RecoveryProbe(Database, Channels, Health, new ChannelProbe(Database, NullLogger<ChannelProbe>.Instance));
        lanes = new Lanes(Channels, Database);
        var files = new OutboundFiles(new FolderFiles(Database, folder.Attachments, folder.Temporary, settling: TimeSpan.Zero), new SignedLinks(key, Clock), options);
        var sender = new UnitSender(Database, files, new OneTimeCodes(Database, key), options, NoSpread.Instance, NullLogger<UnitSender>.Instance);
        Runner = new SendRunner(Database, lanes, sender, Health, NullLogger<SendRunner>.Instance);
        Dispatcher = new Dispatcher(Database, lanes, Runner, options, NoSpread.Instance, NullLogger<Dispatcher>.Instance);
    }

    // Repeats come at the middle of the time in which they may.
    private sealed class NoSpread : Random
    {
        public static readonly NoSpread Instance = new();

        public override double NextDouble() => 0.5;
    }
}
