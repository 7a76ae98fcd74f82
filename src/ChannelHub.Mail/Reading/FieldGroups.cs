using System.Text;
using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Reading;

/// <summary>The machine-readable half of a report: groups of fields with empty lines between them.</summary>
internal static class FieldGroups
{
    private const int MostGroups = 1_000;

    public static List<HeaderList> Parse(ReadOnlyMemory<byte> body)
    {
        List<HeaderList> groups = [];
        MimeBudget budget = new(MailLimits.Default);
        HeaderList group = new();
        HeaderCollector fields = new(body, group, budget, static _ => true);
        int at = 0;
        while (at < body.Length && groups.Count < MostGroups)
        {
            int length = body.Span[at..].IndexOf((byte)'\n');
            int after = length < 0 ? body.Length : at + length + 1;
            int end = length < 0 ? body.Length : at + length;
            while (end > at && body.Span[end - 1] is (byte)'\r' or (byte)' ' or (byte)'\t')
                end--;
            if (end > at)
            {
                fields.Take(at, end, after, isFirst: false);
            }
            else
            {
                fields.Done();
                if (group.Count > 0)
                    groups.Add(group);
                group = new HeaderList();
                fields = new HeaderCollector(body, group, budget, static _ => true);
            }
            at = after;
        }
        fields.Done();
        if (group.Count > 0)
            groups.Add(group);
        return groups;
    }

    /// <summary>The part after the type of <c>rfc822; a@b.example</c>; the whole when there is no type.</summary>
    public static string? Typed(string? value)
    {
        if (value is null)
            return null;
        int semicolon = value.IndexOf(';');
        string text = (semicolon >= 0 ? value[(semicolon + 1)..] : value).Trim();
        return text.Length == 0 ? null : text;
    }

    public static string? Address(string? value) =>
        Typed(value) is { } text && AddressList.Parse(text) is [{ } address, ..] ? address.Address : null;

    /// <summary>Decodes the id of the mail that a report encloses, whole or by its headers alone.</summary>
    public static MimeMessage? Enclosed(MimeMessage report)
    {
        foreach (MimePart part in report.Root.Walk())
        {
            if (part.Message is not null && part.Message.Headers.Count > 0)
                return part.Message;
            if (part.MediaType is "text/rfc822-headers" or "message/rfc822-headers" or "message/global-headers" or "text/rfc822")
                return MimeParser.Parse(part.Decode());
        }
        return null;
    }

    public static string Text(ReadOnlyMemory<byte> body) => Encoding.UTF8.GetString(body.Span);
}
