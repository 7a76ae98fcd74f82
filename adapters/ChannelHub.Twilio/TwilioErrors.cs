using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>Twilio's error numbers. They come in the answer to a send, or later in a status.</summary>
internal static class TwilioErrors
{
    private enum Verdict { Refused, Unknown, OptedOut, Window, Account, TooFast, AllTooFast, Down, AllDown }

    /// <summary><see cref="SendResult.Sent"/> (without an id) when the call succeeded; null leaves the judgement to the HTTP status.</summary>
    public static SendResult? Read(ProviderAnswer answer, Func<string, string> redact, out JsonElement body)
    {
        body = default;
        using JsonDocument? document = ProviderJson.TryParse(answer.Body);
        if (document is not { RootElement.ValueKind: JsonValueKind.Object })
            return null;
        if (answer.IsSuccess)
        {
            body = document.RootElement.Clone();
            return new SendResult.Sent(default);
        }
        return document.RootElement.Long("code") is { } code ? Failure(code, redact(document.RootElement.Text("message") ?? "no reason was given"), answer) : null;
    }

    /// <summary>Why a message that was accepted did not arrive.</summary>
    public static Fault Later(string? code, string status) =>
        long.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? new(KindOf(Judge(number)), string.Create(CultureInfo.InvariantCulture, $"{number}: {status}"))
            : new(FaultKind.ContentRefused, status);

    private static SendResult? Failure(long code, string description, ProviderAnswer answer)
    {
        string words = string.Create(CultureInfo.InvariantCulture, $"{code}: {CleanText.Truncate(description, 300)}");
        Verdict verdict = Judge(code, answer.Status);
        var fault = new Fault(KindOf(verdict), words) { WholeChannel = verdict is Verdict.Account or Verdict.AllTooFast or Verdict.AllDown };
        return verdict switch
        {
            Verdict.Refused or Verdict.Unknown or Verdict.OptedOut or Verdict.Window => new SendResult.Rejected(fault),
            // Behind a gateway's status the send may have been carried out all the same.
            Verdict.AllDown when answer.Status is 502 or 504 => null,
            _ => new SendResult.Deferred(fault, answer.RetryAfter ?? Wait(code)),
        };
    }

    private static FaultKind KindOf(Verdict verdict) => verdict switch
    {
        Verdict.Unknown => FaultKind.UnknownRecipient,
        Verdict.OptedOut => FaultKind.OptedOut,
        Verdict.Window => FaultKind.WindowClosed,
        Verdict.Account => FaultKind.NotAuthorized,
        Verdict.TooFast or Verdict.AllTooFast => FaultKind.RateLimited,
        Verdict.Down or Verdict.AllDown => FaultKind.ProviderDown,
        _ => FaultKind.ContentRefused,
    };

    private static Verdict Judge(long code, int status = 400) => code switch
    {
        20003 or 20404 or 21606 or 21659 or 21703 or 30002 or 30032 or 30034 => Verdict.Account,
        63001 or 63002 or 63007 or 63008 or 63020 => Verdict.Account,
        20429 or 21611 or 30001 or 30022 or 30023 or 30027 or 63038 => Verdict.AllTooFast,
        63017 or 63018 => Verdict.TooFast,
        20500 or 20503 => Verdict.AllDown,
        30003 or 30008 or 63009 or 63010 or 63012 or 63019 or 63037 => Verdict.Down,
        21211 or 21217 or 21612 or 21614 or 30005 or 30006 or 63003 or 63024 => Verdict.Unknown,
        21610 or 63014 or 63033 => Verdict.OptedOut,
        63016 => Verdict.Window,
        // A country, a trial account or a sandbox: it is this recipient that cannot be reached, and others can.
        21408 or 21219 or 63015 => Verdict.Refused,
        21602 or 21617 or 21620 or 21623 or 11751 or 30004 or 30007 => Verdict.Refused,
        63005 or 63006 or 63021 or 63030 or 63013 or 63026 or 63040 or 63027 or 63028 or 63041 or 63032 => Verdict.Refused,
        _ => status switch { 401 => Verdict.Account, 429 => Verdict.AllTooFast, >= 500 => Verdict.AllDown, _ => Verdict.Refused },
    };

    private static TimeSpan? Wait(long code) => code switch
    {
        // The queue holds four hours.
        21611 or 30001 => TimeSpan.FromMinutes(10),
        30022 or 30023 or 30027 => TimeSpan.FromMinutes(30),
        63038 => TimeSpan.FromHours(6),
        30003 => TimeSpan.FromHours(1),
        _ => null,
    };
}
