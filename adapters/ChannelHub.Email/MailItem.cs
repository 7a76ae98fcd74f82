using System.Globalization;
using System.Text;
using ChannelHub.Adapters;

namespace ChannelHub.Email;

/// <summary>
/// A mail as it lies in the inbox. Before a pulled one stands a line of our own with what only the mail server knows; nobody who writes a mail can
/// write that line, since a pushed mail has none.
/// </summary>
/// <param name="Raw">The mail, or its beginning.</param>
/// <param name="ArrivedAt">When it came to the mailbox.</param>
/// <param name="WholeSize">Set when it was too large to be fetched whole.</param>
internal sealed record MailItem(ReadOnlyMemory<byte> Raw, DateTimeOffset? ArrivedAt, long? WholeSize)
{
    private const string Mark = "X-Pulled: ";

    public static MailItem Of(AuthenticInput input)
    {
        if (input.Method != "PULL")
            return new MailItem(input.Body, null, long.TryParse(input.Headers.GetValueOrDefault(WebhookRequest.CutFrom), NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : null);
        int end = input.Body.Span.IndexOf((byte)'\n');
        if (end < 0 || !input.Body.Span.StartsWith(Encoding.ASCII.GetBytes(Mark)))
            return new MailItem(input.Body, null, null);
        string[] words = Encoding.ASCII.GetString(input.Body.Span[Mark.Length..end]).Trim().Split(' ');
        long? arrived = Number(words, "at=");
        return new MailItem(
            input.Body[(end + 1)..],
            arrived is >= 0 and <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(arrived.Value) : null,
            Number(words, "cut="));
    }

    public static byte[] Line(DateTimeOffset? arrivedAt, long? wholeSize)
    {
        string at = arrivedAt is { } time ? string.Create(CultureInfo.InvariantCulture, $"at={time.ToUnixTimeSeconds()} ") : "";
        string cut = wholeSize is { } size ? string.Create(CultureInfo.InvariantCulture, $"cut={size} ") : "";
        return Encoding.ASCII.GetBytes(Mark + at + cut + "\n");
    }

    private static long? Number(string[] words, string name) =>
        words.FirstOrDefault(word => word.StartsWith(name, StringComparison.Ordinal)) is { } word
        && long.TryParse(word.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
