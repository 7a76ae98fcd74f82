using ChannelHub.Adapters;
using ChannelHub.Channels;

namespace ChannelHub.Hooks;

/// <summary>
/// Hands input to adapters. They must not throw; one that does has not vouched for a request, or has not understood an input, and that is kept
/// until it is mended.
/// </summary>
public sealed class InputParser(ILogger<InputParser> log)
{
    /// <summary>The input, if the request is authentic.</summary>
    public AuthenticInput? Verify(
        LiveChannel channel, IWebhookReceiver receiver, WebhookRequest request, ChannelInfo info, IReadOnlyDictionary<string, string> query)
    {
        try
        {
            return AuthenticInput.From(receiver, request, info, query);
        }
        catch (Exception failure)
        {
            Tell(channel, "verify a request", failure);
            return null;
        }
    }

    /// <summary>What an input says.</summary>
    public Received Parse(LiveChannel channel, IReceiver receiver, AuthenticInput input)
    {
        try
        {
            return receiver.Parse(input);
        }
        catch (Exception failure)
        {
            Tell(channel, "parse an input", failure);
            return new Received(new Entry.Unreadable(input.Body, $"the adapter failed ({failure.GetType().Name})"));
        }
    }

    // An exception's words may repeat what a customer wrote.
    private void Tell(LiveChannel channel, string what, Exception failure) =>
        log.LogError("The adapter of channel {Channel} failed to {What}: {Failure}", channel.PublicId, what, failure.GetType().FullName);
}
