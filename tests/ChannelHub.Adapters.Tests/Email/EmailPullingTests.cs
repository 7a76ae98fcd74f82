using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Email;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ChannelHub.Adapters.Tests.Email;

public sealed class EmailPullingTests : IAsyncLifetime
{
    private readonly HttpClient http = new();
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
    private readonly FakeImap server = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        http.Dispose();
        await server.DisposeAsync();
        patience.Dispose();
    }

    [Fact]
    public async Task Mails_come_in_their_order_with_a_cursor_to_go_on_from()
    {
        for (uint uid = 3; uid <= 60; uid += 3)
            server.Add(uid, "Hello");
        List<PulledBatch> first = await PullAsync(null, 20);
        Subjects(first).ShouldBe(Enumerable.Range(1, 20).Select(n => $"{n * 3}"));
        first[^1].Cursor.ShouldBe("7:60");
        Subjects(await PullAsync("7:30", 10)).ShouldBe(Enumerable.Range(11, 10).Select(n => $"{n * 3}"));
        server.Commands.ShouldContain(line => line.Contains("EXAMINE"));
    }

    [Fact]
    public async Task A_mail_that_arrives_while_one_waits_is_pulled_at_once()
    {
        server.Add(1, "first");
        var seen = new List<string?>();
        await foreach (PulledBatch batch in Puller().PullAsync(null, patience.Token))
        {
            seen.AddRange(Subjects([batch]));
            if (seen.Count == 1 && batch.Items.Count == 1)
                server.Add(2, "second");
            if (seen.Count == 2)
                break;
        }
        seen.ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task A_renumbered_folder_is_read_again_and_every_mail_keeps_its_name()
    {
        server.Add(1, "one");
        List<PulledBatch> before = await PullAsync(null, 1);
        server.UidValidity = 8;
        List<PulledBatch> after = await PullAsync(before[^1].Cursor, 1);
        after[^1].Cursor.ShouldBe("8:1");
        Events(after).Single().Key.ShouldBe(Events(before).Single().Key);
    }

    [Fact]
    public async Task A_mail_is_moved_only_after_the_next_one_was_asked_for()
    {
        server.Add(1, "one");
        await using IAsyncEnumerator<PulledBatch> pull = Puller(imap => imap with { ProcessedFolder = "Done" }).PullAsync(null, patience.Token).GetAsyncEnumerator();
        while (await pull.MoveNextAsync() && pull.Current.Items.Count == 0)
        {
        }
        server.Moved.ShouldBeEmpty();
        ValueTask<bool> next = pull.MoveNextAsync();
        server.Add(2, "two");
        (await next).ShouldBeTrue();
        server.Moved.ShouldContain(1u);
        server.Commands.ShouldContain(line => line.Contains("SELECT"));
    }

    [Fact]
    public async Task What_was_stored_and_not_moved_before_a_stop_is_moved_after_it()
    {
        for (uint uid = 1; uid <= 4; uid++)
            server.Add(uid, "mail");
        await using IAsyncEnumerator<PulledBatch> pull = Puller(imap => imap with { ProcessedFolder = "Done" }).PullAsync("7:3", patience.Token).GetAsyncEnumerator();
        while (await pull.MoveNextAsync() && pull.Current.Items.Count == 0)
        {
        }
        server.Moved.Order().ShouldBe([1u, 2u, 3u]);
        Subjects([pull.Current]).ShouldBe(["4"]);
    }

    [Fact]
    public async Task A_mail_that_is_too_large_comes_as_its_beginning()
    {
        server.Add(1, new string('x', 300_000));
        server.ToldSizes[1] = 90_000_000;
        var stub = (MessageReceived)Events(await PullAsync(null, 1)).Single();
        stub.Subject.ShouldBe("1");
        var file = stub.Parts.OfType<MediaPart>().Single();
        file.Media.Size.ShouldBe(90_000_000);
    }

    [Fact]
    public async Task Refused_credentials_are_told_in_the_servers_words()
    {
        server.Answer = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? "NO [AUTHENTICATIONFAILED] Application password required" : null;
        var refused = await Should.ThrowAsync<PullRefusedException>(() => PullAsync(null, 1));
        refused.Fault.Kind.ShouldBe(FaultKind.NotAuthorized);
        refused.Fault.Detail.ShouldContain("Application password required");
    }

    [Theory]
    [InlineData("UID SEARCH")]
    [InlineData("UID FETCH")]
    [InlineData("IDLE")]
    [InlineData("CAPABILITY")]
    public async Task A_connection_that_is_cut_ends_the_pull_and_loses_nothing(string at)
    {
        server.Answer = command => command.StartsWith(at, StringComparison.Ordinal) ? "" : null;
        if (at != "IDLE")
            server.Add(1, "one");
        await Should.ThrowAsync<IOException>(() => PullAsync(null, 1));
        server.Answer = _ => null;
        server.Add(1, "one");
        Subjects(await PullAsync(null, 1)).ShouldBe(["1"]);
    }

    [Fact]
    public async Task A_server_that_takes_the_connection_and_falls_silent_ends_the_pull()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var clock = new ManualTimeProvider(DateTimeOffset.UnixEpoch);
        IMessagePuller puller = Puller(imap => imap with { Port = ((IPEndPoint)silent.LocalEndpoint).Port, Security = MailSecurity.Tls }, clock);
        await using IAsyncEnumerator<PulledBatch> pull = puller.PullAsync(null, patience.Token).GetAsyncEnumerator();
        Task first = pull.MoveNextAsync().AsTask();
        while (!first.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(first, Task.Delay(10, patience.Token));
        }
        (await Should.ThrowAsync<IOException>(() => first)).Message.ShouldContain("TLS");
    }

    [Fact]
    public async Task A_file_is_opened_out_of_the_mail_it_came_in()
    {
        server.Mails[1] = Encoding.UTF8.GetBytes(
            "From: ada@customer.example\r\nContent-Type: multipart/mixed; boundary=b\r\nMessage-ID: <x@y>\r\n\r\n--b\r\n\r\nSee\r\n--b\r\nContent-Type: application/pdf\r\n"
            + "Content-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n");
        ReadOnlyMemory<byte> item = (await PullAsync(null, 1)).SelectMany(batch => batch.Items).Single();
        var channel = (IMediaInInput)Puller();
        AuthenticInput input = AuthenticInput.Pulled(item, DateTimeOffset.UnixEpoch);
        string reference = ((MessageReceived)((Entry.Understood)channel.Parse(input).Entries[0]).Event).Parts.OfType<MediaPart>().Single().Media.Reference!;
        var opened = channel.OpenMedia(input, reference).ShouldBeOfType<MediaResult.Opened>();
        using var reader = new StreamReader(opened.Content);
        (await reader.ReadToEndAsync()).ShouldBe("%PDF-");
        foreach (string odd in (string[])["", "-1", "7", "x", "../0"])
            channel.OpenMedia(input, odd).ShouldBeOfType<MediaResult.Gone>();
    }

    [Fact]
    public void A_bomb_among_the_files_stays_packed()
    {
        // Packed a thousandth of what it holds.
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        using (Stream entry = zip.CreateEntry("bomb").Open())
        {
            byte[] zeros = new byte[1024 * 1024];
            for (int i = 0; i < 200; i++)
                entry.Write(zeros);
        }
        byte[] bomb = packed.ToArray();
        byte[] mail = Encoding.ASCII.GetBytes("From: eve@evil.example\r\nContent-Type: application/zip; name=b.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Convert.ToBase64String(bomb));
        AuthenticInput input = AuthenticInput.Pulled(mail, DateTimeOffset.UnixEpoch);
        var channel = (IMediaInInput)Puller();
        long before = GC.GetAllocatedBytesForCurrentThread();
        var message = (MessageReceived)((Entry.Understood)channel.Parse(input).Entries.ShouldHaveSingleItem()).Event;
        MediaReference file = message.Parts.OfType<MediaPart>().Single().Media;
        using Stream content = channel.OpenMedia(input, file.Reference!).ShouldBeOfType<MediaResult.Opened>().Content;
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20 * 1024 * 1024);
        file.Size.ShouldBe(bomb.Length);
        byte[] kept = new byte[bomb.Length];
        content.ReadExactly(kept);
        kept.ShouldBe(bomb);
        content.ReadByte().ShouldBe(-1);
    }

    private IMessagePuller Puller(Func<EmailImap, EmailImap>? change = null, TimeProvider? clock = null)
    {
        var imap = new EmailImap { Host = "127.0.0.1", Port = server.Port, Security = MailSecurity.None };
        var settings = new EmailSettings { Address = "help@shop.example", Password = "password", Imap = change?.Invoke(imap) ?? imap };
        return (IMessagePuller)new EmailChannelType().Open(
            settings, new ChannelEnvironment(http, clock ?? TimeProvider.System, NullLogger.Instance) { SigningKey = "a key"u8.ToArray(), Dial = Loopback.DialAsync });
    }

    private async Task<List<PulledBatch>> PullAsync(string? cursor, int mails)
    {
        var pulled = new List<PulledBatch>();
        await foreach (PulledBatch batch in Puller().PullAsync(cursor, patience.Token))
        {
            pulled.Add(batch);
            if (pulled.Sum(one => one.Items.Count) >= mails)
                break;
        }
        return pulled;
    }

    private List<ChannelEvent> Events(IEnumerable<PulledBatch> batches) => [.. batches.SelectMany(batch => batch.Items)
        .SelectMany(item => Puller().Parse(AuthenticInput.Pulled(item, DateTimeOffset.UnixEpoch)).Entries).Cast<Entry.Understood>().Select(entry => entry.Event)];

    private List<string?> Subjects(IEnumerable<PulledBatch> batches) => [.. Events(batches).Cast<MessageReceived>().Select(message => message.Subject)];
}
