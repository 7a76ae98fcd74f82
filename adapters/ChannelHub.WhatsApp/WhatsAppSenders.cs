using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.WhatsApp;

/// <summary>
/// Who a message is of. The number is the account's key, as it is for SMS and voice; the id within the business portfolio is another name of it,
/// and the key only where the number is hidden.
/// </summary>
internal sealed class WhatsAppSenders(WhatsAppSettings settings)
{
    private const int LongestName = 256;

    private readonly string scope = string.IsNullOrEmpty(settings.BusinessAccountId) ? KeyScopes.Channel : settings.BusinessAccountId;

    /// <summary>The sender of a message, with what the contacts beside it tell.</summary>
    public Sender Read(JsonElement message, JsonElement value, GraphShape shape) =>
        Read(message.Text("from", 160), message.Text("from_user_id", 160), value, shape);

    /// <param name="number">The number, or an id in its place.</param>
    /// <param name="id">The id within the portfolio.</param>
    /// <param name="value">Where the contacts stand.</param>
    /// <param name="shape">Is told when there is nobody.</param>
    public Sender Read(string? number, string? id, JsonElement value, GraphShape shape)
    {
        JsonElement contact = value.List("contacts").FirstOrDefault(one => Is(one, "wa_id", number) || Is(one, "user_id", id ?? number));
        string? phone = new[] { number, contact.Text("wa_id", 32) }.FirstOrDefault(WhatsAppAddress.IsNumber);
        string? user = new[] { id, number, contact.Text("user_id", 160) }.FirstOrDefault(WhatsAppAddress.IsScopedId);
        JsonElement profile = contact.Child("profile");
        return Of(phone, user, shape) with
        {
            DisplayName = profile.Text("name", LongestName) is { Length: > 0 } name ? name : null,
            Learned = [.. Learned(phone, user), .. Username(profile)],
        };
    }

    /// <summary>The account under its old and its new name.</summary>
    public Sender Renamed(JsonElement message, JsonElement system, GraphShape shape)
    {
        string? from = message.Text("from", 160);
        string? oldId = system.Text("previous_user_id", 160) ?? message.Text("from_user_id", 160);
        string? oldPhone = WhatsAppAddress.IsNumber(from) ? from : null;
        string? newPhone = system.Text("wa_id", 32) ?? system.Text("new_wa_id", 32);
        string? newId = system.Text("user_id", 160);
        var learned = new List<LearnedKey>();
        if (WhatsAppAddress.IsNumber(newPhone) && newPhone != oldPhone)
            learned.Add(new(new Key(KeyKinds.Phone, "+" + newPhone), Assurance.Proven, LearnedAs.Contact));
        if (WhatsAppAddress.IsScopedId(newId) && newId != oldId)
            learned.Add(new(IdKey(newId!), Assurance.Proven, LearnedAs.Alias));
        if (learned.Count == 0)
            shape.Miss("system", "a change to another number or id", 0);
        return Of(oldPhone, WhatsAppAddress.IsScopedId(oldId) ? oldId : WhatsAppAddress.IsScopedId(from) ? from : null, shape) with { Learned = learned };
    }

    /// <summary>
    /// What the answer to a send tells of its recipient: the number as WhatsApp has it, which may not be the one that was written to, and the id.
    /// </summary>
    public IReadOnlyList<LearnedKey> OfRecipient(Key to, JsonElement answer)
    {
        JsonElement contact = answer.List("contacts").FirstOrDefault();
        var learned = new List<LearnedKey>();
        // A number is another name of a number, and another address of somebody who is known by the id alone.
        if (contact.Text("wa_id", 32) is { } number && WhatsAppAddress.IsNumber(number) && to.Value != "+" + number)
            learned.Add(new(new Key(KeyKinds.Phone, "+" + number), Assurance.Proven, to.Kind == KeyKinds.Phone ? LearnedAs.Alias : LearnedAs.Contact));
        if (contact.Text("user_id", 160) is { } id && WhatsAppAddress.IsScopedId(id) && to.Value != id)
            learned.Add(new(IdKey(id), Assurance.Proven, LearnedAs.Alias));
        return learned;
    }

    private Sender Of(string? phone, string? id, GraphShape shape)
    {
        if (phone is not null)
            return new Sender(new Key(KeyKinds.Phone, "+" + phone)) { Address = phone };
        return id is not null ? new Sender(IdKey(id)) : shape.Miss("from", "a number or an id", new Sender(new Key(KeyKinds.Phone, "+")));
    }

    private IEnumerable<LearnedKey> Learned(string? phone, string? user) =>
        phone is not null && user is not null ? [new(IdKey(user), Assurance.Proven, LearnedAs.Alias)] : [];

    // A username may pass to somebody else tomorrow: another name of this account today, never a key that owns.
    private static IEnumerable<LearnedKey> Username(JsonElement profile) =>
        profile.Id("username", 64) is { } username ? [new(new Key("whatsapp_username", username.ToLowerInvariant()), Assurance.Proven, LearnedAs.Alias)] : [];

    private Key IdKey(string id) => new(WhatsAppAddress.IdKind, scope, id);

    private static bool Is(JsonElement contact, string name, string? value) => value is not null && contact.Text(name) == value;
}
