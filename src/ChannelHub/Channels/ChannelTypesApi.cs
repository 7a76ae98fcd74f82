using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Channels;

/// <summary><c>/v1/channel-types</c>: which kinds of channel this hub knows.</summary>
public static class ChannelTypesApi
{
    private static readonly (Type Ability, string Name)[] Abilities =
    [
        (typeof(IWebhookReceiver), "webhook"), (typeof(IMessagePuller), "pull"), (typeof(IMessageSender), "send"), (typeof(IMediaSource), "media"),
        (typeof(IMediaInInput), "media"),
        (typeof(IWebhookRegistrar), "register_webhook"), (typeof(IMessageEditor), "edit"), (typeof(IMessageDeleter), "delete"),
        (typeof(IReactionSender), "react"), (typeof(IReadMarker), "mark_read"), (typeof(ITypingSignal), "typing"), (typeof(ITypingAtMessage), "typing"),
        (typeof(IProfileSource), "profile"),
    ];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/channel-types", List).RequireScope(Scopes.ChannelsRead).WithTags("Channels")
            .WithSummary("List the channel types with their settings, abilities and limits");

    private static Ok<Page<ChannelTypeShape>> List(ChannelTypes types) =>
        TypedResults.Ok(new Page<ChannelTypeShape>([.. types.All.Select(Show)], Next: null));

    private static ChannelTypeShape Show(ChannelType type) => new(
        type.Info.Id, type.Info.Name, ChannelSettings.SchemaOf(type),
        [.. Abilities.Where(a => a.Ability.IsAssignableFrom(type.ChannelClass)).Select(a => a.Name)], Show(type.Info.Limits));

    private static ChannelLimitsShape Show(ChannelLimits limits) => new()
    {
        MaxText = limits.MaxText,
        TextUnit = JsonNamingPolicy.SnakeCaseLower.ConvertName(limits.TextUnit.ToString()),
        MaxCaption = limits.MaxCaption,
        MaxButtons = limits.MaxButtons,
        MaxButtonsWithLinks = Math.Min(limits.MaxButtonsWithLinks, limits.MaxButtons),
        MaxButtonText = Math.Min(limits.MaxButtonText, limits.MaxText),
        MaxButtonLabel = limits.MaxButtonLabel,
        MaxButtonId = limits.MaxButtonId,
        Media = [.. limits.Media.Select(kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()))],
        MaxFileBytes = limits.MaxFileBytes,
        MaxInboundFileBytes = limits.MaxInboundFileBytes,
        Locations = limits.Locations,
        Templates = limits.Templates,
        WindowHours = limits.Window?.TotalHours,
        Contacts = limits.Contacts,
        SendsPerSecond = limits.SendsPerSecond,
        SendsPerSecondPerRecipient = limits.SendsPerSecondPerRecipient,
        RecipientBurst = limits.RecipientBurst,
        MaxWebhookBytes = limits.MaxWebhookBytes,
        MediaExpiryS = (long)limits.MediaExpiry.TotalSeconds,
    };
}

/// <summary>A kind of channel.</summary>
/// <param name="Id">Stable id, such as <c>telegram</c>.</param>
/// <param name="Name">Name for people.</param>
/// <param name="SettingsSchema">JSON schema of a channel's <c>settings</c>; secrets are marked <c>writeOnly</c>.</param>
/// <param name="Abilities">
/// What a channel of this type can do with complete settings: <c>webhook</c>, <c>pull</c>, <c>send</c>, <c>media</c>, <c>register_webhook</c>, <c>edit</c>,
/// <c>delete</c>, <c>react</c>, <c>mark_read</c>, <c>typing</c>.
/// </param>
/// <param name="Limits">What the provider takes at most.</param>
public sealed record ChannelTypeShape(string Id, string Name, JsonObject SettingsSchema, IReadOnlyList<string> Abilities, ChannelLimitsShape Limits);

/// <summary>What a provider takes at most. Zero or an empty list means: not at all.</summary>
public sealed record ChannelLimitsShape
{
    /// <summary>Length of one text in <c>text_unit</c>; longer texts are split.</summary>
    public required int MaxText { get; init; }

    /// <summary>How text is counted: <c>utf16</c> code units or <c>utf8</c> bytes.</summary>
    public required string TextUnit { get; init; }

    /// <summary>Length of a caption; a longer one is sent as a text of its own.</summary>
    public required int MaxCaption { get; init; }

    /// <summary>Buttons of one message; more are written out as text.</summary>
    public required int MaxButtons { get; init; }

    /// <summary>Buttons of one message when one of them opens a page.</summary>
    public required int MaxButtonsWithLinks { get; init; }

    /// <summary>Length of the text above buttons; what is before it is sent on its own.</summary>
    public required int MaxButtonText { get; init; }

    /// <summary>Whether messages that the provider approved beforehand can be sent.</summary>
    public required bool Templates { get; init; }

    /// <summary>How long after a customer's last word the provider lets the shop write freely, in hours; later only templates. Null: always.</summary>
    public required double? WindowHours { get; init; }

    /// <summary>Length of a button's label.</summary>
    public required int MaxButtonLabel { get; init; }

    /// <summary>Bytes of a button's id.</summary>
    public required int MaxButtonId { get; init; }

    /// <summary>Kinds of file that can be sent: <c>image</c>, <c>audio</c>, <c>video</c>, <c>file</c>, <c>sticker</c>.</summary>
    public required IReadOnlyList<string> Media { get; init; }

    /// <summary>Largest file in bytes that can be sent.</summary>
    public required long MaxFileBytes { get; init; }

    /// <summary>Largest file in bytes that is fetched.</summary>
    public required long MaxInboundFileBytes { get; init; }

    /// <summary>Whether places can be sent as such.</summary>
    public required bool Locations { get; init; }

    /// <summary>Whether contact cards can be sent as such.</summary>
    public required bool Contacts { get; init; }

    /// <summary>Sends a second over the whole channel.</summary>
    public required double SendsPerSecond { get; init; }

    /// <summary>Sends a second to one recipient.</summary>
    public required double SendsPerSecondPerRecipient { get; init; }

    /// <summary>Sends to one recipient that may go out at once before that rate applies.</summary>
    public required int RecipientBurst { get; init; }

    /// <summary>Largest webhook body in bytes.</summary>
    public required int MaxWebhookBytes { get; init; }

    /// <summary>For how many seconds after its message a received file can be fetched.</summary>
    public required long MediaExpiryS { get; init; }
}
