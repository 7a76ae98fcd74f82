#pragma warning disable CS1591 // The names of the tests are the sentences that describe them.
using System.Runtime.CompilerServices;
using Xunit;

namespace ChannelHub.Adapters.Conformance;

public abstract partial class ChannelConformance
{
    [Fact]
    public virtual async Task A_pull_resumed_from_any_earlier_cursor_yields_the_rest()
    {
        if (Lacks<IMessagePuller>())
            return;
        List<PulledBatch> whole = await PullAsync(null, facts.PullBatches);
        Assert.All(whole, batch => Assert.False(string.IsNullOrEmpty(batch.Cursor)));
        for (int seen = 1; seen < whole.Count; seen++)
        {
            List<PulledBatch> rest = await PullAsync(whole[seen - 1].Cursor, whole.Count - seen);
            Assert.Equal(Events(whole.Skip(seen)), Events(rest));
        }
        NothingIsGivenAway();
    }

    [Fact]
    public virtual async Task Pulled_items_are_sound()
    {
        if (Lacks<IMessagePuller>())
            return;
        foreach (ReadOnlyMemory<byte> item in (await PullAsync(null, facts.PullBatches)).SelectMany(batch => batch.Items))
            Sound(((IReceiver)Open()).Parse(AuthenticInput.Pulled(item, facts.Now)));
    }

    [Fact]
    public virtual async Task A_pull_with_refused_credentials_says_so_and_gives_nothing_away()
    {
        if (Lacks<IMessagePuller>())
            return;
        provider.Begin(Echoing(401));
        PullRefusedException refused = await Assert.ThrowsAsync<PullRefusedException>(() => FirstAsync((IMessagePuller)Open(), CancellationToken.None).WaitAsync(Patience));
        Assert.Equal(FaultKind.NotAuthorized, refused.Fault.Kind);
        NothingIsGivenAway(refused.ToString(), refused.Fault.ToString());
    }

    [Fact]
    public virtual async Task A_pull_in_trouble_ends_and_gives_nothing_away()
    {
        if (Lacks<IMessagePuller>())
            return;
        foreach (ScriptedReply trouble in Troubles.Where(reply => reply.Status is not 401))
        {
            provider.Begin(_ => trouble);
            Exception? ended = await Record.ExceptionAsync(() => FirstAsync((IMessagePuller)Open(), CancellationToken.None).WaitAsync(Patience));
            Assert.NotNull(ended);
            NothingIsGivenAway(ended.ToString());
        }
    }

    [Fact]
    public virtual Task Cancellation_stops_a_pull() => Cancelled(!Lacks<IMessagePuller>(), (channel, cancellation) =>
        FirstAsync((IMessagePuller)channel, cancellation));

    private async Task<List<PulledBatch>> PullAsync(string? cursor, int batches)
    {
        provider.Begin(facts.Success);
        using var patience = new CancellationTokenSource(Patience);
        var pulled = new List<PulledBatch>();
        await foreach (PulledBatch batch in ((IMessagePuller)Open()).PullAsync(cursor, patience.Token))
        {
            if (batch.Items.Count > 0)
                pulled.Add(batch);
            if (pulled.Count == batches)
                break;
        }
        Assert.Equal(batches, pulled.Count);
        return pulled;
    }

    private static async Task FirstAsync(IMessagePuller puller, CancellationToken cancellation)
    {
        await foreach (PulledBatch batch in puller.PullAsync(null, cancellation))
        {
            if (batch.Items.Count > 0)
                return;
        }
    }

    private string[] Events(IEnumerable<PulledBatch> batches) =>
        [.. batches.SelectMany(batch => batch.Items).Select(item => NormalisedJson.Of(((IReceiver)Open()).Parse(AuthenticInput.Pulled(item, facts.Now))))];
}
