using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.Meta;

/// <summary>What the hub sends, as bodies of the Send API. Text goes out plain: there is no formatting.</summary>
internal static class MetaSending
{
    private const int MostTemplateButtons = 3;

    /// <summary>Null for what there is no message for.</summary>
    public static HttpContent? Body(OutboundMessage message, string customer, MetaFile? file, bool byHumanAgent)
    {
        Action<Utf8JsonWriter>? content = message.Part switch
        {
            TextPart text => writer => writer.WriteString("text", text.Text),
            MediaPart when file is not null => writer => File(writer, file),
            ButtonsPart { Buttons.Count: > 0 and <= MostTemplateButtons } question => writer => Template(writer, question),
            ButtonsPart { Buttons.Count: > 0 } question => writer => QuickReplies(writer, question),
            _ => null,
        };
        return content is null ? null : GraphBody.Json(writer =>
        {
            Recipient(writer, customer);
            writer.WriteString("messaging_type", byHumanAgent ? "MESSAGE_TAG" : "RESPONSE");
            if (byHumanAgent)
                writer.WriteString("tag", "HUMAN_AGENT");
            writer.WriteStartObject("message");
            content(writer);
            // It comes back in the echo, and is all there is to recognise a send by that nobody answered.
            writer.WriteString("metadata", message.Key);
            writer.WriteEndObject();
            if (message.ReplyTo is { } quoted)
            {
                writer.WriteStartObject("reply_to");
                writer.WriteString("mid", quoted.Value);
                writer.WriteEndObject();
            }
        });
    }

    /// <summary>What an upload says of its file.</summary>
    public static string Attachment(string type) => "{\"attachment\":{\"type\":\"" + type + "\",\"payload\":{\"is_reusable\":false}}}";

    /// <summary>A request of its own: together with a message it is refused.</summary>
    public static HttpContent Action(string customer, string action) => GraphBody.Json(writer =>
    {
        Recipient(writer, customer);
        writer.WriteString("sender_action", action);
    });

    public static HttpContent Reaction(string customer, ExternalId id, string? reaction) => GraphBody.Json(writer =>
    {
        Recipient(writer, customer);
        writer.WriteString("sender_action", reaction is null ? "unreact" : "react");
        writer.WriteStartObject("payload");
        writer.WriteString("message_id", id.Value);
        if (reaction is not null)
            writer.WriteString("reaction", Name(reaction));
        writer.WriteEndObject();
    });

    private static void Recipient(Utf8JsonWriter writer, string customer)
    {
        writer.WriteStartObject("recipient");
        writer.WriteString("id", customer);
        writer.WriteEndObject();
    }

    private static void File(Utf8JsonWriter writer, MetaFile file)
    {
        writer.WriteStartObject("attachment");
        writer.WriteString("type", file.Type);
        writer.WriteStartObject("payload");
        if (file.Id is not null)
            writer.WriteString("attachment_id", file.Id);
        else
            writer.WriteString("url", file.Link!.AbsoluteUri);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // These stay where they are; quick replies, of which there may be more, go away with the first answer.
    private static void Template(Utf8JsonWriter writer, ButtonsPart question)
    {
        writer.WriteStartObject("attachment");
        writer.WriteString("type", "template");
        writer.WriteStartObject("payload");
        writer.WriteString("template_type", "button");
        writer.WriteString("text", question.Text);
        writer.WriteStartArray("buttons");
        foreach (Button button in question.Buttons)
        {
            writer.WriteStartObject();
            writer.WriteString("type", button.Url is null ? "postback" : "web_url");
            writer.WriteString("title", button.Label);
            writer.WriteString(button.Url is null ? "payload" : "url", button.Url ?? button.Id);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void QuickReplies(Utf8JsonWriter writer, ButtonsPart question)
    {
        writer.WriteString("text", question.Text);
        writer.WriteStartArray("quick_replies");
        foreach (Button button in question.Buttons)
        {
            writer.WriteStartObject();
            writer.WriteString("content_type", "text");
            writer.WriteString("title", button.Label);
            writer.WriteString("payload", button.Id);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    // The classic seven have names of their own.
    private static string Name(string reaction) => reaction switch
    {
        "❤" or "❤️" or "😍" => "love",
        "😆" or "😂" or "😄" => "smile",
        "😮" => "wow",
        "😢" => "sad",
        "😠" or "😡" => "angry",
        "👍" => "like",
        "👎" => "dislike",
        _ => reaction,
    };
}
