using System.Globalization;
using System.Runtime.InteropServices;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>
/// A message as Telegram knows it: <c>0000000041:700100200</c> outside. The message id leads, zero-padded, because all private chats of one
/// bot count up together: keys then come nearly in order, and an index of them grows at its end instead of all over.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TelegramMessageId(long Message, long Chat)
{
    public ExternalId External => new(string.Create(CultureInfo.InvariantCulture, $"{Message:D10}:{Chat}"));

    /// <summary>Null for what is no message of this channel, such as a button press (<c>c:…</c>).</summary>
    public static TelegramMessageId? From(ExternalId? id)
    {
        string[] halves = id?.Value?.Split(':') ?? [];
        return halves.Length == 2 && Number(halves[0]) is { } message && Number(halves[1]) is { } chat ? new(message, chat) : null;
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
}
