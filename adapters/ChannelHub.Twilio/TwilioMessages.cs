using System.Globalization;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>One request about messages as entries. Pure and total.</summary>
internal static class TwilioMessages
{
    /// <summary>When a message came, which only a fetched one tells.</summary>
    public const string PulledDate = "HubDateSent";

    public static Received Parse(AuthenticInput input, TwilioMessagingSettings settings, bool whatsApp)
    {
        TwilioForm form = TwilioForm.Of(input);
        if ((form.Id("MessageSid") ?? form.Id("SmsSid")) is not { } sid)
            return new(new Entry.Unreadable(input.Body, "MessageSid is missing"));
        if (!string.IsNullOrEmpty(settings.AccountSid) && form["AccountSid"] is { } account && account != settings.AccountSid)
            return new(new Ignored($"other:{sid}", "a message of another account"));
        return form["MessageStatus"] is { } status ? new(Status(form, sid, status, input.Query)) : Message(input, form, sid, settings, whatsApp);
    }

    private static ChannelEvent Status(TwilioForm form, string sid, string status, IReadOnlyDictionary<string, string> query)
    {
        string key = $"s:{sid}:{CleanText.Truncate(status, 32)}";
        DeliveryState? state = status switch
        {
            "sent" => DeliveryState.Sent,
            "delivered" => DeliveryState.Delivered,
            "read" => DeliveryState.Read,
            "failed" or "undelivered" or "canceled" => DeliveryState.Failed,
            _ => null,
        };
        if (state is not { } reached)
            return new Ignored(key, $"{CleanText.Truncate(status, 32)} says nothing of the customer yet");
        // The hub's own id stands in the address, so that a report may come before the send is answered, or instead.
        string? own = query.TryGetValue(TwilioSending.KeyParameter, out string? given) && given.StartsWith("msg_", StringComparison.Ordinal) && given.Length <= 64 ? CleanText.Clean(given) : null;
        return new DeliveryReported(key, new ExternalId(own ?? sid), reached)
        {
            ProviderId = own is null ? null : new ExternalId(sid),
            Fault = reached is DeliveryState.Failed ? TwilioErrors.Later(form["ErrorCode"], status) : null,
        };
    }

    private static Received Message(AuthenticInput input, TwilioForm form, string sid, TwilioMessagingSettings settings, bool whatsApp)
    {
        if (form.Id("From", 300) is not { } from)
            return new(new Entry.Unreadable(input.Body, "From is missing"));
        string network = TwilioAddresses.NetworkOf(from);
        if (network != (whatsApp ? "whatsapp" : ""))
            return new(new Ignored($"network:{sid}", network.Length == 0 ? "a text message, which is for a channel of its own" : $"a message by {CleanText.Truncate(network, 32)}, which is for a channel of its own"));
        if (TwilioAddresses.Read(form, from, settings.SenderTrust) is not { } sender)
            return new(new Entry.Unreadable(input.Body, "From is not an address"));
        if (TwilioContent.Read(form) is not { } parts)
            return new(new Entry.Unreadable(input.Body, "a file or a place lacks what it must have"));
        var received = new MessageReceived(new ExternalId(sid), sender, parts)
        {
            ReplyTo = form.Id("OriginalRepliedMessageSid") is { } answered ? new ExternalId(answered) : null,
            Metadata = TwilioContent.Metadata(form),
            At = input.Method == "PULL" && DateTimeOffset.TryParseExact(form[PulledDate], "O", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTimeOffset at) ? at : null,
        };
        return TwilioKeywords.OptedOut(form["OptOutType"], form["Body"], whatsApp) is { } optedOut
            ? new([received, new SubscriptionChanged($"{(optedOut ? "stop" : "start")}:{sid}", sender, optedOut)])
            : new(received);
    }
}
