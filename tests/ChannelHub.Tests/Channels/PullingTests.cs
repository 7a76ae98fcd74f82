using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Channels;
using ChannelHub.Channels.Pulling;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Tests.Channels;

public sealed class PullingTests : IAsyncLifetime
{
    private readonly ScriptedChannelType type = new();
    private readonly Mailbox mailbox = new();
    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
    private TestHub hub = null!;

    public async Task InitializeAsync()
    {
        type.Pull = mailbox.PullAsync;
        hub = await TestHub.StartAsync(clock: clock, moreTypes: [type]);
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task What_is_pulled_is_stored_once_over_restarts()
    {
        mailbox.Add(10);
        string id = await AddAsync();
        await CountsAsync(id, stored: 10, received: 10);
        clock.Advance(TimeSpan.FromSeconds(1)); // ids are made of the time
        await hub.RestartAsync();
        mailbox.Add(5);

        await CountsAsync(id, stored: 15, received: 15);
        mailbox.Opened.ShouldBe([null, "10"]);
        Messages().ShouldBe(Enumerable.Range(0, 15).Select(i => $"m{i}"));
    }

    [Fact]
    public async Task A_provider_that_repeats_itself_makes_duplicates_and_not_messages()
    {
        mailbox.Add(10);
        mailbox.Forgets = true;
        string id = await AddAsync();
        await CountsAsync(id, stored: 10, received: 10);
        clock.Advance(TimeSpan.FromSeconds(1)); // ids are made of the time
        await hub.RestartAsync();

        await CountsAsync(id, stored: 10, received: 20);
        (await AccountingAsync(id))["duplicate"].ShouldBeJson("10");
    }

    [Fact]
    public async Task A_stream_that_breaks_is_opened_again_where_the_last_commit_was()
    {
        mailbox.Add(9);
        mailbox.BreakAt(6, new IOException("connection reset"));
        string id = await AddAsync();

        await CountsAsync(id, stored: 9, received: 9);
        mailbox.Opened.ShouldBe([null, "6"]);
        (await hub.GetAsync($"/v1/channels/{id}"))["state"].ShouldBeJson("\"ok\""); // once is no trouble
    }

    [Fact]
    public async Task Repeated_failures_show_as_down_until_a_pull_works_again()
    {
        for (int i = 0; i < 4; i++)
            mailbox.BreakAt(0, new HttpRequestException("no route to host"));
        string id = await AddAsync();
        JsonNode down = await UntilAsync($"/v1/channels/{id}", c => (string)c["state"]! == "down");
        down["state_reason"].ShouldBeJson("\"no route to host\"");

        mailbox.Add(1);
        await UntilAsync($"/v1/channels/{id}", c => (string)c["state"]! == "ok");

        (await EventsAsync()).ShouldBe(["channel.down", "channel.up"]);
    }

    [Fact]
    public void A_provider_that_was_gone_for_hours_is_tried_again_within_a_minute()
    {
        var backOff = new BackOff(new Random(1));
        Enumerable.Range(0, 500).Max(_ => backOff.Next()).ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_quiet_provider_counts_as_up_once_it_has_outlived_the_longest_request()
    {
        for (int i = 0; i < 3; i++)
            mailbox.BreakAt(0, new IOException("connection refused"));
        string id = await AddAsync();
        await UntilAsync($"/v1/channels/{id}", c => (string)c["state"]! == "down");

        await UntilAsync($"/v1/channels/{id}", c => (string)c["state"]! == "ok");

        mailbox.Opened.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Refused_credentials_pause_the_channel_until_somebody_says_so()
    {
        mailbox.BreakAt(0, new PullRefusedException(new Fault(FaultKind.NotAuthorized, "401 Unauthorized")));
        mailbox.Add(1);
        string id = await AddAsync();
        JsonNode paused = await UntilAsync($"/v1/channels/{id}", c => (string)c["state"]! == "paused");

        paused["state_reason"].ShouldBeJson("\"401 Unauthorized\"");
        mailbox.Opened.Count.ShouldBe(1);
        await hub.PostAsync($"/v1/channels/{id}/resume");
        await CountsAsync(id, stored: 1, received: 1);
        (await EventsAsync()).ShouldBe(["channel.paused", "channel.resumed"]);
    }

    [Fact]
    public async Task A_channel_that_is_pushed_to_is_not_pulled()
    {
        mailbox.Add(1);
        await hub.AddChannelAsync("scripted", new { token = "t", mode = "push" });
        string pulled = await AddAsync();

        await CountsAsync(pulled, stored: 1, received: 1);
        mailbox.Opened.Count.ShouldBe(1);
    }

    [Fact]
    public async Task New_settings_open_a_new_stream_after_the_old_one_has_ended()
    {
        string id = await AddAsync();
        for (int i = 0; i < 5; i++)
            (await hub.CallAsync(HttpMethod.Patch, $"/v1/channels/{id}", new { settings = new { title = $"t{i}" } })).Status.ShouldBe(200);
        mailbox.Add(3);

        await CountsAsync(id, stored: 3, received: 3);
        mailbox.MostAtOnce.ShouldBe(1);
    }

    [Fact]
    public async Task A_disabled_channel_is_not_pulled_and_goes_on_where_it_was()
    {
        mailbox.Add(2);
        string id = await AddAsync();
        await CountsAsync(id, stored: 2, received: 2);
        await hub.CallAsync(HttpMethod.Patch, $"/v1/channels/{id}", new { enabled = false });
        await mailbox.ClosedAsync();
        mailbox.Add(2);
        mailbox.Opened.Count.ShouldBe(1);

        await hub.CallAsync(HttpMethod.Patch, $"/v1/channels/{id}", new { enabled = true });
        await CountsAsync(id, stored: 4, received: 4);
        mailbox.Opened.ShouldBe([null, "2"]);
    }

    [Fact]
    public async Task One_item_that_cannot_be_stored_is_quarantined_alone()
    {
        mailbox.BatchSize = 5;
        mailbox.Add(5);
        type.Parse = input =>
        {
            Received received = ScriptedWire.Parse(input);
            // Something no check of the hub foresees.
            return received.Entries[0] is Entry.Understood { Event: MessageReceived { Id.Value: "m2" } message } ? new Received(message with { Parts = null! }) : received;
        };
        string id = await AddAsync();

        await CountsAsync(id, stored: 4, received: 5);
        (await AccountingAsync(id))["quarantined"].ShouldBeJson("1");
        Messages().ShouldBe(["m0", "m1", "m3", "m4"]);
        await UntilAsync($"/v1/channels/{id}", _ => Cursor(id) == "5");
    }

    [Fact]
    public async Task An_adapter_that_throws_on_an_item_loses_nothing_and_goes_on()
    {
        mailbox.Add(3);
        type.Parse = _ => throw new FormatException("oops");
        string id = await AddAsync();

        await UntilAsync($"/v1/channels/{id}/accounting", a => (long)a["quarantined"]! == 3);
        (await hub.GetAsync($"/v1/inbox?channel_id={id}"))["data"]!.AsArray().ShouldAllBe(i => (string)i!["method"]! == "PULL" && (string)i!["state"]! == "quarantined");
    }

    [Fact]
    public async Task An_empty_batch_moves_the_cursor_and_counts_nothing()
    {
        type.Pull = static (_, stop) => OnceAsync(new PulledBatch([], "17"), stop);
        string id = await AddAsync();

        await UntilAsync($"/v1/channels/{id}", _ => Cursor(id) == "17");
        (await AccountingAsync(id))["received"].ShouldBeJson("0");
    }

    [Fact]
    public async Task While_the_store_cannot_be_written_nothing_is_lost()
    {
        string id = await AddAsync();
        await UntilAsync($"/v1/channels/{id}", _ => mailbox.Opened.Count == 1);
        using var go = new ManualResetEventSlim();
        Task blocked = FillWriteQueue(go);
        mailbox.Add(4);
        await mailbox.ClosedAsync(); // the hub has given up on this stream
        go.Set();
        await blocked;

        await CountsAsync(id, stored: 4, received: 4);
        mailbox.Opened.ShouldBe([null, null]);
    }

    /// <summary>Lets the store refuse everything until <paramref name="go"/> is set.</summary>
    private Task FillWriteQueue(ManualResetEventSlim go)
    {
        Database database = hub.Get<Database>();
        var waiting = new List<Task> { database.WriteAsync(_ => go.Wait()) };
        try
        {
            while (true)
                waiting.Add(database.WriteAsync(_ => { }));
        }
        catch (StoreUnavailableException)
        {
            return Task.WhenAll(waiting);
        }
    }

    private Task<string> AddAsync() => hub.AddChannelAsync("scripted", new { token = "t", mode = "long_poll" });

    private Task<JsonNode> AccountingAsync(string id) => hub.GetAsync($"/v1/channels/{id}/accounting");

    private async Task CountsAsync(string id, long stored, long received)
    {
        JsonNode counts = await UntilAsync($"/v1/channels/{id}/accounting", a => (long)a["received"]! >= received);
        ((long)counts["received"]!).ShouldBe(received);
        ((long)counts["stored"]!).ShouldBe(stored);
    }

    private async Task<string[]> EventsAsync() =>
        [.. (await hub.GetAsync("/v1/events?after=0"))["data"]!.AsArray().Select(e => (string)e!["type"]!).Where(t => t.StartsWith("channel.", StringComparison.Ordinal))];

    private List<string> Messages() => hub.Get<Database>().Read(session => session.Query<string>("SELECT external_id FROM message ORDER BY id"));

    private string? Cursor(string id) => HubId.TryParse(IdPrefix.Channel, id, out long number) ? hub.Get<Database>().Read(session => ChannelStore.PullCursor(session, number)) : null;

    /// <summary>Asks again, and lets the hub's time pass meanwhile.</summary>
    private async Task<JsonNode> UntilAsync(string path, Func<JsonNode, bool> satisfied) => await hub.UntilAsync(path, answer =>
    {
        if (satisfied(answer))
            return true;
        clock.Advance(TimeSpan.FromSeconds(5));
        return false;
    });

    private static async IAsyncEnumerable<PulledBatch> OnceAsync(PulledBatch batch, [EnumeratorCancellation] CancellationToken stop)
    {
        yield return batch;
        await Task.Delay(Timeout.InfiniteTimeSpan, stop);
    }

    /// <summary>A provider that hands out numbered items from a place on.</summary>
    private sealed class Mailbox
    {
        private readonly Lock gate = new();
        private readonly List<byte[]> items = [];
        private readonly List<(int At, Exception Trouble)> troubles = [];
        private readonly List<string?> opened = [];
        private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int open;

        public int BatchSize { get; set; } = 3;

        /// <summary>It hands out everything again on each opening, whatever it is asked for.</summary>
        public bool Forgets { get; set; }

        public int MostAtOnce { get; private set; }

        /// <summary>The cursors it was asked to begin at.</summary>
        public List<string?> Opened
        {
            get
            {
                lock (gate)
                    return [.. opened];
            }
        }

        public void Add(int count)
        {
            lock (gate)
            {
                for (int i = 0; i < count; i++)
                    items.Add(ScriptedWire.Body(ScriptedWire.Message($"m{items.Count}")));
                changed.TrySetResult();
                changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        /// <summary>Breaks once, when that many items have been handed out.</summary>
        public void BreakAt(int at, Exception trouble) => troubles.Add((at, trouble));

        /// <summary>Ends when no stream is open.</summary>
        public Task ClosedAsync()
        {
            lock (gate)
                return open == 0 ? Task.CompletedTask : closed.Task;
        }

        public async IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, [EnumeratorCancellation] CancellationToken stop)
        {
            int next = Forgets || cursor is null ? 0 : int.Parse(cursor, CultureInfo.InvariantCulture);
            Open(cursor);
            try
            {
                while (true)
                {
                    (byte[][] batch, Task more) = Take(next);
                    if (batch.Length == 0)
                    {
                        await more.WaitAsync(stop);
                        continue;
                    }
                    next += batch.Length;
                    yield return new PulledBatch([.. batch.Select(b => (ReadOnlyMemory<byte>)b)], next.ToString(CultureInfo.InvariantCulture));
                }
            }
            finally
            {
                Close();
            }
        }

        private (byte[][] Batch, Task More) Take(int next)
        {
            lock (gate)
            {
                int trouble = troubles.FindIndex(t => t.At == next);
                if (trouble >= 0)
                {
                    Exception exception = troubles[trouble].Trouble;
                    troubles.RemoveAt(trouble);
                    throw exception;
                }
                return ([.. items.Skip(next).Take(BatchSize)], changed.Task);
            }
        }

        private void Open(string? cursor)
        {
            lock (gate)
            {
                opened.Add(cursor);
                open++;
                MostAtOnce = Math.Max(MostAtOnce, open);
            }
        }

        private void Close()
        {
            lock (gate)
            {
                if (--open > 0)
                    return;
                closed.TrySetResult();
                closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
