using ChannelHub.Adapters;
using ChannelHub.Mail.Mime;

namespace ChannelHub.Email;

/// <summary>
/// How somebody leaves who is written to by programs: by one press (RFC 8058) where the hub can be reached, and by a mail. Both name the unit and the recipient
/// under our signature, so nobody leaves in another's name. Pure.
/// </summary>
internal sealed class Unsubscribing(MailTokens tokens, Uri? hook)
{
    private const string Path = "unsubscribe";
    private const string Word = "unsubscribe";

    public IReadOnlyList<Uri> Ways(MailAddress own, string unit, MailAddress recipient)
    {
        string token = tokens.For(unit, recipient.Canonical);
        var mail = new Uri($"mailto:{own.Address}?subject={Word}%20{token}");
        return hook is { Scheme: "https" }
            ? [new Uri($"{hook.AbsoluteUri.TrimEnd('/')}/{Path}/{token}?to={Uri.EscapeDataString(recipient.Canonical)}"), mail]
            : [mail];
    }

    /// <summary>Whether a request is such a press. Only a POST: programs that look for harm follow every link.</summary>
    public bool IsPress(WebhookRequest request) =>
        request.Method == "POST" && Token(request.SubPath) is { } token && To(request.Url.Query) is { } to && tokens.WentTo(token, to);

    /// <summary>Who leaves by a press; null if the input is none.</summary>
    public ChannelEvent? Read(AuthenticInput input) =>
        input.Method == "POST" && Token(input.SubPath) is { } token && input.Query.TryGetValue("to", out string? to) && tokens.WentTo(token, to)
            ? Left(token, to)
            : null;

    /// <summary>Who leaves by a mail; null if it says something else.</summary>
    public ChannelEvent? Read(MimeMessage mail) =>
        mail.From is [{ } from] && mail.Subject.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [{ } word, { } token]
        && word.Equals(Word, StringComparison.OrdinalIgnoreCase) && tokens.WentTo(token, from.Canonical)
            ? Left(token, from.Canonical)
            : null;

    private static string? Token(string path) => path.StartsWith(Path + "/", StringComparison.Ordinal) ? path[(Path.Length + 1)..] : null;

    private static string? To(string query) =>
        query.StartsWith("?to=", StringComparison.Ordinal) ? Uri.UnescapeDataString(query[4..]) : null;

    private static SubscriptionChanged Left(string token, string who) =>
        new("left:" + token.ToLowerInvariant(), new Sender(new Key(KeyKinds.Email, who)) { Assurance = Assurance.Claimed }, OptedOut: true);
}
