using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Tests.Outbox;

public sealed class CrashTests : IDisposable
{
    private readonly OutboxRig rig = new();
    private readonly TaskCompletionSource never = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task What_was_being_sent_when_the_hub_died_is_unconfirmed_and_never_sent_again()
    {
        long channel = rig.AddChannel("a");
        long message = await DieWhileSending(channel);
        rig.State(message).ShouldBe(MessageState.Sending);
        rig.Type["a"].OnSend = null;

        rig.Restart();
        await rig.RunAsync();
        await rig.AfterAsync(TimeSpan.FromDays(2));

        rig.State(message).ShouldBe(MessageState.Unconfirmed);
        rig.Type["a"].Sent.Count(m => m.To.Value == "100").ShouldBe(1);
        rig.Events(message).ShouldBe(["message.queued", "message.unconfirmed"]);
    }

    [Fact]
    public async Task What_waited_behind_it_goes_on_after_the_restart()
    {
        long channel = rig.AddChannel("a");
        await DieWhileSending(channel);
        long behind = rig.Queue(channel, "100", "behind");
        rig.Type["a"].OnSend = null;

        rig.Restart();
        await rig.RunAsync();

        rig.State(behind).ShouldBe(MessageState.Sent);
    }

    [Fact]
    public async Task A_provider_that_drops_second_copies_is_sent_it_again()
    {
        using var http = new OutboxRig(FakeChannelType.FastLimits with { DeduplicatesSends = true });
        long channel = http.AddChannel("a");
        http.Type["a"].OnSend = (_, _) => new ValueTask<SendResult>(never.Task.ContinueWith<SendResult>(_ => throw new InvalidOperationException(), TaskScheduler.Default));
        long message = http.Queue(channel, "100", "hello");
        await http.Dispatcher.RunOnceAsync(CancellationToken.None);
        http.Type["a"].OnSend = null;

        http.Restart();
        await http.RunAsync();
        http.State(message).ShouldBe(MessageState.Unconfirmed);
        await http.AfterAsync(TimeSpan.FromMinutes(1));

        http.State(message).ShouldBe(MessageState.Sent);
        http.Type["a"].Sent.Select(m => m.Key).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task An_unanswered_unit_is_repeated_beside_its_lane_where_second_copies_are_dropped()
    {
        using var http = new OutboxRig(FakeChannelType.FastLimits with { DeduplicatesSends = true });
        long channel = http.AddChannel("a");
        http.Type["a"].Then(new SendResult.Unconfirmed("504"));
        long first = http.Queue(channel, "100", "first");
        long second = http.Queue(channel, "100", "second");

        await http.RunAsync();
        http.Type["a"].Texts.ShouldBe(["first", "second"]);
        http.State(first).ShouldBe(MessageState.Unconfirmed);
        http.State(second).ShouldBe(MessageState.Sent);
        await http.AfterAsync(TimeSpan.FromSeconds(10));
        http.Type["a"].Texts.ShouldBe(["first", "second", "first"]);
        http.State(first).ShouldBe(MessageState.Sent);
        http.Outbox(first).ShouldBeEmpty();
    }

    [Fact]
    public async Task When_repeats_end_it_stays_unconfirmed()
    {
        using var http = new OutboxRig(FakeChannelType.FastLimits with { DeduplicatesSends = true });
        long channel = http.AddChannel("a");
        http.Type["a"].Then([new SendResult.Unconfirmed("504"), .. Enumerable.Repeat(new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "503")), 100)]);
        long message = http.Queue(channel, "100", "hello");

        await http.RunAsync();
        for (int i = 0; i < 25 * 12; i++)
            await http.AfterAsync(TimeSpan.FromMinutes(5));
        int sent = http.Type["a"].Sent.Count;
        sent.ShouldBeInRange(35, 65);
        await http.AfterAsync(TimeSpan.FromHours(2));

        http.Type["a"].Sent.Count.ShouldBe(sent);
        http.State(message).ShouldBe(MessageState.Unconfirmed);
        http.Outbox(message).ShouldBeEmpty();
        http.Events(message).ShouldBe(["message.queued", "message.unconfirmed"]);
    }

    [Fact]
    public async Task A_late_answer_still_counts()
    {
        long channel = rig.AddChannel("a");
        long message = rig.Queue(channel, "100", "hello");
        OutboxRow leased = null!;
        rig.Write(session => leased = OutboxStore.Lease(session, [rig.Outbox(message)[0].Id], session.Now + 1000).Single());
        await rig.AfterAsync(TimeSpan.FromSeconds(2));
        rig.State(message).ShouldBe(MessageState.Unconfirmed);

        rig.Write(session => SendRecords.Record(session, leased, new UnitOutcome.Accepted("late", MessageState.Sent), session.Now));

        rig.State(message).ShouldBe(MessageState.Sent);
        rig.Units(message)[0].ProviderId.ShouldBe("late");
    }

    [Fact]
    public async Task A_unit_that_was_reported_on_while_it_waited_is_not_sent()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Then(new SendResult.Deferred(new Fault(FaultKind.RateLimited, "later")));
        long message = rig.Queue(channel, "100", "hello");
        long behind = rig.Queue(channel, "100", "behind");
        await rig.RunAsync();
        rig.Report(channel, ChannelHub.Outbox.UnitSender.KeyOf(message, 0), DeliveryState.Delivered);

        await rig.AfterAsync(TimeSpan.FromMinutes(1));

        rig.Type["a"].Texts.ShouldBe(["hello", "behind"]);
        rig.State(message).ShouldBe(MessageState.Delivered);
        rig.State(behind).ShouldBe(MessageState.Sent);
    }

    private async Task<long> DieWhileSending(long channel)
    {
        rig.Type["a"].OnSend = (_, _) => new ValueTask<SendResult>(never.Task.ContinueWith<SendResult>(_ => throw new InvalidOperationException(), TaskScheduler.Default));
        long message = rig.Queue(channel, "100", "hello");
        await rig.Dispatcher.RunOnceAsync(CancellationToken.None);
        return message;
    }
}
