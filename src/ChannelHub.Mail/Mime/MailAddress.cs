using System.Globalization;
using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>One mailbox.</summary>
/// <param name="DisplayName">The name beside it, decoded; anybody can write anything there.</param>
/// <param name="Local">What stands before the last @, quotes undone.</param>
/// <param name="Domain">What stands after it, as written; empty for names of an old host-less kind.</param>
public sealed record MailAddress(string? DisplayName, string Local, string Domain)
{
    // A bare IDNA mapping holds no state that calls could disturb.
    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    /// <summary>The name of the group the mailbox was listed in.</summary>
    public string? Group { get; init; }

    /// <summary>The address as one writes it in a header or envelope.</summary>
    public string Address => Domain.Length == 0 ? QuotedLocal : QuotedLocal + "@" + Domain;

    /// <summary>
    /// The form two spellings of a mailbox share: lower case, domain in A-labels. Dots and plus tags stay: only the mailbox's own server
    /// knows what they mean.
    /// </summary>
    public string Canonical => Domain.Length == 0 ? QuotedLocal.ToLowerInvariant() : QuotedLocal.ToLowerInvariant() + "@" + AsciiDomain(Domain);

    /// <summary>Whether sending there needs a server that speaks SMTPUTF8.</summary>
    public bool NeedsUtf8 => !Ascii.IsValid(Local);

    /// <summary>Whether mail can be sent there at all.</summary>
    public bool IsDeliverable => Domain.Contains('.') || Domain.StartsWith('[');

    /// <summary>Reads one bare address; null when it is none or more than one.</summary>
    public static MailAddress? Parse(string text)
    {
        AddressList list = AddressList.Parse(text);
        return list is [{ } only] && !list.IsDamaged ? only : null;
    }

    /// <summary>The domain in lower-case A-labels; one that cannot be mapped stays as it is, lower-case.</summary>
    public static string AsciiDomain(string domain)
    {
        string lower = domain.TrimEnd('.').ToLowerInvariant();
        if (Ascii.IsValid(lower))
            return lower;
        try
        {
            return Idn.GetAscii(lower.Normalize(NormalizationForm.FormC));
        }
        catch (ArgumentException)
        {
            return lower;
        }
    }

    private string QuotedLocal => IsDotAtom(Local) ? Local : "\"" + Local.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    internal static bool IsDotAtom(string text)
    {
        if (text.Length == 0 || text[0] == '.' || text[^1] == '.' || text.Contains("..", StringComparison.Ordinal))
            return false;
        foreach (char c in text)
        {
            if (c is <= ' ' or '\u007F' or '(' or ')' or '<' or '>' or '[' or ']' or ':' or ';' or '@' or '\\' or ',' or '"')
                return false;
        }
        return true;
    }
}
