using ChannelHub.Mail.Reading;

namespace ChannelHub.Mail.Smtp;

/// <summary>What a refusal means for whoever sent.</summary>
public enum SmtpMeaning
{
    /// <summary>It was no refusal.</summary>
    Fine,

    /// <summary>Later it may work.</summary>
    Later,

    /// <summary>Too much was sent: wait longer than usual.</summary>
    TooMuch,

    /// <summary>Our credentials are not good, or not good any more.</summary>
    NotAuthorized,

    /// <summary>There is no such mailbox.</summary>
    UnknownRecipient,

    /// <summary>The message is too large.</summary>
    TooLarge,

    /// <summary>The server does not want this message or this sender.</summary>
    Refused,
}

/// <summary>A server's reply.</summary>
/// <param name="Code">Three digits; 0 when the refusal is our own or the connection was lost.</param>
/// <param name="Enhanced">Enhanced status such as <c>5.1.1</c>, if the server gives one.</param>
/// <param name="Text">The server's words, for the operator.</param>
public sealed record SmtpReply(int Code, string? Enhanced, string Text)
{
    /// <summary>Whether the server said yes.</summary>
    public bool IsPositive => Code is >= 200 and < 400;

    /// <summary>Whether trying again is of no use.</summary>
    public bool IsPermanent => Code is >= 500 and < 600 || (Code == 0 && Enhanced?.StartsWith('5') == true);

    /// <summary>What to do about it.</summary>
    public SmtpMeaning Meaning
    {
        get
        {
            if (IsPositive)
                return SmtpMeaning.Fine;
            if (Enhanced is "5.4.5" or "4.7.28" or "4.2.1" || (Text.Contains("limit", StringComparison.OrdinalIgnoreCase) && Enhanced is "4.7.0" or "5.7.1"))
                return SmtpMeaning.TooMuch;
            if (Code is 530 or 534 or 535 or 538 || Enhanced is "5.7.8" or "5.7.9" or "5.7.30" or "5.7.57" or "5.7.60")
                return SmtpMeaning.NotAuthorized;
            if (!IsPermanent)
                return SmtpMeaning.Later;
            if (Code == 552 || Enhanced is "5.3.4" or "5.2.3")
                return SmtpMeaning.TooLarge;
            bool mailbox = Enhanced is "5.1.1" or "5.1.2" or "5.1.3" or "5.1.6" or "5.1.10" or "5.2.1" or "5.4.4";
            return mailbox || (Enhanced is null && Code is 550 or 551 or 553) ? SmtpMeaning.UnknownRecipient : SmtpMeaning.Refused;
        }
    }

    internal static SmtpReply Of(int code, string text)
    {
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        string first = space < 0 ? text : text[..space];
        bool enhanced = first.Length is >= 5 and <= 11 && first[0] is '2' or '4' or '5' && first.Count(c => c == '.') == 2 && StatusCodes.Enhanced(first) == first;
        return new SmtpReply(code, enhanced ? first : null, text.Length > 1_000 ? text[..1_000] : text);
    }
}

/// <summary>What became of a message.</summary>
public abstract record SmtpOutcome
{
    private SmtpOutcome() { }

    /// <summary>The server has taken it over.</summary>
    /// <param name="Reply">Its words.</param>
    /// <param name="Refused">Recipients it did not take; empty as a rule.</param>
    public sealed record Accepted(SmtpReply Reply, IReadOnlyList<(string Address, SmtpReply Reply)> Refused) : SmtpOutcome;

    /// <summary>Not taken, and never will be.</summary>
    public sealed record Rejected(SmtpReply Reply) : SmtpOutcome;

    /// <summary>Not taken now. Also: the connection was lost before the message was complete, so nobody has it.</summary>
    public sealed record Deferred(SmtpReply Reply) : SmtpOutcome;

    /// <summary>All of it left, and the connection ended without an answer. It may have arrived.</summary>
    public sealed record Unconfirmed(string Reason) : SmtpOutcome;
}

/// <summary>Who sends to whom.</summary>
/// <param name="From">Where bounces go; null is the null sender, for mail that must not bounce.</param>
/// <param name="To">The recipients.</param>
public sealed record SmtpEnvelope(Mime.MailAddress? From, IReadOnlyList<Mime.MailAddress> To)
{
    /// <summary>Comes back in delivery reports of servers that know DSN. Printable ASCII.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>Asks for reports of success too, where the server knows DSN.</summary>
    public bool ReportSuccess { get; init; }
}

/// <summary>How long to wait, and under what name.</summary>
public sealed record SmtpOptions
{
    /// <summary>Our name in the greeting; a domain or an address literal.</summary>
    public string HostName { get; init; } = "[127.0.0.1]";

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the answer to a whole message may take: servers scan it before they answer.</summary>
    public TimeSpan FinalPatience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
