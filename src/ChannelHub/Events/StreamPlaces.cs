using ChannelHub.Options;

namespace ChannelHub.Events;

/// <summary>So many live streams an API key may have open; the oldest gives way to a new one.</summary>
public sealed class StreamPlaces(HubOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, LinkedList<Place>> byKey = [];

    public Place Take(long keyId)
    {
        var place = new Place(this, keyId);
        Place? oldest = null;
        lock (gate)
        {
            if (!byKey.TryGetValue(keyId, out LinkedList<Place>? places))
                byKey.Add(keyId, places = []);
            places.AddLast(place);
            if (places.Count > options.Events.StreamsPerKey)
            {
                oldest = places.First!.Value;
                places.RemoveFirst();
            }
        }
        oldest?.GiveWay();
        return place;
    }

    private void Release(Place place)
    {
        lock (gate)
        {
            if (byKey.TryGetValue(place.KeyId, out LinkedList<Place>? places) && places.Remove(place) && places.Count == 0)
                byKey.Remove(place.KeyId);
        }
    }

    /// <summary>One open stream.</summary>
    public sealed class Place(StreamPlaces owner, long keyId) : IDisposable
    {
        private readonly CancellationTokenSource lost = new();

        public long KeyId => keyId;

        /// <summary>Cancelled when a newer stream took its place.</summary>
        public CancellationToken Lost => lost.Token;

        internal void GiveWay() => lost.Cancel();

        public void Dispose()
        {
            owner.Release(this);
            lost.Dispose();
        }
    }
}
