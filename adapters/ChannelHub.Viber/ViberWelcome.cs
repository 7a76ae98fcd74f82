using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>The one message that Viber takes in the answer to "the chat was opened".</summary>
internal static class ViberWelcome
{
    /// <summary>Leads the context of a deep link, which comes back with the customer's first words.</summary>
    public const string Mark = "ctx:";

    public static HookReply? Answer(JsonElement body, ViberSettings settings)
    {
        if (string.IsNullOrWhiteSpace(settings.WelcomeMessage))
            return null;
        ReadOnlyMemory<byte> welcome = ViberSending.Json(writer =>
        {
            ViberSending.WriteSender(writer, settings);
            if (body.Text("context", 2048) is { Length: > 0 } context)
                writer.WriteString("tracking_data", Mark + context);
            writer.WriteString("type", "text");
            writer.WriteString("text", settings.WelcomeMessage);
        });
        return HookReply.Text(Encoding.UTF8.GetString(welcome.Span), "application/json");
    }
}
