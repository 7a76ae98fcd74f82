using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChannelHub.Adapters.Tests.Email;

/// <summary>A mail as a server took it.</summary>
internal sealed record TakenMail(string From, IReadOnlyList<string> To, string Data);

/// <summary>A mail server that does as it is told, on a free loopback port.</summary>
internal sealed class FakeSmtp : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task serving;

    public FakeSmtp()
    {
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public List<TakenMail> Mails { get; } = [];

    public List<string> Commands { get; } = [];

    /// <summary>Answers another way than a kind server; null answers kindly, an empty text hangs up.</summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(stopping.Token);
            try
            {
                await TalkAsync(client.GetStream());
            }
            catch (IOException)
            {
                // The caller hung up.
            }
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\r\n" };
        string from = "";
        List<string> to = [];
        await writer.WriteLineAsync(Answer("") ?? "220 mx.example");
        while (await reader.ReadLineAsync(stopping.Token) is { } line)
        {
            Commands.Add(line);
            string? told = Answer(line);
            if (told is "")
                return;
            if (told is not null)
            {
                await writer.WriteLineAsync(told);
                continue;
            }
            switch (line.Split(' ', ':')[0].ToUpperInvariant())
            {
                case "EHLO":
                    await writer.WriteLineAsync("250-mx.example\r\n250-SIZE 30000000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 AUTH PLAIN LOGIN");
                    break;
                case "AUTH":
                    await writer.WriteLineAsync("235 2.7.0 welcome");
                    break;
                case "MAIL":
                    (from, to) = (line, []);
                    await writer.WriteLineAsync("250 2.1.0 fine");
                    break;
                case "RCPT":
                    to.Add(line);
                    await writer.WriteLineAsync("250 2.1.5 fine");
                    break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    Mails.Add(new TakenMail(from, to, await DataAsync(reader)));
                    if (Answer(".") is "")
                        return;
                    await writer.WriteLineAsync(Answer(".") ?? "250 2.0.0 queued");
                    break;
                default:
                    await writer.WriteLineAsync("221 2.0.0 bye");
                    break;
            }
        }
    }

    private async Task<string> DataAsync(StreamReader reader)
    {
        var data = new StringBuilder();
        while (await reader.ReadLineAsync(stopping.Token) is { } line && line != ".")
            data.Append(line.StartsWith("..", StringComparison.Ordinal) ? line[1..] : line).Append("\r\n");
        return data.ToString();
    }
}
