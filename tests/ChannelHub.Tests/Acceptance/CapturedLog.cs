using System.Text;
using ChannelHub.Operation;
using ChannelHub.Options;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Tests.Acceptance;

/// <summary>Everything a hub logs at every level, in the lines in which an operator would see it.</summary>
internal sealed class CapturedLog
{
    private readonly MemoryStream lines = new();

    public string Text => Encoding.UTF8.GetString(lines.ToArray());

    public void AddTo(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Trace);
        // The provider locks while it writes.
        logging.AddProvider(new LineLoggerProvider(lines, new LogOptions { Level = LogLevel.Trace }, TimeProvider.System));
    }
}
