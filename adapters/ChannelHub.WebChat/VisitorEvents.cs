using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.WebChat;

/// <summary>Makes channel events of what visitors said or proved.</summary>
internal static class VisitorEvents
{
    private const int LongestKey = 256;
    private const int LongestValue = 512;

    public static Entry Read(ReadOnlyMemory<byte> body)
    {
        using JsonDocument? json = ProviderJson.TryParse(body);
        if (json is null)
            return new Entry.Unreadable(body, "it is not JSON");
        try
        {
            return json.Deserialize(VisitorJson.Default.VisitorInput) switch
            {
                { Visitor.Length: 0 or > 100 } => new Entry.Unreadable(body, "the visitor's key is empty or too long"),
                VisitorMessage message => Message(message, body),
                VisitorSignedIn signedIn => SignedIn(signedIn, body),
                VisitorClaim claim => Claim(claim, body),
                _ => new Entry.Unreadable(body, "it is of no known type"),
            };
        }
        catch (Exception fault) when (fault is JsonException or NotSupportedException)
        {
            return new Entry.Unreadable(body, "a field is missing or of another type");
        }
    }

    private static Entry Message(VisitorMessage message, ReadOnlyMemory<byte> body)
    {
        string id = VisitorMessage.IdOf(message.Visitor, message.ClientId);
        if (message.ClientId.Length == 0 || id.Length > LongestKey)
            return new Entry.Unreadable(body, "client_id is empty or too long");
        if (message.Parts.Count == 0 || message.Parts.Any(part => part is null))
            return new Entry.Unreadable(body, "the message has no parts, or one of them is none");
        return new MessageReceived(new ExternalId(id), SenderOf(message), [.. message.Parts.Select(PartOf)])
        {
            ReplyTo = message.ReplyTo is { Length: > 0 and <= LongestKey } answered ? new ExternalId(answered) : null,
            Metadata = message.Page is { } page ? new Dictionary<string, string> { ["page"] = page } : null,
        };
    }

    private static Part PartOf(VisitorPart part) => part switch
    {
        { Type: "text", Text: { } text } => new TextPart(text),
        { Type: "reply", ButtonId: { } button } => new ReplyPart(button, part.Label),
        { Type: "image", AttachmentId: { } id } => Media(MediaKind.Image, id),
        { Type: "audio", AttachmentId: { } id } => Media(MediaKind.Audio, id),
        { Type: "video", AttachmentId: { } id } => Media(MediaKind.Video, id),
        { Type: "file", AttachmentId: { } id } => Media(MediaKind.File, id),
        _ => new UnsupportedPart(CleanText.Truncate(part.Type, 100)),
    };

    // Name, type and size of an upload are the hub's own to tell.
    private static MediaPart Media(MediaKind kind, string id) => new(kind, new MediaReference { Stored = id });

    private static Entry SignedIn(VisitorSignedIn signedIn, ReadOnlyMemory<byte> body)
    {
        if (signedIn.Subject.Length is 0 or > LongestValue)
            return new Entry.Unreadable(body, "the subject is empty or too long");
        // Two tokens are two events, also when they say the same: an undone link is made again only by the shop saying it again.
        string key = "s:" + Fingerprint(signedIn.Visitor, signedIn.TokenId);
        var learned = new List<LearnedKey> { new(new Key(KeyKinds.External, signedIn.Subject), Assurance.Proven, LearnedAs.Contact) };
        learned.AddRange(Contact(KeyKinds.Email, signedIn.Email, signedIn.EmailVerified));
        learned.AddRange(Contact(KeyKinds.Phone, signedIn.Phone, signedIn.PhoneVerified));
        return new AliasLearned(key, SenderOf(signedIn) with { DisplayName = signedIn.Name, Language = signedIn.Locale, Learned = learned });
    }

    private static Entry Claim(VisitorClaim claim, ReadOnlyMemory<byte> body)
    {
        if (claim.Kind is not (KeyKinds.Email or KeyKinds.Phone))
            return new Entry.Unreadable(body, "only e-mail addresses and telephone numbers can be claimed");
        string key = "c:" + Fingerprint(claim.Visitor, claim.Kind, claim.Value);
        return new AliasLearned(key, SenderOf(claim) with { Learned = [.. Contact(claim.Kind, claim.Value, verified: false)] });
    }

    private static IEnumerable<LearnedKey> Contact(string kind, string? value, bool verified)
    {
        if (value is { Length: > 0 and <= LongestValue })
            yield return new LearnedKey(new Key(kind, value), verified ? Assurance.Proven : Assurance.Claimed, LearnedAs.Contact);
    }

    private static Sender SenderOf(VisitorInput input) => new(new Key(KeyKinds.Visitor, KeyScopes.Channel, input.Visitor));

    // Lengths keep two different lists from reading alike.
    private static string Fingerprint(params ReadOnlySpan<string> values)
    {
        var text = new StringBuilder();
        foreach (string value in values)
            text.Append(CultureInfo.InvariantCulture, $"{value.Length}:{value}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
