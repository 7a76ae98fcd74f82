using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>Reads who an event speaks of, and how well that is proven.</summary>
/// <param name="settings">What the channel declares of its senders.</param>
/// <param name="signed">Whether the request was signed. A bearer token shows who posted, and proves nothing about whom it speaks of.</param>
internal sealed class InboundSenders(HttpSettings settings, bool signed)
{
    private const int LongestId = 512;

    private readonly HttpIdentity declared = settings.Capabilities?.Identity ?? new HttpIdentity();

    private Assurance Own => signed && declared.Verified ? Assurance.Proven : Assurance.Asserted;

    public Sender Read(Fields data, string name)
    {
        string? thread = data.Id("thread_id", LongestId);
        if (data.Object(name, required: true) is not { } person)
            return new Sender(OwnKey(""));
        string id = person.Id("external_id", LongestId, required: true) ?? "";
        if (declared.KeyKind == KeyKinds.Phone && id.Length > 0 && !id.Any(char.IsAsciiDigit))
            person.Wrong("external_id", "must be a telephone number");
        if (declared.KeyKind == KeyKinds.Email && id.Length > 0 && !id.Contains('@', StringComparison.Ordinal))
            person.Wrong("external_id", "must be a mail address");
        return new Sender(OwnKey(id))
        {
            Assurance = Own,
            DisplayName = person.Text("name", 500),
            Address = thread,
            Language = person.Text("locale", 35),
            Learned = Learned(person),
        };
    }

    /// <summary>An account whose id changed; both names are the same account.</summary>
    public Sender Renamed(Fields data)
    {
        string before = data.Id("old_external_id", LongestId, required: true) ?? "";
        string after = data.Id("new_external_id", LongestId, required: true) ?? "";
        return new Sender(OwnKey(before)) { Assurance = Own, Learned = [new LearnedKey(OwnKey(after), Own, LearnedAs.Alias)] };
    }

    // A telephone number or a mail address is the same everywhere.
    private Key OwnKey(string id) => declared.KeyKind == KeyKinds.App
        ? new(KeyKinds.App, string.IsNullOrWhiteSpace(declared.Scheme) ? KeyScopes.Channel : declared.Scheme, id)
        : new(declared.KeyKind, id);

    private List<LearnedKey> Learned(Fields person)
    {
        var learned = new List<LearnedKey>();
        bool phoneVerified = person.Flag("phone_verified") ?? false;
        if (person.Text("phone", 64) is { } phone)
        {
            if (phone.Any(char.IsAsciiDigit))
                learned.Add(Contact(KeyKinds.Phone, phone, phoneVerified && declared.Phone != "claimed"));
            else
                person.Wrong("phone", "must be a telephone number");
        }
        bool emailVerified = person.Flag("email_verified") ?? false;
        if (person.Text("email", 320) is { } email)
        {
            if (email.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < email.Length - 1)
                learned.Add(Contact(KeyKinds.Email, email, emailVerified));
            else
                person.Wrong("email", "must be a mail address");
        }
        return learned;
    }

    private LearnedKey Contact(string kind, string value, bool verified) =>
        new(new Key(kind, value), verified && signed && settings.TrustVerified ? Assurance.Proven : Assurance.Claimed, LearnedAs.Contact);
}
