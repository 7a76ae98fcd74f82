using System.Text;
using System.Text.Json;
using ChannelHub.Operation;
using ChannelHub.Options;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Tests.Operation;

public sealed class LineLoggerTests
{
    [Theory]
    [InlineData("Ada\r\n2026-01-01T00:00:00.000Z info  ChannelHub: forged")]
    [InlineData("\x1b[2J\x1b]0;title\x07")]
    [InlineData("a\u2028b\u2029c\u0085d")]
    [InlineData("abc\u202Etxt.exe\u2066x\u200F")]
    [InlineData("\0\x7f\x9b1m")]
    [InlineData("lone \ud800 half")]
    public void Whatever_a_name_holds_a_record_is_one_harmless_line(string name)
    {
        foreach (LogFormat format in Enum.GetValues<LogFormat>())
        {
            string output = Written(format, log => log.LogInformation("Customer {Name}", name));

            output.ShouldEndWith("\n");
            output[..^1].ShouldAllBe(c => !char.IsControl(c) && c != '\u2028' && c != '\u2029' && c != '\u202E' && c != '\u2066' && c != '\u200F');
        }
    }

    [Fact]
    public void A_plain_line_reads_well() =>
        Written(LogFormat.Plain, log => log.LogWarning("Channel {Channel} is down", "chn_1")).ShouldBe("2026-03-01T12:00:00.000Z warn  Some.Category: Channel chn_1 is down\n");

    [Fact]
    public void A_JSON_line_is_an_object()
    {
        string line = Written(LogFormat.Json, log => log.LogError(new InvalidOperationException("boom"), "Line one\nline two"));

        line.Count(c => c == '\n').ShouldBe(1);
        JsonElement record = JsonDocument.Parse(line).RootElement;
        record.GetProperty("level").GetString().ShouldBe("error");
        record.GetProperty("message").GetString().ShouldBe("Line one\nline two");
        record.GetProperty("exception").GetString()!.ShouldContain("boom");
    }

    [Fact]
    public void An_exception_stands_in_the_same_line()
    {
        string line = Written(LogFormat.Plain, log => log.LogError(Thrown(), "Failed"));

        line.Count(c => c == '\n').ShouldBe(1);
        line.ShouldContain("InvalidOperationException: boom");
        line.ShouldContain(nameof(Thrown));
    }

    [Fact]
    public void A_record_of_any_size_stays_bounded()
    {
        foreach (LogFormat format in Enum.GetValues<LogFormat>())
            Written(format, log => log.LogInformation("{Text}", new string('x', 1_000_000))).Length.ShouldBeLessThan(20_000);
    }

    [Fact]
    public void What_is_disabled_is_not_even_formatted()
    {
        var trap = new Trap();

        Written(LogFormat.Plain, log => log.LogDebug("{Trap}", trap)).ShouldBeEmpty();
        trap.WasAsked.ShouldBeFalse();
    }

    [Fact]
    public void The_framework_never_logs_request_paths()
    {
        using var output = new MemoryStream();
        using (ILoggerFactory factory = LoggerFactory.Create(b => b.AddHubLines(new LogOptions { Level = LogLevel.Trace }, output, new StandingClock())))
        {
            factory.CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics").LogInformation("GET /chat?ticket=canary");
            factory.CreateLogger("System.Net.Http.HttpClient").LogInformation("GET /botcanary/getMe");
            factory.CreateLogger("ChannelHub.Ingest").LogTrace("seen");
        }

        string text = Encoding.UTF8.GetString(output.ToArray());
        text.ShouldNotContain("canary");
        text.ShouldContain("seen");
    }

    private static string Written(LogFormat format, Action<ILogger> write)
    {
        using var output = new MemoryStream();
        using var provider = new LineLoggerProvider(output, new LogOptions { Format = format }, new StandingClock());
        write(provider.CreateLogger("Some.Category"));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("boom");
        }
        catch (InvalidOperationException fault)
        {
            return fault;
        }
    }

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    }

    private sealed class Trap
    {
        public bool WasAsked { get; private set; }

        public override string ToString()
        {
            WasAsked = true;
            return "";
        }
    }
}
