using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ChannelHub.Options;

namespace ChannelHub.Operation;

/// <summary>
/// Writes each log record as exactly one line, whatever customers put into names: line breaks, escape sequences and characters that turn the
/// reading direction are written out as <c>\uXXXX</c>. It writes at once and on the caller's thread, so that the last words of a dying
/// process are not lost.
/// </summary>
public sealed class LineLoggerProvider(Stream output, LogOptions options, TimeProvider clock) : ILoggerProvider
{
    private const int LongestLine = 16 * 1024;

    private readonly Lock gate = new();

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
            output.Flush();
    }

    private bool IsEnabled(LogLevel level) => level >= options.Level && level != LogLevel.None;

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        byte[] line = options.Format == LogFormat.Json ? Json(level, category, message, exception) : Plain(level, category, message, exception);
        lock (gate)
        {
            output.Write(line);
            output.Flush();
        }
    }

    private byte[] Plain(LogLevel level, string category, string message, Exception? exception)
    {
        var line = new StringBuilder(256);
        line.Append(Now()).Append(' ').Append(Word(level).PadRight(5)).Append(' ').Append(category).Append(": ");
        Escape(line, message);
        if (exception is not null)
        {
            line.Append(" | ");
            Escape(line, exception.ToString());
        }
        Cut(line);
        return Encoding.UTF8.GetBytes(line.Append('\n').ToString());
    }

    private byte[] Json(LogLevel level, string category, string message, Exception? exception)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        // The default encoder writes every control and non-ASCII character as an escape.
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("at", Now());
            json.WriteString("level", Word(level));
            json.WriteString("category", category);
            json.WriteString("message", Cut(message));
            if (exception is not null)
                json.WriteString("exception", Cut(exception.ToString()));
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    private string Now() => clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private static void Escape(StringBuilder line, string text)
    {
        foreach (char c in text)
        {
            if (c == '\n')
                line.Append("\\n");
            else if (c == '\r')
                line.Append("\\r");
            else if (IsUnsafe(c))
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                line.Append(c);
            if (line.Length > LongestLine)
                return;
        }
    }

    // Controls, line and paragraph separators, and the invisible characters that reorder what a terminal shows.
    private static bool IsUnsafe(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Cut(string text) => text.Length <= LongestLine ? text : string.Concat(text.AsSpan(0, LongestLine), "…");

    private static void Cut(StringBuilder line)
    {
        if (line.Length <= LongestLine)
            return;
        line.Length = LongestLine;
        line.Append('…');
    }

    private sealed class LineLogger(LineLoggerProvider provider, string category) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => provider.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                provider.Write(logLevel, category, formatter(state, exception), exception);
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;
    }
}

/// <summary>Sets up what the program logs.</summary>
public static class HubLogging
{
    /// <summary>Replaces all loggers by one that writes lines to <paramref name="output"/>.</summary>
    public static ILoggingBuilder AddHubLines(this ILoggingBuilder logging, LogOptions options, Stream output, TimeProvider clock)
    {
        // At Information the framework writes request paths with their query, and with it tickets and tokens: never below Warning.
        LogLevel framework = options.Level > LogLevel.Warning ? options.Level : LogLevel.Warning;
        logging.ClearProviders();
        logging.SetMinimumLevel(options.Level);
        logging.AddFilter("Microsoft", framework);
        logging.AddFilter("System", framework);
        logging.AddFilter("Microsoft.Hosting.Lifetime", options.Level);
        return logging.AddProvider(new LineLoggerProvider(output, options, clock));
    }
}
