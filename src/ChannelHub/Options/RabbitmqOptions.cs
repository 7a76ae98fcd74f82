using System.ComponentModel.DataAnnotations;
using ChannelHub.Adapters;

namespace ChannelHub.Options;

/// <summary>RabbitMQ, to which every event is published if its address is given.</summary>
public sealed record RabbitmqOptions
{
    /// <summary><c>amqp://user:password@host:port/vhost</c>, or <c>amqps://</c>; absent means that nothing is published.</summary>
    [Secret]
    public string? Uri { get; init; }

    /// <summary>The durable topic exchange, which the hub declares. Two hubs need two.</summary>
    public string Exchange { get; init; } = "channelhub";

    /// <summary>What is not published yet is kept so many days longer than <c>events.retention_days</c>.</summary>
    [Range(0, 3650)]
    public int HoldDays { get; init; } = 30;

    /// <summary>Says nothing, because the address holds a password.</summary>
    public override string ToString() => nameof(RabbitmqOptions);

    /// <summary>What is wrong beyond types and ranges. Never shows the address.</summary>
    internal IEnumerable<OptionError> Problems()
    {
        if (Uri is { } uri && !IsAddress(uri))
        {
            yield return new OptionError("rabbitmq.uri", "the value is not an address of RabbitMQ",
                "Give amqp://user:password@host:port/vhost or amqps://…, with other characters than letters and digits written as %40 for @ and so on");
        }
        // The name of the queue that guards the exchange is longer by eleven, and AMQP counts to 255.
        if (Exchange.Trim().Length == 0 || Exchange.Length > 100 || Exchange.StartsWith("amq.", StringComparison.Ordinal))
            yield return new OptionError("rabbitmq.exchange", "it is empty, longer than 100 characters or begins with amq., which is the broker's own", "Name another exchange");
    }

    // The client would pass over a query in silence.
    private static bool IsAddress(string text) =>
        System.Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "amqp" or "amqps"
        && uri.Host.Length > 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.Segments.Length <= 2 && uri.UserInfo.Count(c => c == ':') <= 1;
}
