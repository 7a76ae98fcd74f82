using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Customers;
using ChannelHub.Customers.Suggestions;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.Ingest;
using ChannelHub.Storage.Search;

namespace ChannelHub.Tests.Customers;

/// <summary>The identity graph on its real storage, without the rest of the hub: messages come in as the way in hands them over.</summary>
internal sealed class GraphRig : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("channelhub-graph").FullName;
    private readonly TestStore store;
    private readonly SuggestionFinder finder;
    private long messages;

    public GraphRig()
    {
        Clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 9, 0, 0, TimeSpan.Zero));
        store = new TestStore(path);
        Database = new Database(store.Open(), Clock, new IdGenerator(Clock));
        finder = new SuggestionFinder(Database);
    }

    public ManualTimeProvider Clock { get; }

    public Database Database { get; }

    /// <summary>Somebody writes; keys are in canonical form.</summary>
    public Task<IngestOutcome> SayAsync(Sender sender, string text = "hello", long channel = 1, IReadOnlyDictionary<string, string>? metadata = null)
    {
        long number = Interlocked.Increment(ref messages);
        var received = new MessageReceived(new ExternalId($"m{number:D8}"), sender, [new TextPart(text)]) { Metadata = metadata };
        return IngestAsync(channel, received, sender, new Content(PartsJson.Render(received.Parts, _ => throw new NotSupportedException()), []));
    }

    /// <summary>The provider tells something without a message.</summary>
    public Task<IngestOutcome> TellAsync(ChannelEvent told, Sender? sender = null, long channel = 1, IReadOnlyList<LearnedKey>? learned = null) =>
        IngestAsync(channel, told, sender, content: null, learned);

    public void Say(Sender sender, string text = "hello", long channel = 1) => SayAsync(sender, text, channel).GetAwaiter().GetResult();

    public static Sender Who(string kind, string value, params LearnedKey[] learned) => new(new Key(kind, value)) { Learned = learned };

    public static LearnedKey Alias(string kind, string value, Assurance assurance = Assurance.Proven) => new(new Key(kind, value), assurance, LearnedAs.Alias);

    public static LearnedKey Contact(string kind, string value, Assurance assurance = Assurance.Proven) => new(new Key(kind, value), assurance, LearnedAs.Contact);

    /// <summary>An index of what is said here.</summary>
    public SearchIndex OpenSearch() => store.ConnectionString is { } server ? new PostgresSearchIndex(server) : new SqliteSearchIndex(Path.Combine(path, "search.db"));

    public T Read<T>(Func<Session, T> read) => Database.Read(read);

    public T Write<T>(Func<WriteSession, T> write) => Database.WriteAsync(write).GetAwaiter().GetResult();

    public IdentityRow? Find(string kind, string value) => Read(session => IdentityStore.FindByKey(session, new Key(kind, value)));

    public long Identity(string kind, string value) => Find(kind, value)?.Id ?? throw new InvalidOperationException($"nobody owns {kind}:{value}");

    public long Customer(string kind, string value) => Find(kind, value)!.CustomerId;

    public bool AreTogether(Key one, Key other) => Customer(one.Kind, one.Value) == Customer(other.Kind, other.Value);

    public MergePlan Plan(Func<Region, long, MergePlan> plan, string kind, long? undoes, params long[] named) => Write(session =>
    {
        long id = session.NewId();
        MergePlan planned = plan(CustomerGraph.Load(session, named), id);
        if (planned is MergePlan.Change change)
            CustomerGraph.Apply(session, change, new ActionInfo(id, kind, "test", Reason: null, undoes));
        return planned;
    });

    public MergePlan Merge(long one, long other) => Plan((region, id) => Merging.Merge(region, one, other, id), "merge", undoes: null, one, other);

    public MergePlan Veto(long one, long other) => Plan((region, id) => Merging.Veto(region, one, other, id), "veto", undoes: null, one, other);

    public MergePlan Detach(long identity) => Plan((region, id) => Merging.Detach(region, identity, id), "detach", undoes: null, identity);

    public MergePlan Undo(long action)
    {
        long[] named = Read(session => ActionStore.Facts(session, [action])).SelectMany(fact => new[] { fact.LeftId, fact.RightId }).Distinct().ToArray();
        return named.Length == 0
            ? new MergePlan.Refused(MergeRefusal.NothingToUndo)
            : Plan((region, id) => Merging.Undo(region, action, id), "undo", action, named);
    }

    /// <summary>The background reader goes on until it is at the head.</summary>
    public void Follow()
    {
        long head;
        do
        {
            head = Database.Head;
            finder.RunOnceAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
        while (Database.Head != head);
    }

    /// <summary>A reader that knows only what is durable, as after a restart.</summary>
    public void FollowAfresh() => new SuggestionFinder(Database).RunOnceAsync(CancellationToken.None).GetAwaiter().GetResult();

    public List<SuggestionRow> Suggestions(string state = SuggestionStore.Open) => Read(session => SuggestionStore.Page(session, state, long.MaxValue, 100));

    public List<EventRow> Events(params EventType[] types) => Read(session => EventStore.Page(session, 0, Database.Head, [.. types.Select(type => (long)type)], int.MaxValue));

    public void Dispose()
    {
        Database.Dispose();
        store.Dispose();
        Directory.Delete(path, recursive: true);
    }

    private Task<IngestOutcome> IngestAsync(long channel, ChannelEvent told, Sender? sender, Content? content, IReadOnlyList<LearnedKey>? learned = null) =>
        Database.IngestAsync(new Intake
        {
            ChannelId = channel, Adapter = "test", Method = "POST", Body = ReadOnlyMemory<byte>.Empty, ReceivedAt = Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            MediaExpiry = TimeSpan.FromDays(1),
            Entries = [new IntakeEntry.Understood(told, sender is null ? null : new KeyedSender(sender.Key, null, sender, sender.Learned), content, Database.Ids.Next()) { Learned = learned ?? [] }],
        });
}
