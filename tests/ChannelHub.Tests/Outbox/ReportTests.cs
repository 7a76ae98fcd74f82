using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Tests.Outbox;

public sealed class ReportTests : IDisposable
{
    private static readonly DeliveryState[] States = [DeliveryState.Sent, DeliveryState.Delivered, DeliveryState.Read, DeliveryState.Failed];

    private readonly OutboxRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task Every_order_of_reports_ends_the_same()
    {
        long channel = rig.AddChannel("a");
        DeliveryState[][] orders = [.. Orders(States)];
        orders.Length.ShouldBe(24);
        for (int i = 0; i < orders.Length; i++)
        {
            long message = rig.Queue(channel, $"{i}", "hello");
            await rig.RunAsync();
            string id = rig.Units(message)[0].ProviderId!;

            foreach (DeliveryState state in orders[i])
            {
                rig.Report(channel, id, state);
                rig.Report(channel, id, state);
            }

            rig.State(message).ShouldBe(MessageState.Read, string.Join(", ", orders[i]));
        }
    }

    [Fact]
    public async Task Every_order_of_reports_before_the_answer_ends_the_same()
    {
        long channel = rig.AddChannel("a");
        DeliveryState[][] orders = [.. Orders(States)];
        for (int i = 0; i < orders.Length; i++)
        {
            string id = $"early{i}";
            DeliveryState[] order = orders[i];
            rig.Type["a"].OnSend = (_, _) =>
            {
                foreach (DeliveryState state in order)
                    rig.Report(channel, id, state);
                return ValueTask.FromResult<SendResult>(new SendResult.Sent(new ExternalId(id)));
            };
            long message = rig.Queue(channel, $"{i}", "hello");

            await rig.RunAsync();

            rig.State(message).ShouldBe(MessageState.Read, string.Join(", ", order));
        }
        rig.Database.Read(session => session.Find<long>("SELECT count(*) FROM parked_report")).ShouldBe(0);
    }

    [Fact]
    public async Task A_failure_is_not_undone_by_an_older_sent()
    {
        long channel = rig.AddChannel("a");
        long message = rig.Queue(channel, "100", "hello");
        await rig.RunAsync();

        rig.Report(channel, "p1", DeliveryState.Failed);
        rig.Report(channel, "p1", DeliveryState.Sent);

        rig.State(message).ShouldBe(MessageState.Failed);
    }

    [Fact]
    public async Task A_failure_reported_before_the_answer_carries_its_reason()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].OnSend = (_, _) =>
        {
            rig.Write(session => SentParts.Report(session, channel, new DeliveryReported("k", new ExternalId("x"), DeliveryState.Failed)
            {
                Fault = new Fault(FaultKind.WindowClosed, "more than 24 hours"),
            }));
            return ValueTask.FromResult<SendResult>(new SendResult.Sent(new ExternalId("x")));
        };
        long message = rig.Queue(channel, "100", "hello");

        await rig.RunAsync();

        rig.State(message).ShouldBe(MessageState.Failed);
        rig.Message(message).Error!.ShouldContain("window_closed");
    }

    [Fact]
    public async Task A_message_shows_its_least_advanced_part()
    {
        long channel = rig.AddChannel("a");
        long message = rig.Queue(channel, "100", "one", "two");
        await rig.RunAsync();

        rig.Report(channel, "p1", DeliveryState.Read);
        rig.State(message).ShouldBe(MessageState.Sent);
        rig.Report(channel, "p2", DeliveryState.Delivered);
        rig.State(message).ShouldBe(MessageState.Delivered);
        rig.Report(channel, "p2", DeliveryState.Failed);
        rig.State(message).ShouldBe(MessageState.Delivered);
        rig.Events(message).ShouldBe(["message.queued", "message.sent", "message.delivered"]);
    }

    [Fact]
    public async Task A_report_under_the_hubs_own_id_brings_the_providers()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Then(new SendResult.Unconfirmed("cut"));
        long message = rig.Queue(channel, "100", "hello");
        await rig.RunAsync();
        string key = ChannelHub.Outbox.UnitSender.KeyOf(message, 0);

        rig.Write(session => SentParts.Report(session, channel, new DeliveryReported("k", new ExternalId(key), DeliveryState.Delivered) { ProviderId = new ExternalId("real") }));

        rig.State(message).ShouldBe(MessageState.Delivered);
        rig.Units(message)[0].ProviderId.ShouldBe("real");
    }

    [Fact]
    public async Task Good_news_of_an_earlier_attempt_still_counts()
    {
        long channel = rig.AddChannel("a");
        rig.Type["a"].Then(new SendResult.Unconfirmed("cut"));
        long message = rig.Queue(channel, "100", "hello");
        await rig.RunAsync();
        PartRow unit = rig.Units(message)[0];
        rig.Write(session => SentParts.Set(session, unit, MessageState.Unconfirmed, error: null, providerId: "old"));
        MessageRow row = rig.Message(message);
        rig.Write(session => SentParts.Settle(session, row, SettledAs.Resend).ShouldBeTrue());
        rig.Ring(channel);
        await rig.RunAsync();
        rig.Units(message)[0].Attempt.ShouldBe(2);
        rig.Type["a"].Sent[^1].Attempt.ShouldBe(2);

        rig.Report(channel, "old", DeliveryState.Failed);
        rig.State(message).ShouldBe(MessageState.Sent);
        rig.Report(channel, "old", DeliveryState.Delivered);
        rig.State(message).ShouldBe(MessageState.Delivered);
    }

    private static IEnumerable<DeliveryState[]> Orders(DeliveryState[] states) => states.Length == 0
        ? [[]]
        : states.SelectMany(first => Orders([.. states.Where(s => s != first)]).Select(rest => (DeliveryState[])[first, .. rest]));
}
