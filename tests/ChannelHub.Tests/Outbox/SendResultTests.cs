using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using ChannelHub.Options;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Tests.Outbox;

public sealed class SendResultTests : IDisposable
{
    private static readonly Fault Down = new(FaultKind.ProviderDown, "connection refused") { WholeChannel = true };

    private readonly OutboxRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task Counters_tell_the_four_ends_apart()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].OnSend = (message, _) => ValueTask.FromResult(((TextPart)message.Part).Text switch
        {
            "rejected" => new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "no")),
            "unconfirmed" => new SendResult.Unconfirmed("cut"),
            "delivered" => rig.Type["a"].Accept() with { State = DeliveryState.Delivered },
            _ => (SendResult)rig.Type["a"].Accept(),
        });
        foreach ((string text, int i) in new[] { "sent", "rejected", "unconfirmed", "delivered" }.Select((t, i) => (t, i)))
            rig.Queue(channel, $"{i}", text);

        await rig.RunAsync();

        AccountingRow counted = rig.Database.Read(session => ChannelStore.Accounting(session, channel));
        (counted.Sent, counted.Failed, counted.Unconfirmed).ShouldBe((2, 1, 1));
    }

    [Fact]
    public async Task Retries_follow_the_schedule_for_a_day_and_end_in_a_visible_failure()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Always(new SendResult.Deferred(new Fault(FaultKind.RateLimited, "slow down")));
        long message = rig.Queue(channel, "100", "hello");
        var tries = new List<DateTimeOffset>();
        DateTimeOffset start = rig.Clock.GetUtcNow();
        rig.Type["a"].OnSend = (_, _) =>
        {
            tries.Add(rig.Clock.GetUtcNow());
            return ValueTask.FromResult<SendResult>(new SendResult.Deferred(new Fault(FaultKind.RateLimited, "slow down")));
        };

        await rig.RunAsync();
        rig.State(message).ShouldBe(MessageState.Queued);
        rig.Message(message).Error!.ShouldContain("rate_limited");
        TimeSpan step = TimeSpan.FromSeconds(10);
        for (; rig.Clock.GetUtcNow() - start < TimeSpan.FromHours(25); step = tries.Count < 5 ? step : TimeSpan.FromMinutes(5))
            await rig.AfterAsync(step);

        double[] waits = [.. tries.Zip(tries.Skip(1), (a, b) => (b - a).TotalSeconds)];
        double[] planned = [5, 30, 120, 600, .. Enumerable.Repeat(1800, waits.Length - 4)];
        for (int i = 0; i < planned.Length; i++)
            waits[i].ShouldBeInRange(planned[i] * 0.8, (planned[i] * 1.2) + (i < 4 ? 10 : step.TotalSeconds));
        (tries[^1] - start).ShouldBeInRange(TimeSpan.FromHours(23), TimeSpan.FromHours(24) + step);
        rig.State(message).ShouldBe(MessageState.Failed);
        rig.Message(message).Error!.ShouldContain("slow down");
        rig.Outbox(message).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(30, 30)]
    [InlineData(1_000_000_000, 3600)]
    [InlineData(-5, 4)]
    public async Task Retry_After_is_obeyed_and_capped(double seconds, int quiet)
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Then(new SendResult.Deferred(new Fault(FaultKind.RateLimited, "wait"), TimeSpan.FromSeconds(seconds)));
        long message = rig.Queue(channel, "100", "hello");
        await rig.RunAsync();

        await rig.AfterAsync(TimeSpan.FromSeconds(quiet) - TimeSpan.FromMilliseconds(1));
        rig.Type["a"].Sent.Count.ShouldBe(1);
        await rig.AfterAsync(TimeSpan.FromSeconds(3));
        rig.Type["a"].Sent.Count.ShouldBe(2);
        rig.State(message).ShouldBe(MessageState.Sent);
    }

    [Fact]
    public async Task A_limit_of_the_whole_channel_holds_all_its_lanes_and_no_other_channel()
    {
        long channel = rig.AddChannel("a");
        long other = rig.AddChannel("b");
        rig.Type["a"].Then(new SendResult.Deferred(new Fault(FaultKind.RateLimited, "wait") { WholeChannel = true }, TimeSpan.FromSeconds(30)));
        rig.Queue(channel, "100", "first");
        await rig.RunAsync();
        rig.Queue(channel, "200", "second");
        rig.Queue(other, "200", "elsewhere");

        await rig.AfterAsync(TimeSpan.FromSeconds(29));
        rig.Type["a"].Texts.ShouldBe(["first"]);
        rig.Type["b"].Texts.ShouldBe(["elsewhere"]);
        await rig.AfterAsync(TimeSpan.FromSeconds(2));
        rig.Type["a"].Texts.ShouldBe(["first", "first", "second"], ignoreOrder: true);
        rig.ChannelState(channel).ShouldBe("ok");
    }

    [Fact]
    public async Task A_whole_channel_limit_without_a_time_rests_for_a_while()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Then(new SendResult.Deferred(new Fault(FaultKind.RateLimited, "wait") { WholeChannel = true }));
        rig.Queue(channel, "100", "first");
        await rig.RunAsync();
        rig.Queue(channel, "200", "second");

        await rig.AfterAsync(TimeSpan.FromSeconds(4));
        rig.Type["a"].Sent.Count.ShouldBe(1);
        await rig.AfterAsync(TimeSpan.FromSeconds(10));
        rig.Type["a"].Sent.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Refused_credentials_pause_the_channel_until_somebody_resumes()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Then(new SendResult.Rejected(new Fault(FaultKind.NotAuthorized, "bad token")));
        long first = rig.Queue(channel, "100", "first");
        long second = rig.Queue(channel, "100", "second");
        await rig.RunAsync();

        await rig.AfterAsync(TimeSpan.FromDays(3));
        rig.ChannelState(channel).ShouldBe("paused");
        rig.State(first).ShouldBe(MessageState.Queued);
        rig.Type["a"].Sent.Count.ShouldBe(1); // the lane stands still behind the refusal
        rig.AllEvents().Count(e => e == "channel.paused").ShouldBe(1);
        rig.Database.Read(session => ChannelStore.ReadLog(session, channel, long.MaxValue, 10)).ShouldContain(line => line.What == "paused" && line.Detail == "bad token");

        rig.Channels.TryGet(channel, out var live).ShouldBeTrue();
        (await rig.Health.ResumeAsync(live!, "test")).ShouldBeTrue();
        await rig.RunAsync();
        rig.State(first).ShouldBe(MessageState.Sent);
        rig.State(second).ShouldBe(MessageState.Sent);
        rig.Type["a"].Sent[^1].Attempt.ShouldBe(1); // the refusal was no try of its own
    }

    [Fact]
    public async Task A_provider_that_is_down_is_shown_and_tried_by_one_unit_at_a_time()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Always(new SendResult.Deferred(Down));
        for (int i = 0; i < 40; i++)
            rig.Queue(channel, $"{i}", "hello");
        await rig.RunAsync();
        rig.ChannelState(channel).ShouldBe("down");
        int before = rig.Type["a"].Sent.Count;
        before.ShouldBeLessThanOrEqualTo(16);

        await rig.AfterAsync(TimeSpan.FromMinutes(1));
        rig.Type["a"].Sent.Count.ShouldBe(before + 1);

        rig.Type["a"].OnSend = null;
        for (int i = 0; i < 30; i++)
            await rig.AfterAsync(TimeSpan.FromSeconds(30));
        rig.Type["a"].Sent.Count.ShouldBeGreaterThanOrEqualTo(40 + before);
        rig.ChannelState(channel).ShouldBe("ok");
        rig.AllEvents().Where(e => e.StartsWith("channel.", StringComparison.Ordinal)).ShouldBe(["channel.down", "channel.up"]);
    }

    [Fact]
    public async Task An_opted_out_customer_is_marked()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Always(new SendResult.Rejected(new Fault(FaultKind.OptedOut, "blocked by user")));
        long message = rig.Queue(channel, "100", "hello");

        await rig.RunAsync();

        rig.State(message).ShouldBe(MessageState.Failed);
        Reach(rig.Message(message).IdentityId).OptedOutAt.ShouldBe(rig.Now);
        rig.AllEvents().ShouldContain("identity.opted_out");
    }

    [Fact]
    public async Task An_address_that_is_not_there_is_marked()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Always(new SendResult.Rejected(new Fault(FaultKind.UnknownRecipient, "chat not found")));
        long message = rig.Queue(channel, "100", "hello");

        await rig.RunAsync();

        Reach(rig.Message(message).IdentityId).UnreachableAt.ShouldBe(rig.Now);
    }

    [Fact]
    public async Task A_provider_that_stays_silent_leaves_the_unit_unconfirmed()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].OnSend = async (_, cancellation) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            throw new InvalidOperationException();
        };
        long message = rig.Queue(channel, "100", "hello");
        await rig.Dispatcher.RunOnceAsync(CancellationToken.None);
        await rig.Type["a"].HasSeenAsync(1);

        ((Adapters.Conformance.ManualTimeProvider)rig.Clock).Advance(TimeSpan.FromSeconds(new OutboxOptions().SendSeconds));
        await rig.Runner.IdleAsync();

        rig.State(message).ShouldBe(MessageState.Unconfirmed);
        rig.Message(message).Error!.ShouldContain("no answer within");
        rig.Events(message).ShouldContain("message.unconfirmed");
    }

    [Fact]
    public async Task An_adapter_that_throws_leaves_the_unit_unconfirmed()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].OnSend = (_, _) => throw new FormatException("bug");
        long message = rig.Queue(channel, "100", "hello");

        await rig.RunAsync();

        rig.State(message).ShouldBe(MessageState.Unconfirmed);
    }

    [Fact]
    public async Task A_stop_cuts_off_what_takes_too_long_and_records_it()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].OnSend = async (_, cancellation) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            throw new InvalidOperationException();
        };
        long message = rig.Queue(channel, "100", "hello");
        await rig.Dispatcher.RunOnceAsync(CancellationToken.None);

        await rig.Runner.StopAsync(TimeSpan.Zero, CancellationToken.None);

        rig.State(message).ShouldBe(MessageState.Unconfirmed);
    }

    private ReachRow Reach(long identity) => rig.Database.Read(session => session.Query<ReachRow>(
        "SELECT identity_id AS IdentityId, channel_id AS ChannelId, address, opted_out_at AS OptedOutAt, unreachable_at AS UnreachableAt, window_until AS WindowUntil FROM reach WHERE identity_id = @identity",
        new { identity })).ShouldHaveSingleItem();
}
