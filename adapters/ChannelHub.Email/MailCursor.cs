using System.Globalization;
using ChannelHub.Mail.Imap;

namespace ChannelHub.Email;

/// <summary>How far the folder was read: <c>UIDVALIDITY:UID</c>.</summary>
internal static class MailCursor
{
    public static string Write(ImapCursor cursor) => string.Create(CultureInfo.InvariantCulture, $"{cursor.UidValidity}:{cursor.LastUid}");

    public static ImapCursor? Read(string? text) =>
        text?.Split(':') is [{ } validity, { } last]
        && uint.TryParse(validity, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
        && uint.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out uint uid) ? new ImapCursor(number, uid) : null;
}
