namespace ChannelHub.Options;

/// <summary>What the program writes to its standard output.</summary>
public sealed record LogOptions
{
    /// <summary>Least level that is written.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>One plain line or one JSON object for each record.</summary>
    public LogFormat Format { get; init; } = LogFormat.Plain;
}

/// <summary>Form of a log line.</summary>
public enum LogFormat
{
    /// <summary>Words for people.</summary>
    Plain,

    /// <summary>A JSON object.</summary>
    Json,
}

/// <summary>Traces and metrics that leave the program.</summary>
public sealed record TelemetryOptions
{
    /// <summary>OTLP endpoint; absent means that nothing is sent anywhere.</summary>
    public Uri? OtlpEndpoint { get; init; }
}
