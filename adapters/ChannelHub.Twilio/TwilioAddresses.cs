using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>Who is at the other end. WhatsApp's people are numbers too, so that a text, a call and a chat of one number are one identity.</summary>
internal static class TwilioAddresses
{
    public const string WhatsAppPrefix = "whatsapp:";

    /// <summary>The kind of key of those of WhatsApp who hide their number.</summary>
    private const string WhatsAppKind = "whatsapp";

    /// <summary>Of which network an address is: empty for the telephone's.</summary>
    public static string NetworkOf(string address) => address.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 ? address[..colon].ToLowerInvariant() : "";

    /// <summary>Whoever sent this; null if the address is none.</summary>
    public static Sender? Read(TwilioForm form, string from, SenderTrust trust)
    {
        bool whatsApp = from.StartsWith(WhatsAppPrefix, StringComparison.OrdinalIgnoreCase);
        string value = whatsApp ? from[WhatsAppPrefix.Length..] : from;
        if (value.Length is 0 or > 256)
            return null;
        var key = !whatsApp || value[0] == '+' ? new Key(KeyKinds.Phone, value) : new Key(WhatsAppKind, KeyScopes.Channel, value);
        return new Sender(key)
        {
            Assurance = whatsApp || trust is SenderTrust.Proven ? Assurance.Proven : Assurance.Claimed,
            DisplayName = form["ProfileName"] is { } name ? CleanText.Truncate(name, 256) : null,
            // A number has more than one spelling; answers go to the one WhatsApp itself uses.
            Address = whatsApp ? WhatsAppPrefix + value : null,
            Learned = whatsApp && Hidden(form, key) is { } hidden ? [new(hidden, Assurance.Proven, LearnedAs.Alias)] : [],
        };
    }

    /// <summary>Where to send.</summary>
    public static string To(OutboundMessage message, bool whatsApp)
    {
        string address = string.IsNullOrEmpty(message.Address) ? message.To.Value : message.Address;
        return !whatsApp || address.StartsWith(WhatsAppPrefix, StringComparison.Ordinal) ? address : WhatsAppPrefix + address;
    }

    /// <summary>The shop's own sender, as messages name it.</summary>
    public static string Own(string from, bool whatsApp) => !whatsApp || from.StartsWith(WhatsAppPrefix, StringComparison.Ordinal) ? from : WhatsAppPrefix + from;

    private static Key? Hidden(TwilioForm form, Key own) =>
        form.Id("ExternalUserId", 256) is { } id && id.StartsWith(WhatsAppPrefix, StringComparison.Ordinal) && id.Length > WhatsAppPrefix.Length
        && new Key(WhatsAppKind, KeyScopes.Channel, id[WhatsAppPrefix.Length..]) is var key && key != own ? key : null;
}
