using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>One request of Viber as an entry. Pure and total.</summary>
internal static class ViberEvents
{
    /// <summary>What we ask Viber for beside <c>message</c> and <c>webhook</c>, which always come.</summary>
    public static readonly string[] Asked = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"];

    public static Received Parse(AuthenticInput input, ViberSettings settings)
    {
        using JsonDocument? document = ProviderJson.TryParse(input.Body);
        if (document is null)
            return new(new Entry.Unreadable(input.Body, "not JSON"));
        JsonElement body = document.RootElement;
        (ChannelEvent? read, string broken) = body.Id("event", 64) is not { } kind ? (null, "event is not a word")
            : TokenOf(body) is not { } token ? (null, "message_token is not a whole number")
            : Read(body, kind, token);
        HookReply? reply = read is not null && body.Text("event") == "conversation_started" ? ViberWelcome.Answer(body, settings) : null;
        return new(read is null ? new Entry.Unreadable(input.Body, broken) : read, reply);
    }

    /// <summary>Tokens are unsigned 64-bit numbers beyond what a double holds, so they stay text.</summary>
    public static string? TokenOf(JsonElement body) =>
        body.Get("message_token") is { ValueKind: JsonValueKind.Number } token && token.TryGetUInt64(out ulong number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : null;

    private static (ChannelEvent? Event, string Broken) Read(JsonElement body, string kind, string token) => kind switch
    {
        "message" => Message(body, token),
        "delivered" => Receipt(body, token, "d", DeliveryState.Delivered),
        "seen" => Receipt(body, token, "s", DeliveryState.Read),
        "failed" => Receipt(body, token, "f", DeliveryState.Failed),
        "subscribed" => ViberSenders.Read(body.Child("user")) is { } user
            ? (new SubscriptionChanged($"in:{token}", user, OptedOut: false) { At = Time(body) }, "")
            : (null, "user has no id"),
        "unsubscribed" => body.Id("user_id", 512) is { } id
            ? (new SubscriptionChanged($"out:{token}", ViberSenders.Of(id), OptedOut: true) { At = Time(body) }, "")
            : (null, "user_id is not an id"),
        "conversation_started" => (new Ignored($"open:{token}", "the chat was opened; nothing was written yet"), ""),
        "webhook" => (new Ignored($"hook:{token}", "Viber tried the address while it was being registered"), ""),
        _ => (new Ignored($"{CleanText.Truncate(kind, 32)}:{token}", $"events of kind {kind} are not supported"), ""),
    };

    private static (ChannelEvent? Event, string Broken) Message(JsonElement body, string token)
    {
        if (body.Has("chat_id") || body.Child("message").Has("chat_id"))
            return (new Ignored($"group:{token}", "group chats are not supported"), "");
        if (ViberSenders.Read(body.Child("sender")) is not { } sender)
            return (null, "sender has no id");
        JsonElement message = body.Child("message");
        if (ViberContent.Read(message) is not { } parts)
            return (null, $"a message of type {message.Text("type", 32) ?? "unknown"} lacks what it must have");
        return (new MessageReceived(new ExternalId(token), sender, parts) { At = Time(body), Metadata = ViberContent.Metadata(message) }, "");
    }

    // Each device of a customer reports for itself; the first counts, and the key makes the others duplicates.
    private static (ChannelEvent? Event, string Broken) Receipt(JsonElement body, string token, string mark, DeliveryState state)
    {
        if (body.Id("user_id", 128) is not { } user)
            return (null, "user_id is not an id");
        return (new DeliveryReported($"{mark}:{token}:{user}", new ExternalId(token), state)
        {
            At = Time(body),
            Fault = state is DeliveryState.Failed ? ViberErrors.Later(body.Text("desc", 300) ?? "no reason was given") : null,
        }, "");
    }

    private static DateTimeOffset? Time(JsonElement body) =>
        body.Long("timestamp") is { } milliseconds and > 0 and <= 253_402_300_799_999 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
}
