using ChannelHub.Adapters;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Channels;

namespace ChannelHub.Channels;

/// <summary>
/// A channel as it is now: its row, its type, and the opened account. Immutable; a change of settings or state makes a new one. The account is null when
/// the settings cannot be opened (a lost master key, a type that is no longer there), and the state says why.
/// </summary>
public sealed record LiveChannel(ChannelRow Row, ChannelType? Type, IChannel? Account, SettingsHalves? Halves, string? DefaultCountry)
{
    public long Id => Row.Id;

    /// <summary>The id outside.</summary>
    public string PublicId { get; } = HubId.Format(IdPrefix.Channel, Row.Id);

    /// <summary>What a unit may be at most with these settings.</summary>
    public ChannelLimits Limits { get; init; } = Type?.Info.Limits ?? new ChannelLimits();

    /// <summary>The kind of key by which it reaches customers with these settings.</summary>
    public string? KeyKind { get; init; } = Type?.Info.KeyKind;

    public bool Enabled => Row.Enabled != 0;

    /// <summary>Stops sending and pulling; hooks still accept.</summary>
    public bool Paused => Row.State == ChannelStates.Paused;

    /// <summary>The state as clients see it.</summary>
    public string State => Enabled ? Row.State : ChannelStates.Disabled;

    /// <summary>An ability of the account, if it has it and the half of the settings it needs is complete.</summary>
    public T? Ability<T>() where T : class, IChannel =>
        Account is T ability && NeededFor(typeof(T), Halves!).Complete ? ability : null;

    // A channel that sends nothing calls its provider all the same, with what it fetches files with.
    private static SettingsHalf NeededFor(Type ability, SettingsHalves halves) =>
        ability.IsAssignableTo(typeof(IReceiver)) ? halves.Receiving
        : ability == typeof(IMediaSource) || (ability == typeof(IWebhookRegistrar) && halves.Sending == SettingsHalf.Absent) ? halves.Fetching
        : halves.Sending;
}

/// <summary>The states of a channel.</summary>
public static class ChannelStates
{
    public const string Ok = "ok";
    public const string Paused = "paused";
    public const string Down = "down";
    public const string Disabled = "disabled";
}
