using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>What the hub sends, as the parameters of <c>messages.send</c> and its kin. Pure.</summary>
internal static partial class VkSending
{
    private const int RowsInMessage = 6;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Null for what VK has no way to send.</summary>
    public static List<(string Name, string? Value)>? Parameters(OutboundMessage message, long peer, string? attachment)
    {
        if (Content(message.Part, attachment) is not { } content)
            return null;
        return
        [
            // As a list of one, so that the answer tells the message's number in the dialogue.
            ("peer_ids", Number(peer)), ("random_id", Number(VkRandomId.Of(message.Key))), ("payload", VkPayload.OfSend(message.Key)), ("disable_mentions", "1"),
            ("forward", VkMessageId.From(message.ReplyTo) is { } answered && answered.Peer == peer ? Answering(answered) : null), .. content,
        ];
    }

    /// <summary>Null for what cannot be edited.</summary>
    public static List<(string Name, string? Value)>? Edit(Part part, VkMessageId id) => part switch
    {
        TextPart text => [.. On(id), ("message", Plain(text.Text))],
        ButtonsPart question => [.. On(id), ("message", Plain(question.Text)), ("keyboard", Keyboard(question.Buttons))],
        MediaPart file => [.. On(id), ("message", Plain(file.Caption ?? "")), ("keep_snippets", "1"), ("keep_forward_messages", "1")],
        _ => null,
    };

    /// <summary>The parameters that name one message.</summary>
    public static (string Name, string? Value)[] On(VkMessageId id) => [("peer_id", Number(id.Peer)), ("cmid", Number(id.Number))];

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static (string Name, string? Value)[]? Content(Part part, string? attachment) => part switch
    {
        TextPart text => [("message", Plain(text.Text))],
        ButtonsPart question => [("message", Plain(question.Text)), ("keyboard", Keyboard(question.Buttons))],
        MediaPart file when attachment is not null => [("attachment", attachment), ("message", string.IsNullOrEmpty(file.Caption) ? null : Plain(file.Caption))],
        LocationPart place =>
        [
            ("lat", place.Latitude.ToString("0.######", CultureInfo.InvariantCulture)), ("long", place.Longitude.ToString("0.######", CultureInfo.InvariantCulture)),
            ("message", string.Join('\n', ((string?[])[place.Name, place.Address]).Where(line => !string.IsNullOrWhiteSpace(line))) is { Length: > 0 } words ? Plain(words) : null),
        ],
        _ => null,
    };

    private static string Answering(VkMessageId id) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["peer_id"] = id.Peer,
        ["conversation_message_ids"] = (long[])[id.Number],
        ["is_reply"] = true,
    });

    private static string Keyboard(IReadOnlyList<Button> buttons)
    {
        int perRow = buttons.Count > RowsInMessage ? 2 : 1;
        return JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["inline"] = true,
            ["buttons"] = buttons.Select(Key).Chunk(perRow).ToArray(),
        }, Compact);

        static Dictionary<string, object> Key(Button button) => button.Url is null
            ? new() { ["action"] = new Dictionary<string, string> { ["type"] = "text", ["label"] = button.Label, ["payload"] = VkPayload.OfButton(button.Id) }, ["color"] = "secondary" }
            : new() { ["action"] = new Dictionary<string, string> { ["type"] = "open_link", ["label"] = button.Label, ["link"] = button.Url } };
    }

    // VK turns [id1|words], @id1 and *id1 into links to people; an agent's words stay words.
    private static string Plain(string text)
    {
        string plain = Mention().Replace(text, match => match.Value[0] + "\u2060" + match.Value[1..]);
        return plain.Length <= VkChannelType.MaxText ? plain : text;
    }

    [GeneratedRegex(@"(?:\[(?=(?:id|club|public|event|app|https?:)[^\]\|]*\|)|[@*](?=(?:id|club|public|event)\d+))", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();
}
