using ChannelHub.Adapters;
using ChannelHub.Email;
using ChannelHub.Http;
using ChannelHub.Meta;
using ChannelHub.Telegram;
using ChannelHub.Twilio;
using ChannelHub.Viber;
using ChannelHub.Vk;
using ChannelHub.WebChat;
using ChannelHub.WhatsApp;

namespace ChannelHub.Channels;

/// <summary>The adapters that come with the hub. The list is the feature list; nothing is scanned for.</summary>
public static class BuiltInChannels
{
    public static IReadOnlyList<ChannelType> All { get; } =
    [
        new TelegramChannelType(), new WhatsAppChannelType(), new MessengerChannelType(), new InstagramChannelType(),
        new TwilioSmsChannelType(), new TwilioWhatsAppChannelType(), new TwilioVoiceChannelType(), new ViberChannelType(), new VkChannelType(), new EmailChannelType(),
        new WebChatChannelType(), new HttpChannelType(),
    ];
}
