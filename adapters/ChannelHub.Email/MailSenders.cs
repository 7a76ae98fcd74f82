using ChannelHub.Adapters;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;

namespace ChannelHub.Email;

/// <summary>Who wrote a mail, and how far that can be believed. Pure.</summary>
internal static class MailSenders
{
    /// <summary>Mail that its own domain disowns is kept apart under this scope.</summary>
    public const string Unverified = "unverified";

    private const int LongestName = 200;

    public static Sender Of(MailAddress from, SenderVerdict verdict, string? thread)
    {
        var key = new Key(KeyKinds.Email, from.Address);
        bool refuted = verdict.Trust == SenderTrust.Refuted;
        return new Sender(refuted ? key with { Scope = Unverified } : key)
        {
            Assurance = verdict.Trust == SenderTrust.Proven ? Assurance.Proven : Assurance.Claimed,
            DisplayName = Name(from),
            Address = thread,
            // It says that it is theirs: a hint for people, never a reason to join.
            Learned = refuted ? [new LearnedKey(key, Assurance.Claimed, LearnedAs.Contact)] : [],
        };
    }

    // A name that looks like an address is there to be taken for one.
    private static string? Name(MailAddress from)
    {
        string name = CleanText.Clean(CleanText.Truncate(from.DisplayName?.Trim() ?? "", LongestName));
        return name.Length == 0 || name.Contains('@') || name.Contains('＠') ? null : name;
    }
}
