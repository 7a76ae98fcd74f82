using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Channels;

/// <summary>A channel: one configured account of a channel type.</summary>
public sealed record ChannelShape
{
    /// <summary>Id of the channel (<c>chn_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Id of its channel type, such as <c>telegram</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Name for people.</summary>
    public required string Name { get; init; }

    /// <summary>Every setting of the type with its value or default. A secret that is stored reads <c>•••</c>.</summary>
    public required JsonObject Settings { get; init; }

    /// <summary>False: switched off by a person; nothing is received or sent.</summary>
    public required bool Enabled { get; init; }

    /// <summary>
    /// <c>ok</c>; <c>paused</c>: the provider refuses the credentials, nothing is sent or pulled until the settings change or somebody resumes it;
    /// <c>down</c>: the provider cannot be reached, the hub goes on trying; <c>disabled</c>: switched off.
    /// </summary>
    public required string State { get; init; }

    /// <summary>Why it is paused or down.</summary>
    public required string? StateReason { get; init; }

    /// <summary>The address to enter at the provider.</summary>
    public required string WebhookUrl { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A channel to make.</summary>
public sealed record NewChannel
{
    /// <summary>Id of a channel type; <c>GET /v1/channel-types</c> lists them.</summary>
    public string? Type { get; init; }

    /// <summary>Name for people; at most 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>By the type's <c>settings_schema</c>. At least what is needed to receive or what is needed to send.</summary>
    public JsonElement Settings { get; init; }

    /// <summary>False makes it switched off. Default: true.</summary>
    public bool? Enabled { get; init; }
}

/// <summary>What to change of a channel; what is left out stays.</summary>
public sealed record ChannelPatch
{
    /// <summary>The type cannot be changed; a value other than the channel's is refused.</summary>
    public string? Type { get; init; }

    /// <summary>Name for people; at most 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Settings to change; those left out stay and null removes one. A secret given as <c>•••</c> stays. Entries of a list are given whole, but for their
    /// secrets: those stay with the same <c>kid</c>, or without one at the same place. Changing settings lets a paused channel go on.
    /// </summary>
    public JsonElement Settings { get; init; }

    /// <summary>Switches the channel on or off.</summary>
    public bool? Enabled { get; init; }
}
