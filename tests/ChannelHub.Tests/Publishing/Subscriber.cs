using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace ChannelHub.Tests.Publishing;

/// <summary>An event as the broker delivered it.</summary>
internal sealed record Delivery(long Position, string Key, string Body, IReadOnlyBasicProperties Properties);

/// <summary>Listens to an exchange of its own, past every proxy, and remembers what came in which order.</summary>
internal sealed class Subscriber : IAsyncDisposable
{
    private readonly List<Delivery> deliveries = [];
    private readonly IConnection connection;
    private readonly IChannel channel;

    private Subscriber(IConnection connection, IChannel channel)
    {
        this.connection = connection;
        this.channel = channel;
    }

    /// <summary>Name of the exchange.</summary>
    public string Exchange { get; } = "test-" + Guid.NewGuid().ToString("N");

    public List<Delivery> Deliveries
    {
        get
        {
            lock (deliveries)
                return [.. deliveries];
        }
    }

    public static async Task<Subscriber> ConnectAsync()
    {
        IConnection connection = await new ConnectionFactory { Uri = new Uri(RabbitFactAttribute.Broker!) }.CreateConnectionAsync();
        var subscriber = new Subscriber(connection, await connection.CreateChannelAsync());
        await subscriber.channel.ExchangeDeclareAsync(subscriber.Exchange, ExchangeType.Topic, durable: true);
        return subscriber;
    }

    /// <summary>Makes a queue that takes what a pattern matches; answers its name.</summary>
    public async Task<string> QueueAsync(string pattern = "#", Dictionary<string, object?>? arguments = null)
    {
        string queue = (await channel.QueueDeclareAsync(exclusive: true, arguments: arguments)).QueueName;
        await channel.QueueBindAsync(queue, Exchange, pattern);
        return queue;
    }

    public async Task ListenAsync(string queue)
    {
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, got) =>
        {
            lock (deliveries)
                deliveries.Add(new Delivery((long)got.BasicProperties.Headers!["position"]!, got.RoutingKey, Encoding.UTF8.GetString(got.Body.Span), new BasicProperties(got.BasicProperties)));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
    }

    /// <summary>Waits until the deliveries satisfy.</summary>
    public Task<List<Delivery>> UntilAsync(Func<List<Delivery>, bool> satisfied) => Wait.UntilAsync(() => Deliveries, satisfied);

    /// <summary>Waits for an event's delivery.</summary>
    public Task<List<Delivery>> UntilAsync(long position) => UntilAsync(got => got.Exists(d => d.Position == position));

    /// <summary>Every event up to a position came, each for the first time in its turn, and what came again was the same.</summary>
    public void ShouldHaveAllUpTo(long head)
    {
        List<Delivery> got = Deliveries;
        got.Select(d => d.Position).Distinct().ShouldBe(Enumerable.Range(1, (int)head).Select(n => (long)n));
        got.Zip(got.Skip(1)).Where(pair => pair.Second.Position > pair.First.Position + 1).ShouldBeEmpty("one was left out");
        foreach (IGrouping<long, Delivery> same in got.GroupBy(d => d.Position))
            same.Select(d => (d.Key, d.Body, d.Properties.MessageId)).Distinct().Count().ShouldBe(1);
    }

    public async ValueTask DisposeAsync()
    {
        await channel.ExchangeDeleteAsync(Exchange);
        await connection.CloseAsync();
        await connection.DisposeAsync();
    }
}
