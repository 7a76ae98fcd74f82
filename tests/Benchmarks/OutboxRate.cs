using System.Diagnostics;
using ChannelHub.Adapters;
using ChannelHub.Attachments;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Outbox;
using ChannelHub.Security;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Sqlite;
using ChannelHub.Storage.Outbox;
using ChannelHub.WebChat;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChannelHub.Benchmarks;

/// <summary>The way out to a provider that answers at once: queued in advance, then sent by the dispatcher under its own loop.</summary>
internal static class OutboxRate
{
    public static async Task RunAsync(string path, int messages, int recipients)
    {
        TimeProvider clock = TimeProvider.System;
        var options = new HubOptions();
        using DataFolder folder = ((DataFolderResult.Opened)DataFolder.Open(path)).Folder;
        using var database = new Database(new SqliteDialect(folder.Database), clock, new IdGenerator(clock), writeQueue: int.MaxValue);
        var type = new InstantType();
        MasterKey key = MasterKey.Generate().Key;
        var guard = new EgressGuard([], EgressGuard.SystemResolver, TimeSpan.FromSeconds(1), clock, NullLogger<EgressGuard>.Instance);
        using var http = new GuardedHttp(guard, TimeSpan.FromSeconds(1), clock, NullLogger<GuardedHttp>.Instance);
        long channel = database.Ids.Next();
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await database.WriteAsync(s => ChannelStore.Insert(s, new ChannelRow(channel, "instant", "instant", "{}", 1, "ok", null, null, 1, now, now, null)));
        var directory = new ChannelDirectory(
            database, new ChannelTypes([type]), new ChannelSettings(new SecretBox(key)), http, guard, key, options, NullLoggerFactory.Instance);
        using var lanes = new Lanes(directory, database);
        var sender = new UnitSender(database, new OutboundFiles(new FolderFiles(database, folder.Attachments, folder.Temporary, settling: TimeSpan.Zero), new SignedLinks(key, clock), options), new OneTimeCodes(database, key), options, Random.Shared, NullLogger<UnitSender>.Instance);
        using var runner = new SendRunner(database, lanes, sender, new ChannelHealth(database, directory), NullLogger<SendRunner>.Instance);
        var dispatcher = new Dispatcher(database, lanes, runner, options, Random.Shared, NullLogger<Dispatcher>.Instance);

        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, messages).Select(i => Queue(database, channel, (i % recipients).ToString())));
        Console.WriteLine($"queued: {messages / watch.Elapsed.TotalSeconds:F0}/s");

        using var loop = new WorkerLoop(dispatcher, lanes.Bell, NullLogger.Instance);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        watch.Restart();
        await loop.StartAsync(CancellationToken.None);
        lanes.Ring(channel);
        await type.HasSent(messages);
        await runner.IdleAsync();
        double seconds = watch.Elapsed.TotalSeconds;
        double cpu = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / messages;
        await loop.StopAsync(CancellationToken.None);
        AccountingRow counted = database.Read(s => ChannelStore.Accounting(s, channel));
        Console.WriteLine($"outbox: {messages / seconds:F0} sends/s to {recipients} recipients; {counted.Sent} recorded as sent; {cpu:F0} µs of CPU each");
        foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            string[] stat = File.ReadAllText(Path.Combine(task, "stat")).Split(')')[1].Trim().Split(' ');
            int ticks = int.Parse(stat[11]) + int.Parse(stat[12]);
            if (ticks > 10)
                Console.WriteLine($"  {File.ReadAllText(Path.Combine(task, "comm")).Trim()}: {ticks * 10} ms");
        }
    }

    private static Task<bool> Queue(Database database, long channel, string recipient)
    {
        var message = new OutgoingMessage
        {
            Id = database.Ids.Next(), ChannelId = channel, To = new Recipient.ByKey(new Key("instant", recipient), null), Units = 1, AuthorKind = "agent",
            Content = PartsJson.Render([new TextPart("Your parcel has left us today and will be with you tomorrow.")], _ => throw new NotSupportedException()),
        };
        return database.WriteAsync(session => OutgoingMessages.Queue(session, message));
    }

    private sealed record NoSettings;

    private sealed class InstantType : ChannelType<NoSettings>
    {
        private readonly Instant account = new();

        public override ChannelInfo Info { get; } = new()
        {
            Id = "instant", Name = "Instant", KeyKind = "instant", Limits = new() { SendsPerSecond = 0, SendsPerSecondPerRecipient = 0 },
        };

        public override Type ChannelClass => typeof(Instant);

        public Task HasSent(int count) => account.HasSent(count);

        protected override SettingsHalves HalvesOf(NoSettings settings) => new(SettingsHalf.Always, SettingsHalf.Always);

        protected override IChannel Open(NoSettings settings, ChannelEnvironment environment) => account;
    }

    private sealed class Instant : IMessageSender
    {
        private readonly TaskCompletionSource done = new();
        private int expected = int.MaxValue;
        private int sent;

        public Task HasSent(int count)
        {
            expected = count;
            return sent >= count ? Task.CompletedTask : done.Task;
        }

        public ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation) => ValueTask.FromResult(new ProbeResult(Ok: true, "instant"));

        public ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
        {
            int number = Interlocked.Increment(ref sent);
            if (number >= expected)
                done.TrySetResult();
            return ValueTask.FromResult<SendResult>(new SendResult.Sent(new ExternalId("p" + number)));
        }
    }
}
