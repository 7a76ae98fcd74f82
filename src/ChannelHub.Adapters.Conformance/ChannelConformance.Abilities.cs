#pragma warning disable CS1591 // The names of the tests are the sentences that describe them.
using Xunit;

namespace ChannelHub.Adapters.Conformance;

public abstract partial class ChannelConformance
{
    private static readonly ScriptedReply[] Troubles =
    [
        ScriptedReply.Text("no", 401), ScriptedReply.Text("no", 403), ScriptedReply.Text("no", 404), ScriptedReply.Text("no", 429),
        ScriptedReply.Text("no", 500), ScriptedReply.Text("no", 502), ScriptedReply.Text("<html>"), ScriptedReply.Cut, ScriptedReply.Reset,
    ];

    [Fact]
    public virtual async Task A_probe_tells_whether_the_account_works()
    {
        ProbeResult good = await Open().ProbeAsync(CancellationToken.None);
        Assert.True(good.Ok, good.Detail);
        Assert.False(string.IsNullOrWhiteSpace(good.Detail));
        provider.Begin(Echoing(401));
        ProbeResult refused = await Open().ProbeAsync(CancellationToken.None);
        Assert.False(refused.Ok);
        Assert.Equal(FaultKind.NotAuthorized, refused.Fault?.Kind);
        ProbeResult closed = await Open(provider.ClosedPort()).ProbeAsync(CancellationToken.None);
        Assert.False(closed.Ok);
        NothingIsGivenAway(good.ToString(), refused.ToString(), closed.ToString());
        await InTrouble(async channel => (await channel.ProbeAsync(CancellationToken.None)).ToString());
    }

    [Fact]
    public virtual Task Cancellation_stops_a_probe() => Cancelled(able: true, (channel, cancellation) => channel.ProbeAsync(cancellation).AsTask());

    [Fact]
    public virtual async Task A_webhook_is_registered_as_often_as_one_likes()
    {
        if (Lacks<IWebhookRegistrar>())
            return;
        var hook = new Uri("https://hub.example/hooks/chn_conformance");
        for (int time = 0; time < 2; time++)
        {
            ProbeResult result = await ((IWebhookRegistrar)Open()).RegisterWebhookAsync(hook, CancellationToken.None);
            Assert.True(result.Ok, result.Detail);
        }
        await InTrouble(async channel =>
        {
            ProbeResult result = await ((IWebhookRegistrar)channel).RegisterWebhookAsync(hook, CancellationToken.None);
            Assert.False(result.Ok);
            return result.ToString();
        });
        await Cancelled(able: true, (channel, cancellation) => ((IWebhookRegistrar)channel).RegisterWebhookAsync(hook, cancellation).AsTask());
    }

    [Fact]
    public virtual async Task A_received_file_is_opened_or_the_reason_told()
    {
        if (Lacks<IMediaSource>())
            return;
        string reference = facts.MediaReference!(provider.Address);
        new Secrets(facts.Settings(provider.Address)).AreNotIn(reference, "a media reference");
        var opened = Assert.IsType<MediaResult.Opened>(await ((IMediaSource)Open()).OpenMediaAsync(reference, CancellationToken.None));
        using var bytes = new MemoryStream();
        await using (opened.Content)
            await opened.Content.CopyToAsync(bytes);
        Assert.Equal(facts.MediaBytes.ToArray(), bytes.ToArray());
        await MediaFails(_ => ScriptedReply.Text("no such file", 404), result => Assert.IsType<MediaResult.Gone>(result));
        await MediaFails(_ => ScriptedReply.Text("later", 503), result => Assert.IsType<MediaResult.Later>(result));
        await MediaFails(_ => ScriptedReply.Reset, result => Assert.IsType<MediaResult.Later>(result));
        await MediaFails(_ => ScriptedReply.Hang, result => Assert.IsType<MediaResult.Later>(result), ShortPatience);
        Uri nowhere = provider.ClosedPort();
        Assert.IsType<MediaResult.Later>(await ((IMediaSource)Open(nowhere)).OpenMediaAsync(facts.MediaReference(nowhere), CancellationToken.None));
        foreach (string odd in (string[])["", "\u0000", "../../etc/passwd", "http://", "file:///etc/passwd", "ł"])
            Assert.IsNotType<MediaResult.Opened>(await ((IMediaSource)Open(provider.ClosedPort())).OpenMediaAsync(odd, CancellationToken.None));
        await Cancelled(able: true, (channel, cancellation) => ((IMediaSource)channel).OpenMediaAsync(reference, cancellation).AsTask());
    }

    [Fact]
    public virtual async Task A_file_that_comes_in_small_pieces_arrives_whole()
    {
        if (Lacks<IMediaSource>())
            return;
        await using Stream file = await OpenAsync(reply => reply.InPieces());
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        Assert.Equal(facts.MediaBytes.ToArray(), bytes.ToArray());
    }

    [Fact]
    public virtual async Task A_file_that_breaks_off_or_falls_silent_is_no_file()
    {
        if (Lacks<IMediaSource>())
            return;
        byte[] buffer = new byte[facts.MediaBytes.Length];
        // A break may be noticed before the first byte is asked for.
        MediaResult broken = await OpenLastAsync(call => facts.Success(call).CutShort(), timeout: null);
        if (broken is MediaResult.Opened opened)
            await Assert.ThrowsAnyAsync<IOException>(() => opened.Content.ReadExactlyAsync(buffer).AsTask().WaitAsync(Patience));
        else
            Assert.IsType<MediaResult.Later>(broken);
        await using Stream silent = await OpenAsync(reply => reply.Stalling());
        using var stop = new CancellationTokenSource();
        Task read = silent.ReadExactlyAsync(buffer, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Patience));
    }

    [Fact]
    public virtual Task Editing_tells_the_truth() => Changing<IMessageEditor>((channel, unit, cancellation) =>
        channel.EditAsync(unit, new TextPart("Better words"), cancellation));

    [Fact]
    public virtual Task Deleting_tells_the_truth() => Changing<IMessageDeleter>((channel, unit, cancellation) => channel.DeleteAsync(unit, cancellation));

    [Fact]
    public virtual async Task Reacting_tells_the_truth()
    {
        await Changing<IReactionSender>((channel, unit, cancellation) => channel.ReactAsync(unit, "👍", cancellation));
        await Changing<IReactionSender>((channel, unit, cancellation) => channel.ReactAsync(unit, null, cancellation));
    }

    [Fact]
    public virtual Task Typing_is_best_effort() => BestEffort<ITypingSignal>((channel, unit, cancellation) =>
        channel.ShowTypingAsync(unit.To, unit.Address, cancellation));

    [Fact]
    public virtual Task Typing_at_a_message_is_best_effort() => BestEffort<ITypingAtMessage>((channel, unit, cancellation) =>
        channel.ShowTypingAsync(unit, cancellation));

    [Fact]
    public virtual async Task A_profile_is_found_or_the_reason_told()
    {
        if (Lacks<IProfileSource>())
            return;
        OutboundMessage message = facts.Outbound[0];
        provider.Begin(facts.Success);
        ProfileResult found = await Ask(Open(), CancellationToken.None);
        Assert.False(string.IsNullOrWhiteSpace(Assert.IsType<ProfileResult.Found>(found).DisplayName));
        await InTrouble(async channel =>
        {
            ProfileResult result = await Ask(channel, CancellationToken.None);
            Assert.IsNotType<ProfileResult.Found>(result);
            return result.ToString();
        });
        await Cancelled(able: true, (channel, cancellation) => Ask(channel, cancellation).AsTask());

        ValueTask<ProfileResult> Ask(IChannel channel, CancellationToken cancellation) =>
            ((IProfileSource)channel).GetProfileAsync(message.To, message.Address, cancellation);
    }

    [Fact]
    public virtual Task Marking_as_read_is_best_effort() => BestEffort<IReadMarker>((channel, unit, cancellation) => channel.MarkReadAsync(unit, cancellation));

    private async Task MediaFails(Func<ProviderCall, ScriptedReply> failure, Action<MediaResult> judge, TimeSpan? timeout = null)
    {
        MediaResult result = await OpenLastAsync(failure, timeout);
        judge(result);
        NothingIsGivenAway(result.ToString());
    }

    private async Task<Stream> OpenAsync(Func<ScriptedReply, ScriptedReply> change) =>
        Assert.IsType<MediaResult.Opened>(await OpenLastAsync(call => change(facts.Success(call)), timeout: null)).Content;

    // Some ask first where the file is: the last call is the file's own.
    private async Task<MediaResult> OpenLastAsync(Func<ProviderCall, ScriptedReply> reply, TimeSpan? timeout)
    {
        string reference = facts.MediaReference!(provider.Address);
        provider.Begin(facts.Success);
        if (await ((IMediaSource)Open()).OpenMediaAsync(reference, CancellationToken.None) is MediaResult.Opened opened)
            await opened.Content.DisposeAsync();
        int last = provider.Calls.Count - 1;
        provider.Begin(call => call.Number >= last ? reply(call) : facts.Success(call));
        return await ((IMediaSource)Open(timeout: timeout)).OpenMediaAsync(reference, CancellationToken.None).AsTask().WaitAsync(Patience);
    }

    private async Task<SentUnit> SentUnitAsync()
    {
        provider.Begin(facts.Success);
        OutboundMessage message = facts.Outbound[0];
        var sent = Assert.IsType<SendResult.Sent>(await ((IMessageSender)Open()).SendAsync(message, CancellationToken.None));
        return new SentUnit(message.To, message.Address, sent.Id);
    }

    private async Task Changing<TAbility>(Func<TAbility, SentUnit, CancellationToken, ValueTask<SendResult>> act) where TAbility : class, IChannel
    {
        if (Lacks<TAbility>())
            return;
        SentUnit unit = await SentUnitAsync();
        Assert.IsType<SendResult.Sent>(await act((TAbility)Open(), unit, CancellationToken.None));
        await InTrouble(async channel =>
        {
            SendResult result = await act((TAbility)channel, unit, CancellationToken.None);
            Assert.IsNotType<SendResult.Sent>(result);
            return result.ToString();
        });
        await Cancelled(able: true, (channel, cancellation) => act((TAbility)channel, unit, cancellation).AsTask());
    }

    private async Task BestEffort<TAbility>(Func<TAbility, SentUnit, CancellationToken, ValueTask> act) where TAbility : class, IChannel
    {
        if (Lacks<TAbility>())
            return;
        SentUnit unit = await SentUnitAsync();
        provider.Begin(facts.Success);
        await act((TAbility)Open(), unit, CancellationToken.None);
        Assert.NotEmpty(provider.Calls);
        await InTrouble(async channel =>
        {
            await act((TAbility)channel, unit, CancellationToken.None);
            return "";
        });
        await Cancelled(able: true, (channel, cancellation) => act((TAbility)channel, unit, cancellation).AsTask());
    }

    // No trouble of the provider is an exception of the adapter.
    private async Task InTrouble(Func<IChannel, Task<string>> act)
    {
        foreach (ScriptedReply trouble in Troubles)
        {
            provider.Begin(_ => trouble);
            NothingIsGivenAway(await act(Open()).WaitAsync(Patience));
        }
        NothingIsGivenAway(await act(Open(provider.ClosedPort())).WaitAsync(Patience));
        provider.Begin(_ => ScriptedReply.Hang);
        NothingIsGivenAway(await act(Open(timeout: ShortPatience)).WaitAsync(Patience));
        provider.Begin(facts.Success);
    }
}
