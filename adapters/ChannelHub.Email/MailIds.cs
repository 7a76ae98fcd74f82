using System.Security.Cryptography;
using ChannelHub.Adapters;
using ChannelHub.Mail.Mime;

namespace ChannelHub.Email;

/// <summary>
/// Names for mails that came. Whoever writes a mail chooses its Message-ID, so a print of what it says stands beside: one that borrows the id of
/// another does not push that one aside, and the same mail by another way is still the same.
/// </summary>
internal static class MailIds
{
    private const int LongestId = 200;
    private const int PrintedBytes = 65_536;

    public static ExternalId Of(MimeMessage mail)
    {
        string print = Print(mail);
        return new ExternalId(mail.MessageId is { Length: <= LongestId } id && MailComposer.IsMessageId(id) ? $"{id}#{print[..12]}" : "mail:" + print);
    }

    /// <summary>The Message-ID in such a name, to be answered to; null if it has none.</summary>
    public static string? MessageIdOf(ExternalId? id)
    {
        if (id is not { Value: var value })
            return null;
        int mark = value.LastIndexOf('#');
        string bare = mark > 0 ? value[..mark] : value;
        return MailComposer.IsMessageId(bare) ? bare : null;
    }

    private static string Print(MimeMessage mail)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in (ReadOnlySpan<string>)["From", "Date", "Subject"])
        {
            if (mail.Headers.First(name) is { } field)
                hash.AppendData(field.Raw.Span);
            hash.AppendData([0]);
        }
        ReadOnlySpan<byte> body = mail.Root.Body.Span;
        // A server on the way may end the last line or not.
        hash.AppendData(body[..Math.Min(body.Length, PrintedBytes)].TrimEnd("\r\n \t"u8));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
