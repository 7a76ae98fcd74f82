using ChannelHub.Adapters;
using ChannelHub.Core.Messages;

namespace ChannelHub.Tests.Outbox;

/// <summary>A provider that was away is found to be back, whoever finds it, and nobody waits longer than that.</summary>
public sealed class RecoveryTests : IDisposable
{
    private static readonly SendResult Down = new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "connection refused") { WholeChannel = true });

    private readonly OutboxRig rig = new();
    private readonly long channel;

    public RecoveryTests()
    {
        channel = rig.AddChannel("a");
        Away();
    }

    private FakeProvider Provider => rig.Type["a"];

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task Once_one_unit_got_through_the_others_go_at_once_but_not_what_was_told_to_wait()
    {
        Provider.OnSend = (message, _) => ValueTask.FromResult(((TextPart)message.Part).Text == "limited"
            ? new SendResult.Deferred(new Fault(FaultKind.RateLimited, "wait"), TimeSpan.FromHours(1))
            : Down);
        long limited = rig.Queue(channel, "limited", "limited");
        await rig.RunAsync();
        for (int i = 0; i < 3; i++)
            rig.Queue(channel, $"{i}", "hello");
        await PassAsync(TimeSpan.FromMinutes(130));
        rig.ChannelState(channel).ShouldBe("down");
        int before = Provider.Sent.Count;
        Provider.OnSend = null;

        while (Provider.Sent.Count == before)
            await rig.AfterAsync(TimeSpan.FromSeconds(10));
        await rig.AfterAsync(TimeSpan.FromMinutes(1));

        rig.ChannelState(channel).ShouldBe("ok");
        Provider.Sent.Count.ShouldBe(before + 3);
        rig.State(limited).ShouldBe(MessageState.Queued);
    }

    [Fact]
    public async Task A_message_that_waits_alone_goes_within_two_minutes_of_the_provider_s_return()
    {
        long message = rig.Queue(channel, "100", "hello");
        await PassAsync(TimeSpan.FromHours(3), probing: true);
        rig.ChannelState(channel).ShouldBe("down");

        Back();
        await PassAsync(TimeSpan.FromMinutes(2), probing: true);

        rig.State(message).ShouldBe(MessageState.Sent);
        rig.ChannelState(channel).ShouldBe("ok");
        rig.AllEvents().Count(e => e == "channel.up").ShouldBe(1);
    }

    [Fact]
    public async Task A_channel_on_which_nothing_waits_is_found_to_be_back()
    {
        Provider.Always(new SendResult.Unconfirmed("no answer"));
        for (int i = 0; i < 3; i++)
            rig.Queue(channel, $"{i}", "hello");
        await PassAsync(TimeSpan.FromMinutes(5), probing: true);
        rig.ChannelState(channel).ShouldBe("down");

        Back();
        await PassAsync(TimeSpan.FromMinutes(2), probing: true);

        rig.ChannelState(channel).ShouldBe("ok");
    }

    [Fact]
    public async Task A_provider_that_answers_probes_and_nothing_else_is_believed_less_and_less()
    {
        Provider.Answers = true;
        rig.Queue(channel, "100", "hello");

        await PassAsync(TimeSpan.FromHours(4), probing: true);

        rig.AllEvents().Count(e => e == "channel.up").ShouldBeInRange(2, 12);
        rig.ChannelState(channel).ShouldBe("down");
    }

    private void Away()
    {
        Provider.Always(Down);
        Provider.Answers = false;
    }

    private void Back()
    {
        Provider.OnSend = null;
        Provider.Answers = true;
    }

    private async Task PassAsync(TimeSpan time, bool probing = false)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(15))
        {
            if (probing)
                await rig.Recovery.RunOnceAsync(CancellationToken.None);
            await rig.AfterAsync(TimeSpan.FromSeconds(15));
        }
    }
}
