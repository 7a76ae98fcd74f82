using ChannelHub.Adapters;

namespace ChannelHub.Meta;

/// <summary>Where Messenger and Instagram differ.</summary>
/// <param name="Kind">Kind of a customer's key, and id of the channel type.</param>
/// <param name="Object">What the webhook calls it.</param>
/// <param name="Fields">What is subscribed to.</param>
/// <param name="ProfileFields">What a profile is asked for.</param>
internal sealed record MetaProduct(string Kind, string Object, string Fields, string ProfileFields)
{
    private const int Megabyte = 1024 * 1024;

    public static MetaProduct Messenger { get; } = new("messenger", "page",
        "messages,messaging_postbacks,message_deliveries,message_reads,message_echoes,message_reactions,message_edits,messaging_referrals,messaging_optins,"
        + "messaging_handovers,standby", "first_name,last_name");

    // Echoes come with the messages, and there are no deliveries.
    public static MetaProduct Instagram { get; } = new("instagram", "instagram",
        "messages,messaging_postbacks,messaging_seen,message_reactions,message_edits,messaging_referrals,messaging_optins,messaging_handovers,standby", "name,username");

    public bool IsInstagram => this == Instagram;

    public ChannelInfo Info(string name) => new()
    {
        Id = Kind,
        Name = name,
        KeyKind = Kind,
        Limits = new ChannelLimits
        {
            MaxText = IsInstagram ? 1000 : 2000,
            TextUnit = IsInstagram ? TextUnit.Utf8 : TextUnit.Utf16,
            // One attachment or one text a message.
            MaxCaption = 0,
            MaxButtons = 13,
            MaxButtonsWithLinks = 3,
            MaxButtonText = 640,
            MaxButtonLabel = 20,
            MaxButtonId = 1000,
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File, MediaKind.Sticker],
            MaxFileBytes = 25 * Megabyte,
            Window = TimeSpan.FromHours(24),
            SendsPerSecond = IsInstagram ? 100 : 300,
            SendsPerSecondPerRecipient = 1,
            RecipientBurst = 10,
            MaxWebhookBytes = 4 * Megabyte,
            MediaExpiry = TimeSpan.FromDays(1),
        },
    };

    /// <summary>Why a file cannot be sent, or as what it is sent.</summary>
    public (string? As, string? Problem) Way(MediaKind kind, string contentType, long size)
    {
        string way = contentType.Split('/')[0] is "image" or "audio" or "video" && kind != MediaKind.File ? contentType.Split('/')[0] : "file";
        return (way, contentType) switch
        {
            _ when !IsInstagram => (way, null),
            ("image", not ("image/jpeg" or "image/png")) => (null, "Instagram takes pictures as JPEG and PNG"),
            ("image", _) when size > 8 * Megabyte => (null, "Instagram takes pictures of at most 8 MB"),
            ("file", not "application/pdf") => (null, "Instagram takes no other files than PDF"),
            _ => (way, null),
        };
    }
}
