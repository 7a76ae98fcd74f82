#pragma warning disable CS1591 // The names of the tests are the sentences that describe them.
using System.Text;
using System.Text.Json;
using Xunit;

namespace ChannelHub.Adapters.Conformance;

public abstract partial class ChannelConformance
{
    [Fact]
    public virtual Task An_accepted_send_is_sent_with_an_id() => ForEachSend(async (sender, message) =>
    {
        var sent = Assert.IsType<SendResult.Sent>(await sender.SendAsync(message, CancellationToken.None));
        Assert.InRange(sent.Id.Value.Length, 1, 256);
    });

    [Theory]
    [InlineData("<html><body>It works!</body></html>")]
    [InlineData("{\"ok\":true,\"id\":")]
    [InlineData("\u0000\u0001\u0002")]
    public virtual Task Success_with_garbage_is_unconfirmed(string garbage) => Failing(ScriptedReply.Text(garbage), result =>
        Assert.IsType<SendResult.Unconfirmed>(result));

    [Fact]
    public virtual Task Refused_credentials_are_not_authorised() => Failing(Echoing(401), result =>
        Assert.Equal(FaultKind.NotAuthorized, FaultOf(result)?.Kind));

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    public virtual Task A_refusal_is_never_sent_and_never_unconfirmed(int status) => Failing(Echoing(status), result =>
        Assert.True(result is SendResult.Rejected or SendResult.Deferred, $"{result}"));

    [Fact]
    public virtual Task Too_many_requests_wait_as_long_as_the_provider_says() => Failing(call => Echoing(429)(call).With("Retry-After", "7"), result =>
    {
        var deferred = Assert.IsType<SendResult.Deferred>(result);
        Assert.Equal(FaultKind.RateLimited, deferred.Fault.Kind);
        Assert.Equal(TimeSpan.FromSeconds(7), deferred.RetryAfter);
    });

    [Theory]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("")]
    public virtual Task Too_many_requests_with_an_unreadable_wait_still_wait(string retryAfter) =>
        Failing(call => Echoing(429)(call).With("Retry-After", retryAfter), result =>
        {
            var deferred = Assert.IsType<SendResult.Deferred>(result);
            Assert.Equal(FaultKind.RateLimited, deferred.Fault.Kind);
            Assert.True(deferred.RetryAfter is null || deferred.RetryAfter >= TimeSpan.Zero);
        });

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public virtual Task A_provider_in_trouble_is_tried_again(int status) => Failing(Echoing(status), result =>
        Assert.True(result is SendResult.Deferred { Fault.Kind: FaultKind.ProviderDown } or SendResult.Unconfirmed, $"{result}"));

    [Theory]
    [InlineData(502)]
    [InlineData(504)]
    public virtual Task A_gateway_that_lost_the_answer_leaves_it_unconfirmed(int status) => Failing(Echoing(status), result =>
        Assert.IsType<SendResult.Unconfirmed>(result));

    [Fact]
    public virtual Task A_reset_leaves_it_unconfirmed() => Failing(ScriptedReply.Reset, result => Assert.IsType<SendResult.Unconfirmed>(result));

    [Fact]
    public virtual Task An_answer_cut_short_leaves_it_unconfirmed() => Failing(ScriptedReply.Cut, result => Assert.IsType<SendResult.Unconfirmed>(result));

    [Fact]
    public virtual Task A_time_out_leaves_it_unconfirmed() =>
        Failing(_ => ScriptedReply.Hang, result => Assert.IsType<SendResult.Unconfirmed>(result), ShortPatience, facts.Outbound.Take(1));

    [Fact]
    public virtual Task An_answer_that_falls_silent_leaves_it_unconfirmed() =>
        Failing(_ => ScriptedReply.Stall, result => Assert.IsType<SendResult.Unconfirmed>(result), ShortPatience, facts.Outbound.Take(1));

    [Fact]
    public virtual async Task A_closed_port_defers()
    {
        foreach (OutboundMessage message in Units)
        {
            var sender = (IMessageSender)Open(provider.ClosedPort());
            var deferred = Assert.IsType<SendResult.Deferred>(await sender.SendAsync(message, CancellationToken.None));
            Assert.Equal(FaultKind.ProviderDown, deferred.Fault.Kind);
            NothingIsGivenAway(deferred.ToString());
        }
    }

    [Fact]
    public virtual Task Cancellation_stops_a_send() => Cancelled(!Lacks<IMessageSender>(), (channel, cancellation) =>
        ((IMessageSender)channel).SendAsync(facts.Outbound[0], cancellation).AsTask());

    [Theory]
    [InlineData("x")]
    [InlineData("ż")]
    [InlineData("📦")]
    public virtual async Task A_text_at_the_limit_passes_whole(string character)
    {
        ChannelLimits limits = facts.Type.Info.Limits;
        if (Lacks<IMessageSender>() || NothingToTry(limits.MaxText == 0))
            return;
        int unit = limits.TextUnit == TextUnit.Utf8 ? Encoding.UTF8.GetByteCount(character) : character.Length;
        string text = string.Concat(Enumerable.Repeat(character, limits.MaxText / unit));
        provider.Begin(facts.Success);
        SendResult result = await ((IMessageSender)Open()).SendAsync(facts.Outbound[0] with { Part = new TextPart(text) }, CancellationToken.None);
        Assert.IsType<SendResult.Sent>(result);
        Assert.Contains(provider.Calls, call => call.Body.Length >= limits.MaxText / unit);
        Assert.DoesNotContain(log.Lines, line => line.Contains(text, StringComparison.Ordinal));
    }

    // A text is plain: what the provider could take for marks or markup are words of the agent's.
    [Fact]
    public virtual async Task Marks_in_a_text_stay_words()
    {
        const string Words = "*a* _b_ ~c~ `d` <b>e</b> &amp; \\*f\\* [g](https://shop.example/?a=1&b=2) \"h\" 100 % +1\nanother line";
        if (Lacks<IMessageSender>())
            return;
        provider.Begin(facts.Success);
        Assert.IsType<SendResult.Sent>(await ((IMessageSender)Open()).SendAsync(facts.Outbound[0] with { Part = new TextPart(Words) }, CancellationToken.None));
        Assert.Contains(provider.Calls, call => Said(call).Contains(Words));
    }

    [Fact]
    public virtual async Task Buttons_at_the_limit_pass_whole()
    {
        ChannelLimits limits = facts.Type.Limits(facts.Settings(provider.Address));
        if (Lacks<IMessageSender>() || NothingToTry(limits.MaxButtons == 0))
            return;
        Button[] buttons = [.. Enumerable.Range(100, limits.MaxButtons).Select(number =>
            new Button($"b{number}".PadRight(limits.MaxButtonId, 'i'), $"{number}".PadRight(limits.MaxButtonLabel, 'l')))];
        string text = new('x', Math.Min(limits.MaxButtonText, limits.MaxText));
        provider.Begin(facts.Success);
        Assert.IsType<SendResult.Sent>(await ((IMessageSender)Open()).SendAsync(facts.Outbound[0] with { Part = new ButtonsPart(text, buttons) }, CancellationToken.None));
        foreach (Button button in buttons)
            Assert.True(provider.Calls.Any(call => Uri.UnescapeDataString(call.Text).Contains(button.Id, StringComparison.Ordinal)), $"button {button.Id} was not sent");
        NothingIsGivenAway();
    }

    [Fact]
    public virtual async Task A_caption_at_the_limit_passes_whole()
    {
        ChannelLimits limits = facts.Type.Limits(facts.Settings(provider.Address));
        if (Lacks<IMessageSender>() || NothingToTry(limits.MaxCaption == 0 || limits.Media.Count == 0))
            return;
        OutboundMessage sample = facts.Outbound.First(message => message.Part is MediaPart { Caption: not null });
        string caption = new('x', limits.MaxCaption);
        provider.Begin(facts.Success);
        Assert.IsType<SendResult.Sent>(await ((IMessageSender)Open()).SendAsync(sample with { Part = (MediaPart)sample.Part with { Caption = caption } }, CancellationToken.None));
        Assert.Contains(provider.Calls, call => call.Text.Contains(caption, StringComparison.Ordinal));
    }

    [Fact]
    public virtual async Task A_part_it_has_no_way_for_is_refused()
    {
        if (Lacks<IMessageSender>())
            return;
        foreach (Part part in (Part[])[new ReplyPart("yes", "Yes"), new UnsupportedPart("poll"), new OrderPart([new OrderItem("SKU-17", 1)])])
        {
            provider.Begin(facts.Success);
            SendResult result = await ((IMessageSender)Open()).SendAsync(facts.Outbound[0] with { Part = part }, CancellationToken.None);
            Assert.True(result is SendResult.Rejected { Fault.Kind: FaultKind.ContentRefused }, $"{part.GetType().Name}: {result}");
            Assert.Empty(provider.Calls);
        }
    }

    // The texts of a call: values of a form, or strings anywhere in JSON.
    private static string[] Said(ProviderCall call)
    {
        using JsonDocument? body = ProviderJson.TryParse(call.Body);
        return body is null ? [.. FakeForm.Read(call.Text).Values] : [.. Strings(body.RootElement)];

        static IEnumerable<string> Strings(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Array => value.EnumerateArray().SelectMany(Strings),
            JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Strings(member.Value)),
            _ => [],
        };
    }

    // Whenever it ends, the caller knows no more than that nobody answered.
    private static TimeSpan ShortPatience => TimeSpan.FromMilliseconds(300);

    private IEnumerable<OutboundMessage> Units => Lacks<IMessageSender>() ? [] : facts.Outbound;

    // Some providers repeat the request in their error, credentials and all.
    private static Func<ProviderCall, ScriptedReply> Echoing(int status) => call =>
        ScriptedReply.Text($"{call.Method} {call.Path}{call.Query} {string.Join(' ', call.Headers.Select(header => $"{header.Key}: {header.Value}"))}", status, "text/plain");

    private static Fault? FaultOf(SendResult result) => result switch
    {
        SendResult.Rejected rejected => rejected.Fault,
        SendResult.Deferred deferred => deferred.Fault,
        _ => null,
    };

    private async Task ForEachSend(Func<IMessageSender, OutboundMessage, Task> test)
    {
        foreach (OutboundMessage message in Units)
        {
            provider.Begin(facts.Success);
            await test((IMessageSender)Open(), message);
            NothingIsGivenAway();
        }
    }

    private Task Failing(ScriptedReply reply, Action<SendResult> judge) => Failing(_ => reply, judge);

    private async Task Failing(
        Func<ProviderCall, ScriptedReply> failure, Action<SendResult> judge, TimeSpan? timeout = null, IEnumerable<OutboundMessage>? units = null)
    {
        foreach (OutboundMessage message in Lacks<IMessageSender>() ? [] : units ?? facts.Outbound)
        {
            provider.Begin(facts.Success);
            await ((IMessageSender)Open()).SendAsync(message, CancellationToken.None);
            // A send of several calls (upload, then message) fails at the one that matters: the last.
            int last = provider.Calls.Count - 1;
            provider.Begin(call => call.Number >= last ? failure(call) : facts.Success(call));
            SendResult result = await ((IMessageSender)Open(timeout: timeout)).SendAsync(message, CancellationToken.None).AsTask().WaitAsync(Patience);
            judge(result);
            NothingIsGivenAway(result.ToString());
        }
    }

    private async Task Cancelled(bool able, Func<IChannel, CancellationToken, Task> act)
    {
        if (!able)
            return;
        using var stop = new CancellationTokenSource();
        provider.Begin(_ =>
        {
            stop.CancelAfter(TimeSpan.Zero);
            return ScriptedReply.Hang;
        });
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => act(Open(), stop.Token).WaitAsync(Patience));
        NothingIsGivenAway(cancelled.ToString());
    }
}
