using System.Buffers;
using System.Security.Authentication;
using ChannelHub.Events;
using ChannelHub.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ChannelHub.Publishing;

/// <summary>
/// A connection on which this node publishes the hub's events, and nobody else: while it stands it holds a queue that the broker lends to one connection
/// at a time. A node that lost its turn in the middle of a batch is therefore cut off before the next one begins.
/// </summary>
internal sealed class BrokerLink : IAsyncDisposable
{
    private const int ResourceLocked = 405;

    // The broker ends a connection that says nothing for two of these.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConfirmPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly string exchange;

    private BrokerLink(IConnection connection, IChannel channel, string exchange)
    {
        this.connection = connection;
        this.channel = channel;
        this.exchange = exchange;
    }

    public bool IsOpen => channel.IsOpen;

    /// <summary>Why it is no longer open.</summary>
    public string CloseReason => (channel.CloseReason ?? connection.CloseReason)?.ReplyText ?? "the connection ended";

    /// <summary>Connects, and sees to the exchange.</summary>
    public static async Task<BrokerLink> OpenAsync(RabbitmqOptions options, CancellationToken cancellation)
    {
        var factory = new ConnectionFactory
        {
            Uri = new Uri(options.Uri!),
            ClientProvidedName = "channelhub",
            RequestedHeartbeat = Heartbeat,
            RequestedConnectionTimeout = Patience,
            HandshakeContinuationTimeout = Patience,
            ContinuationTimeout = Patience,
            AutomaticRecoveryEnabled = false, // it would publish again what it thinks fit; the cursor knows better
        };
        factory.Ssl.Version = default; // as the system allows, not as the client thinks
        IConnection opened = await factory.CreateConnectionAsync(cancellation);
        try
        {
            // No limiter: a batch is the window.
            IChannel publishing = await opened.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null), cancellation);
            await publishing.ExchangeDeclareAsync(options.Exchange, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: cancellation);
            await publishing.QueueDeclareAsync(options.Exchange + ".publisher", durable: false, exclusive: true, autoDelete: false, cancellationToken: cancellation);
            return new BrokerLink(opened, publishing, options.Exchange);
        }
        catch
        {
            await CloseAsync(opened);
            throw;
        }
    }

    /// <summary>What a failure of the broker says, in words that can be logged.</summary>
    public static string Reason(Exception failure) => failure switch
    {
        OperationInterruptedException { ShutdownReason.ReplyCode: ResourceLocked } => "another node, or another hub, publishes to this exchange",
        OperationInterruptedException { ShutdownReason: { } shutdown } => shutdown.ReplyText,
        PublishException => "the broker refused an event: a queue is full or in trouble",
        OperationCanceledException => "the broker did not confirm in time",
        _ when failure.GetBaseException() is AuthenticationException => "this machine does not trust the broker's certificate, or it is for another name",
        _ => failure.GetBaseException().Message,
    };

    /// <summary>Publishes events in their order. Answers how many of them, from the first, the broker has confirmed, and why not the others.</summary>
    public async Task<(int Confirmed, Exception? Failure)> PublishAsync(IReadOnlyList<EventShape> events)
    {
        using var limit = new CancellationTokenSource(ConfirmPatience);
        // One begins to wait for its turn after the other, so they leave in this order; the confirmations are awaited together.
        Task[] publishing = [.. events.Select(shape => PublishAsync(shape, limit.Token))];
        await Task.WhenAll(publishing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        int confirmed = publishing.TakeWhile(task => task.IsCompletedSuccessfully).Count();
        if (confirmed == events.Count)
            return (confirmed, null);
        return (confirmed, publishing[confirmed].Exception?.InnerException ?? new OperationCanceledException());
    }

    public async ValueTask DisposeAsync() => await CloseAsync(connection);

    private Task PublishAsync(EventShape shape, CancellationToken cancellation)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        EventJson.Write(body, shape);
        var properties = new BasicProperties
        {
            MessageId = shape.Id,
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            Timestamp = new AmqpTimestamp(shape.At.ToUnixTimeSeconds()),
            Headers = new Dictionary<string, object?> { ["position"] = shape.Position },
        };
        return channel.BasicPublishAsync(exchange, shape.Type, mandatory: false, properties, body.WrittenMemory, cancellation).AsTask();
    }

    private static async Task CloseAsync(IConnection opened)
    {
        await opened.AbortAsync(ClosePatience);
        await opened.DisposeAsync();
    }
}
