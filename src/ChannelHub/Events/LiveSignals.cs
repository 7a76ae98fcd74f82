using System.Text.Json;
using System.Threading.Channels;
using ChannelHub.Api;
using ChannelHub.Core.Ids;

namespace ChannelHub.Events;

/// <summary>What is shown live and kept nowhere: somebody is typing. Streams that are too slow for it miss it.</summary>
public sealed class LiveSignals
{
    private readonly Lock gate = new();
    private Channel<byte[]>[] streams = [];

    /// <summary>A customer began or stopped typing.</summary>
    public void Typing(long customerId, long identityId, bool typing)
    {
        Channel<byte[]>[] listening = streams;
        if (listening.Length == 0)
            return;
        var shape = new TypingShape(HubId.Format(IdPrefix.Customer, customerId), HubId.Format(IdPrefix.Conversation, customerId),
            HubId.Format(IdPrefix.Identity, identityId), typing);
        byte[] frame = Sse.Frame(id: null, "typing", JsonSerializer.SerializeToUtf8Bytes(shape, ApiJson.Options));
        foreach (Channel<byte[]> stream in listening)
            stream.Writer.TryWrite(frame);
    }

    internal Channel<byte[]> Listen()
    {
        var stream = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (gate)
            streams = [.. streams, stream];
        return stream;
    }

    internal void Leave(Channel<byte[]> stream)
    {
        lock (gate)
            streams = [.. streams.Where(s => s != stream)];
    }
}

/// <summary>Data of the live-only <c>typing</c> signal.</summary>
public sealed record TypingShape(string CustomerId, string ConversationId, string IdentityId, bool Typing);
