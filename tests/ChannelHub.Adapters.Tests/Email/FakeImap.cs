using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChannelHub.Adapters.Tests.Email;

/// <summary>A mailbox behind IMAP, on a free loopback port.</summary>
internal sealed class FakeImap : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim arrived = new(0);
    private readonly Task serving;

    public FakeImap()
    {
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public uint UidValidity { get; set; } = 7;

    /// <summary>The mails by their numbers.</summary>
    public ConcurrentDictionary<uint, byte[]> Mails { get; } = [];

    /// <summary>The size told of a mail, where that is not what it has.</summary>
    public ConcurrentDictionary<uint, long> ToldSizes { get; } = [];

    public ConcurrentQueue<string> Commands { get; } = [];

    public List<uint> Moved { get; } = [];

    /// <summary>Answers another way; null answers kindly, an empty text hangs up.</summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    public void Add(uint uid, string text)
    {
        Mails[uid] = Encoding.UTF8.GetBytes($"From: ada@customer.example\r\nSubject: {uid}\r\nMessage-ID: <m{uid}@customer.example>\r\n\r\n{text}\r\n");
        arrived.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
        arrived.Dispose();
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
        using var reader = new StreamReader(stream, Encoding.Latin1);
        await Write(stream, "* OK ready\r\n");
        while (await reader.ReadLineAsync(stopping.Token) is { } line)
        {
            Commands.Enqueue(line);
            string tag = line.Split(' ')[0];
            string command = line[(tag.Length + 1)..];
            if (Answer(command) is { } told)
            {
                if (told.Length == 0)
                    return;
                await Write(stream, $"{tag} {told}\r\n");
                continue;
            }
            if (command == "IDLE")
                await IdleAsync(stream, reader);
            else
                await Write(stream, Respond(command));
            await Write(stream, $"{tag} OK done\r\n");
        }
    }

    private async Task IdleAsync(NetworkStream stream, StreamReader reader)
    {
        await Write(stream, "+ idling\r\n");
        Task<string?> done = reader.ReadLineAsync(stopping.Token).AsTask();
        Task coming = arrived.WaitAsync(stopping.Token);
        if (await Task.WhenAny(done, coming) == coming)
            await Write(stream, $"* {Mails.Count} EXISTS\r\n");
        await done;
    }

    private string Respond(string command)
    {
        string[] words = command.Split(' ');
        switch (words[0])
        {
            case "CAPABILITY":
                return "* CAPABILITY IMAP4rev1 IDLE MOVE AUTH=PLAIN SASL-IR\r\n";
            case "SELECT" or "EXAMINE":
                return $"* {Mails.Count} EXISTS\r\n* OK [UIDVALIDITY {UidValidity}] valid\r\n";
            case "UID" when words[1] == "SEARCH":
                uint from = uint.Parse(words[3].Split(':')[0], CultureInfo.InvariantCulture);
                // As servers do: the newest is always within the range.
                return "* SEARCH " + string.Join(' ', Mails.Keys.Where(uid => uid >= from || uid == Mails.Keys.Max()).Order()) + "\r\n";
            case "UID" when words[1] == "MOVE":
                uint moved = uint.Parse(words[2], CultureInfo.InvariantCulture);
                Mails.TryRemove(moved, out _);
                Moved.Add(moved);
                return "";
            case "UID" when words[1] == "FETCH":
                IEnumerable<uint> uids = words[2].Split(',').Select(uid => uint.Parse(uid, CultureInfo.InvariantCulture));
                return string.Concat(uids.Where(Mails.ContainsKey).Select(uid => Fetch(uid, command)));
            default:
                return "";
        }
    }

    private string Fetch(uint uid, string command)
    {
        byte[] mail = Mails[uid];
        int body = command.IndexOf("BODY.PEEK[]<", StringComparison.Ordinal);
        if (body < 0)
            return $"* 1 FETCH (UID {uid} FLAGS () RFC822.SIZE {ToldSizes.GetValueOrDefault(uid, mail.Length)} INTERNALDATE \"21-Sep-2026 11:59:58 +0000\")\r\n";
        int[] range = [.. command[(body + 12)..].Split('>')[0].Split('.').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        string piece = Encoding.Latin1.GetString(mail.AsSpan(Math.Min(range[0], mail.Length), Math.Clamp(mail.Length - range[0], 0, range[1])));
        return $"* 1 FETCH (UID {uid} BODY[]<{range[0]}> {{{piece.Length}}}\r\n{piece})\r\n";
    }

    private async Task Write(NetworkStream stream, string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text), stopping.Token);
}
