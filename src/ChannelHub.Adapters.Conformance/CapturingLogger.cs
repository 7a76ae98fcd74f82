using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Adapters.Conformance;

/// <summary>Keeps every line that is logged, whatever its level, so that a test can look for what must not be there.</summary>
public sealed class CapturingLogger : ILogger
{
    private readonly ConcurrentQueue<string> lines = new();

    /// <summary>All lines so far: level, words, the values of the structure, and the exception if there was one.</summary>
    public IReadOnlyList<string> Lines => [.. lines];

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull
    {
        lines.Enqueue($"Scope: {Values(state)}");
        return null;
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue($"{logLevel}: {formatter(state, exception)} {Values(state)} {exception}");

    // A structured log stores the values too, also those that the words do not show.
    private static string Values(object? state) => state is IEnumerable<KeyValuePair<string, object?>> values
        ? string.Join(' ', values.Select(value => $"{value.Key}={value.Value}"))
        : $"{state}";
}
