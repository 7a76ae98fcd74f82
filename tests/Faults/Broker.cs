using RabbitMQ.Client;

namespace ChannelHub.Faults;

/// <summary>A RabbitMQ of the run's own, as <c>tests/rabbitmq.sh</c> sets it up, with a queue for every event of the hub.</summary>
internal sealed class Broker(ScriptServer server) : IDisposable
{
    private const string Exchange = "channelhub";
    private const string Queue = "everything";

    private readonly ConnectionFactory direct = new() { Uri = new Uri(server.Told[0]) };

    /// <summary>The line from the hub to it.</summary>
    public TcpFaultProxy Line { get; } = new(new Uri(server.Told[0]).Port);

    /// <summary>Its address at the end of that line.</summary>
    public string Address => new UriBuilder(server.Told[0]) { Port = Line.Port }.Uri.ToString();

    /// <summary>Starts it; null if it cannot be had here.</summary>
    public static async Task<Broker?> TryStartAsync()
    {
        if (ScriptServer.TryStart("rabbitmq", "\"$rabbitmq\"") is not { } server)
            return null;
        var broker = new Broker(server);
        await using IConnection connection = await broker.direct.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(Exchange, ExchangeType.Topic, durable: true);
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync(Queue, Exchange, "#");
        return broker;
    }

    /// <summary>Takes what is in the queue, waiting for the event of a position, but not for ever.</summary>
    public async Task<List<(long Position, string Id)>> TakeAsync(long upTo, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        await using IConnection connection = await direct.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        List<(long Position, string Id)> taken = [];
        while (!limit.IsCancellationRequested && (taken.Count == 0 || taken[^1].Position < upTo))
        {
            if (await channel.BasicGetAsync(Queue, autoAck: true) is { } got)
                taken.Add(((long)got.BasicProperties.Headers!["position"]!, got.BasicProperties.MessageId!));
            else
                await Task.Delay(100);
        }
        return taken;
    }

    public void Dispose()
    {
        Line.Dispose();
        server.Dispose();
    }
}
