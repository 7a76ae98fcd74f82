using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;

namespace ChannelHub.Email;

/// <summary>
/// Where an answer to the customer's newest mail goes in their mail program: what it is headed by, what it answers and what went before. The hub keeps it as the
/// sender's address and hands it back.
/// </summary>
/// <param name="Silent">True: no program may answer it.</param>
internal sealed record MailThread(string? Subject, string? AnswerTo, IReadOnlyList<string> Before, bool? Silent = null)
{
    private const int MostIds = 12;
    private const int LongestId = 200;
    private const int LongestSubject = 300;

    /// <summary>As kept for a mail that came.</summary>
    public static string? Of(MimeMessage mail)
    {
        string? id = mail.MessageId is { Length: <= LongestId } own && MailComposer.IsMessageId(own) ? own : null;
        IEnumerable<string> named = mail.References.Concat(mail.InReplyTo).Distinct();
        string[] before = [.. named.Where(one => one.Length <= LongestId && one != id && MailComposer.IsMessageId(one))];
        if (before.Length > MostIds)
            before = [before[0], .. before[^(MostIds - 1)..]];
        var thread = new MailThread(CleanText.Clean(CleanText.Truncate(mail.Subject, LongestSubject)), id, before, MailAutomation.Of(mail).MayBeAnswered ? null : true);
        return JsonSerializer.Serialize(thread, MailJson.Default.MailThread);
    }

    public static MailThread? Read(string? address)
    {
        try
        {
            return address is null ? null : JsonSerializer.Deserialize(address, MailJson.Default.MailThread);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MailThread))]
[JsonSerializable(typeof(AccessToken))]
internal sealed partial class MailJson : JsonSerializerContext;
