namespace ChannelHub.Mail.Mime;

/// <summary>
/// Reads any message. Never throws for what it reads, passes over the bytes a constant number of times whatever the nesting, and keeps
/// views into the bytes it was given instead of copies.
/// </summary>
public static class MimeParser
{
    /// <summary>Reads a message. The bytes must not change afterwards.</summary>
    public static MimeMessage Parse(ReadOnlyMemory<byte> raw, MailLimits? limits = null)
    {
        MimeBudget budget = new(limits ?? MailLimits.Default);
        MimeMessage message = new MimeScan(raw, budget, depth: 0, parent: null).Run();
        message.Defects = budget.Defects;
        return message;
    }
}
