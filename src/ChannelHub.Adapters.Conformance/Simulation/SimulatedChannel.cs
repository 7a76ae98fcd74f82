using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>One account at a fake provider, and the hub's channel that serves it.</summary>
public abstract class SimulatedChannel
{
    /// <summary>The channel's type in the hub.</summary>
    public abstract string Type { get; }

    /// <summary>What people call it.</summary>
    public abstract string Title { get; }

    /// <summary>The hub's channel; null until the simulator is connected.</summary>
    public string? ChannelId { get; private set; }

    /// <summary>What a person's address on it is, as the hub shows it.</summary>
    public abstract string AddressOf(SimulatedPerson person);

    /// <summary>The secrets it was set up with: nothing the hub says may contain one of them.</summary>
    public abstract IReadOnlyList<string> Secrets { get; }

    /// <summary>What the hub did that the provider does not take.</summary>
    public abstract IReadOnlyList<string> Violations { get; }

    /// <summary>How long a customer's file keeps whoever fetches it waiting.</summary>
    public abstract void SlowMedia(TimeSpan delay);

    /// <summary>Whether the hub can register its webhook; else it is entered by hand.</summary>
    internal virtual bool IsRegistered => true;

    /// <summary>The channel's settings, with this account's test credentials.</summary>
    internal abstract JsonObject Settings(Uri hub);

    /// <summary>The hub listens from now on. What the provider's dashboard would be told by hand is told here.</summary>
    internal virtual void Connected(string channelId, Uri hook) => ChannelId = channelId;

    /// <summary>Takes the webhooks that wait.</summary>
    internal abstract IEnumerable<SimulatedDelivery> Take();
}

/// <summary>One webhook that waits to be delivered.</summary>
/// <param name="Type">Of which channel.</param>
/// <param name="PushAsync">Delivers it, signed; the status of the answer.</param>
internal sealed record SimulatedDelivery(string Type, Func<CancellationToken, Task<int>> PushAsync);
