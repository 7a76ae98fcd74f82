using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using ChannelHub.Options;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Tests.Outbox;

public sealed class LaneTests : IDisposable
{
    private readonly OutboxRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_message_is_sent_and_shows_it()
    {
        long channel = rig.AddChannel("a");
        long message = rig.Queue(channel, "100", "hello");

        await rig.RunAsync();

        OutboundMessage sent = rig.Type["a"].Sent.ShouldHaveSingleItem();
        sent.Part.ShouldBe(new TextPart("hello"));
        sent.To.ShouldBe(new Key("telegram", "100"));
        sent.Attempt.ShouldBe(1);
        rig.State(message).ShouldBe(MessageState.Sent);
        rig.Units(message)[0].ProviderId.ShouldBe("p1");
        rig.Outbox(message).ShouldBeEmpty();
        rig.Events(message).ShouldBe(["message.queued", "message.sent"]);
    }

    [Fact]
    public async Task Sending_is_durable_before_the_first_byte()
    {
        long channel = rig.AddChannel("a");
        long message = rig.Queue(channel, "100", "hello");
        MessageState? seen = null;
        rig.Type["a"].OnSend = (_, _) =>
        {
            seen = rig.State(message);
            return ValueTask.FromResult<SendResult>(rig.Type["a"].Accept());
        };

        await rig.RunAsync();

        seen.ShouldBe(MessageState.Sending);
    }

    [Fact]
    public async Task Units_of_a_lane_leave_in_order_and_each_waits_for_the_one_before()
    {
        long channel = rig.AddChannel("a");
        int underWay = 0;
        rig.Type["a"].OnSend = async (_, _) =>
        {
            Interlocked.Increment(ref underWay).ShouldBe(1);
            await Task.Yield();
            Interlocked.Decrement(ref underWay);
            return rig.Type["a"].Accept();
        };
        for (int i = 0; i < 10; i++)
            rig.Queue(channel, "100", $"{i}a", $"{i}b");

        await rig.RunAsync();

        rig.Type["a"].Texts.ShouldBe(Enumerable.Range(0, 10).SelectMany(i => new[] { $"{i}a", $"{i}b" }));
    }

    [Fact]
    public async Task A_deferred_unit_holds_its_lane_and_no_other()
    {
        long channel = rig.AddChannel("a");
        // Lanes go side by side, so the answer depends on the unit and not on which comes first.
        rig.Type["a"].OnSend = (message, _) => new(message is { Part: TextPart { Text: "first" }, Attempt: 1 } ? Limited(wholeChannel: false) : rig.Type["a"].Accept());
        long first = rig.Queue(channel, "100", "first");
        rig.Queue(channel, "100", "second");
        rig.Queue(channel, "200", "elsewhere");

        await rig.RunAsync();

        rig.Type["a"].Texts.ShouldBe(["first", "elsewhere"], ignoreOrder: true);
        rig.State(first).ShouldBe(MessageState.Queued);
        await rig.AfterAsync(TimeSpan.FromMinutes(1));
        rig.Type["a"].Texts.TakeLast(2).ShouldBe(["first", "second"]);
        rig.Type["a"].Sent[^2].Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task A_failed_part_fails_the_rest_of_its_message_and_releases_the_lane()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Then(rig.Type["a"].Accept(), new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "no")));
        long message = rig.Queue(channel, "100", "one", "two", "three", "four");
        long next = rig.Queue(channel, "100", "next");

        await rig.RunAsync();

        rig.Type["a"].Texts.ShouldBe(["one", "two", "next"]);
        rig.Units(message).Select(u => (MessageState)u.State)
            .ShouldBe([MessageState.Sent, MessageState.Failed, MessageState.Failed, MessageState.Failed]);
        rig.Units(message)[1].Error!.ShouldContain("content_refused");
        rig.Units(message)[3].Error!.ShouldContain("previous_part_failed");
        rig.State(message).ShouldBe(MessageState.Failed);
        rig.State(next).ShouldBe(MessageState.Sent);
        rig.Events(message).Count(e => e == "message.failed").ShouldBe(1);
    }

    [Fact]
    public async Task An_unconfirmed_part_lets_the_rest_of_its_message_go_on()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Then(new SendResult.Unconfirmed("cut"));
        long message = rig.Queue(channel, "100", "one", "two");

        await rig.RunAsync();

        rig.Type["a"].Texts.ShouldBe(["one", "two"]);
        rig.Units(message).Select(u => (MessageState)u.State).ShouldBe([MessageState.Unconfirmed, MessageState.Sent]);
        rig.State(message).ShouldBe(MessageState.Unconfirmed);
        rig.Outbox(message).ShouldBeEmpty();
        await rig.AfterAsync(TimeSpan.FromDays(2));
        rig.Type["a"].Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_channel_never_has_more_than_its_share_under_way()
    {
        long channel = rig.AddChannel("a");
        var open = new TaskCompletionSource();
        rig.Type["a"].OnSend = async (_, _) =>
        {
            await open.Task;
            return rig.Type["a"].Accept();
        };
        for (int i = 0; i < 50; i++)
            rig.Queue(channel, $"{i}", "hello");

        while (await rig.Dispatcher.RunOnceAsync(CancellationToken.None))
        {
        }
        await rig.Type["a"].HasSeenAsync(16);
        rig.Runner.UnderWay.ShouldBe(16);
        open.SetResult();
        await rig.Runner.IdleAsync();
        await rig.RunAsync();

        rig.Type["a"].Sent.Count.ShouldBe(50);
    }

    [Fact]
    public async Task A_channel_that_does_not_answer_slows_no_other()
    {
        using var small = new OutboxRig(options: new HubOptions { Outbox = new OutboxOptions { Concurrency = 8 } });
        long dead = small.AddChannel("dead");
        long alive = small.AddChannel("alive");
        var never = new TaskCompletionSource();
        small.Type["dead"].OnSend = async (_, cancellation) =>
        {
            await never.Task.WaitAsync(cancellation);
            throw new InvalidOperationException();
        };
        for (int i = 0; i < 200; i++)
            small.Queue(dead, $"{i}", "hello");
        while (await small.Dispatcher.RunOnceAsync(CancellationToken.None))
        {
        }
        small.Runner.UnderWay.ShouldBe(8); // all there is
        await small.Type["dead"].HasSeenAsync(8);

        long message = small.Queue(alive, "1", "hello");
        await small.Dispatcher.RunOnceAsync(CancellationToken.None);
        await small.Type["alive"].HasSeenAsync(1);

        // Once it has been silent for long enough it has one unit under way, not eight.
        ((Adapters.Conformance.ManualTimeProvider)small.Clock).Advance(TimeSpan.FromSeconds(31));
        await small.Runner.IdleAsync();
        small.ChannelState(dead).ShouldBe("down");
        await small.Dispatcher.RunOnceAsync(CancellationToken.None);
        small.Runner.UnderWay.ShouldBe(0);
        ((Adapters.Conformance.ManualTimeProvider)small.Clock).Advance(TimeSpan.FromMinutes(2));
        await small.Dispatcher.RunOnceAsync(CancellationToken.None);
        small.Runner.UnderWay.ShouldBe(1);
        await small.Type["dead"].HasSeenAsync(9);
        never.SetException(new OperationCanceledException());
        await small.Runner.IdleAsync();
    }

    [Fact]
    public async Task A_throttled_recipient_waits_and_others_pass()
    {
        using var slow = new OutboxRig(FakeChannelType.FastLimits with { SendsPerSecondPerRecipient = 1, RecipientBurst = 3 });
        long channel = slow.AddChannel("a");
        for (int i = 0; i < 6; i++)
            slow.Queue(channel, "100", $"{i}");
        slow.Queue(channel, "200", "other");

        await slow.RunAsync();
        slow.Type["a"].Texts.ShouldBe(["0", "1", "2", "other"], ignoreOrder: true);

        await slow.AfterAsync(TimeSpan.FromMilliseconds(999));
        slow.Type["a"].Sent.Count.ShouldBe(4);
        await slow.AfterAsync(TimeSpan.FromMilliseconds(1));
        slow.Type["a"].Sent.Count.ShouldBe(5);
        await slow.AfterAsync(TimeSpan.FromSeconds(2));
        slow.Type["a"].Sent.Count.ShouldBe(7);
    }

    [Fact]
    public async Task A_new_message_to_a_throttled_recipient_waits_too()
    {
        using var slow = new OutboxRig(FakeChannelType.FastLimits with { SendsPerSecondPerRecipient = 1, RecipientBurst = 1 });
        long channel = slow.AddChannel("a");
        slow.Queue(channel, "100", "first");
        await slow.RunAsync();
        slow.Queue(channel, "100", "second");

        await slow.RunAsync();
        slow.Type["a"].Texts.ShouldBe(["first"]);
        slow.Dispatcher.Idle.ShouldBe(TimeSpan.FromSeconds(1));
        await slow.AfterAsync(TimeSpan.FromSeconds(1));
        slow.Type["a"].Texts.ShouldBe(["first", "second"]);
    }

    [Fact]
    public async Task A_channel_sends_no_faster_than_its_provider_takes()
    {
        using var slow = new OutboxRig(FakeChannelType.FastLimits with { SendsPerSecond = 10 });
        long channel = slow.AddChannel("a");
        for (int i = 0; i < 100; i++)
            slow.Queue(channel, $"{i}", "hello");

        await slow.RunAsync();
        for (int tenth = 0; tenth < 20; tenth++)
            await slow.AfterAsync(TimeSpan.FromMilliseconds(100));

        slow.Type["a"].Sent.Count.ShouldBeInRange(20, 22);
    }

    [Fact]
    public async Task What_waits_for_a_retired_channel_fails()
    {
        long channel = rig.AddChannel("a");
        await rig.RunAsync();
        rig.Write(session => Storage.Channels.ChannelStore.SetState(session, channel, "paused", "held for the test"));
        rig.Channels.Reload(channel);
        long message = rig.Queue(channel, "100", "one", "two");
        rig.Write(session => Storage.Channels.ChannelStore.Retire(session, channel));
        rig.Channels.Reload(channel);

        await rig.RunAsync();

        rig.State(message).ShouldBe(MessageState.Failed);
        rig.Message(message).Error!.ShouldContain("channel_deleted");
        rig.Outbox(message).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_disabled_channel_keeps_what_waits()
    {
        long channel = rig.AddChannel("a");
        var row = rig.Database.Read(session => Storage.Channels.ChannelStore.Find(session, channel))!;
        rig.Write(session => Storage.Channels.ChannelStore.Update(session, row with { Enabled = 0 }));
        rig.Channels.Reload(channel);
        long message = rig.Queue(channel, "100", "hello");

        await rig.RunAsync();
        rig.State(message).ShouldBe(MessageState.Queued);

        rig.Write(session => Storage.Channels.ChannelStore.Update(session, row with { Enabled = 1, Version = 2 }));
        rig.Channels.Reload(channel);
        await rig.RunAsync();
        rig.State(message).ShouldBe(MessageState.Sent);
    }

    [Fact]
    public async Task A_unit_quotes_only_what_is_on_its_own_channel()
    {
        long channel = rig.AddChannel("a");
        long other = rig.AddChannel("b");
        long quoted = rig.Queue(channel, "100", "question");
        await rig.RunAsync();

        rig.Queue(channel, "100", [new TextPart("answer"), new TextPart("more")], replyTo: quoted);
        rig.Queue(other, "100", [new TextPart("answer")], replyTo: quoted);
        await rig.RunAsync();

        rig.Type["a"].Sent[1].ReplyTo.ShouldBe(new ExternalId("p1"));
        rig.Type["a"].Sent[2].ReplyTo.ShouldBeNull();
        rig.Type["b"].Sent[0].ReplyTo.ShouldBeNull();
    }

    private static SendResult Limited(bool wholeChannel) => new SendResult.Deferred(new Fault(FaultKind.RateLimited, "slow down") { WholeChannel = wholeChannel });
}
