using System.Diagnostics.Metrics;
using ChannelHub.Events;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;

namespace ChannelHub.Publishing;

/// <summary>
/// Publishes every event of the log to RabbitMQ, in order and at least once. Its cursor moves over what the broker has confirmed, once for a batch; whatever
/// happens, it goes on from there.
/// </summary>
internal sealed class EventPublisher : IWorker, IAsyncDisposable
{
    /// <summary>Name of its cursor.</summary>
    public const string Reader = "rabbitmq";

    private const int BatchSize = 256;

    // In which events gather: a cursor costs a commit.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TurnIsAskedEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    private readonly Database database;
    private readonly EventReader reader;
    private readonly RabbitmqOptions options;
    private readonly Random random;
    private readonly ILogger<EventPublisher> log;
    private readonly Counter<long> published;
    private BrokerLink? link;
    private bool entered;
    private bool? isWell;
    private int failures;
    private long? position;
    private long lost;

    public EventPublisher(Database database, EventReader reader, HubOptions options, HubMetrics metrics, Random random, ILogger<EventPublisher> log)
    {
        this.database = database;
        this.reader = reader;
        this.options = options.Rabbitmq;
        this.random = random;
        this.log = log;
        published = metrics.Meter.CreateCounter<long>("channelhub.rabbitmq.published", null, "Events that RabbitMQ has confirmed to this node.");
        metrics.Meter.CreateObservableCounter("channelhub.rabbitmq.lost", () => Interlocked.Read(ref lost), null, "Events that were no longer kept when RabbitMQ came back.");
        metrics.Meter.CreateObservableGauge("channelhub.rabbitmq.lag", () => database.Head - database.Read(session => EventStore.ReaderPosition(session, Reader)),
            null, "Events that RabbitMQ has not confirmed yet.");
        metrics.Meter.CreateObservableGauge<long>("channelhub.rabbitmq.connected", () => isWell is { } well ? [new(well ? 1 : 0)] : [],
            null, "Whether RabbitMQ takes events: 1 or 0, on the node that publishes them.");
    }

    public string Name => "rabbitmq";

    public TimeSpan Idle { get; private set; } = Pace;

    /// <summary>Connects, or publishes a batch. A node that is not the one to do it lets the connection go, for only one can have it.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        if (!database.Share.IsMine("worker:" + Name))
        {
            await DisposeAsync();
            (isWell, Idle) = (null, TurnIsAskedEvery);
            return false;
        }
        if (!entered)
            await database.WriteAsync(session => EventStore.EnterReader(session, Reader));
        entered = true;
        return link is null ? await TryOpenAsync(cancellation) : await PublishAsync(link);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref link, null) is { } open)
            await open.DisposeAsync();
    }

    // Connecting takes time, and the turn may have passed on meanwhile: publishing waits for the next round.
    private async Task<bool> TryOpenAsync(CancellationToken cancellation)
    {
        try
        {
            link = await BrokerLink.OpenAsync(options, cancellation);
            position = null;
            return true;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            await FailAsync(BrokerLink.Reason(failure));
            return false;
        }
    }

    private async Task<bool> PublishAsync(BrokerLink open)
    {
        if (!open.IsOpen)
        {
            await FailAsync(open.CloseReason);
            return false;
        }
        // Read only now that nobody else can be publishing any more.
        long after = position ??= database.Read(session => EventStore.ReaderPosition(session, Reader));
        long head = database.Head;
        IReadOnlyList<EventShape> events = head == after ? [] : database.Read(session => reader.Page(session, after, head, types: null, BatchSize)).Data;
        (int confirmed, Exception? failure) = await open.PublishAsync(events);
        if (confirmed > 0)
            await AdvanceAsync(after, events[0].Position, events[confirmed - 1].Position);
        if (failure is not null)
        {
            await FailAsync(BrokerLink.Reason(failure));
            return false;
        }
        Succeed();
        return events.Count == BatchSize;
    }

    private async Task AdvanceAsync(long before, long first, long last)
    {
        await database.WriteAsync(session => EventStore.MoveReader(session, Reader, last));
        (position, failures) = (last, 0);
        published.Add(last - first + 1);
        if (first == before + 1)
            return;
        Interlocked.Add(ref lost, first - before - 1);
        log.LogError("Events {First} to {Last} were no longer kept when RabbitMQ could take them, and were never published", before + 1, first - 1);
    }

    private void Succeed()
    {
        if (isWell != true)
            log.LogInformation("Events are published to the exchange {Exchange} of RabbitMQ", options.Exchange);
        (isWell, failures, Idle) = (true, 0, Pace);
    }

    private async Task FailAsync(string reason)
    {
        await DisposeAsync();
        if (isWell != false)
            log.LogWarning("RabbitMQ takes no events now; they wait in the log, and it is tried again: {Reason}", reason);
        isWell = false;
        TimeSpan backOff = TimeSpan.FromSeconds(Math.Min(Math.Pow(2, failures), LongestBackOff.TotalSeconds));
        failures = Math.Min(failures + 1, 10);
        Idle = backOff * (0.5 + (random.NextDouble() / 2));
    }
}
