namespace ChannelHub.Mail.Mime;

/// <summary>What the whole message may still cost, inner messages included.</summary>
internal sealed class MimeBudget(MailLimits limits)
{
    private int headers = limits.Headers;
    private int parts = limits.Parts - 1;

    public MailLimits Limits => limits;

    public MailDefects Defects { get; private set; }

    public void Note(MailDefects defect) => Defects |= defect;

    public bool TakePart()
    {
        if (parts-- > 0)
            return true;
        Note(MailDefects.TooManyParts);
        return false;
    }

    public bool TakeHeader()
    {
        if (headers-- > 0)
            return true;
        Note(MailDefects.TooManyHeaders);
        return false;
    }
}
