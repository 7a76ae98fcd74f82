using ChannelHub.Adapters;
using ChannelHub.Channels;

namespace ChannelHub.Hooks;

/// <summary>Hands input to an adapter. One that throws, though it must not, has not understood it: the input is kept until the adapter is mended.</summary>
public sealed class InputParser(ILogger<InputParser> log)
{
    public Received Parse(LiveChannel channel, IReceiver receiver, AuthenticInput input)
    {
        try
        {
            return receiver.Parse(input);
        }
        catch (Exception failure)
        {
            // Its words may repeat what a customer wrote.
            log.LogError("The adapter of channel {Channel} failed to parse an input: {Failure}", channel.PublicId, failure.GetType().FullName);
            return new Received(new Entry.Unreadable(input.Body, $"the adapter failed ({failure.GetType().Name})"));
        }
    }
}
