namespace ChannelHub.Tests.Publishing;

/// <summary>A test against a real RabbitMQ.</summary>
internal sealed class RabbitFactAttribute : FactAttribute
{
    /// <summary>Address of a broker whose user may make exchanges and queues.</summary>
    public static readonly string? Broker = Environment.GetEnvironmentVariable("TEST_RABBITMQ") is { Length: > 0 } broker ? broker : null;

    /// <param name="alsoPostgres">Whether it also needs several nodes.</param>
    public RabbitFactAttribute(bool alsoPostgres = false)
    {
        if (Broker is null)
            Skip = "TEST_RABBITMQ names no broker; tests/run.sh starts one";
        else if (alsoPostgres && !TestStore.IsPostgres)
            Skip = "TEST_POSTGRES names no server; tests/run.sh starts one";
    }
}
