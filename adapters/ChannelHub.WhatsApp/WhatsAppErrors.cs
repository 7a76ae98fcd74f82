using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.WhatsApp;

/// <summary>What the codes of the Cloud API mean; they are the same in answers and in reports.</summary>
internal static class WhatsAppErrors
{
    private const int TriesOfADoubtfulError = 3;
    private const int TriesOfAFile = 2;

    /// <summary>Null for what is no known code.</summary>
    public static SendResult? Judge(GraphError error) => error.Code switch
    {
        0 or 190 or 3 or 10 or (>= 200 and <= 299) => Account(error),
        // The number's id is wrong or the token does not see it: nothing is wrong with the message.
        100 when error.Subcode == 33 => Account(error),
        131031 or 368 or 131042 or 131037 or 131045 => Account(error),
        4 or 80007 or 130429 => error.Deferred(FaultKind.RateLimited, wholeChannel: true),
        131056 => error.Deferred(FaultKind.RateLimited, wait: PairWait(error.Attempt)),
        // Hours, and calls meanwhile make it worse.
        131048 => error.Deferred(FaultKind.RateLimited, wholeChannel: true, wait: error.RetryAfter ?? TimeSpan.FromHours(1)),
        // Too many new people were written to: those who wrote themselves can still be answered.
        131064 or 132069 or 133016 => error.Deferred(FaultKind.RateLimited, wait: error.RetryAfter ?? TimeSpan.FromHours(1)),
        2 or 131016 or 131057 => error.Deferred(FaultKind.ProviderDown, wholeChannel: true),
        1 or 131000 => error.Deferred(FaultKind.ProviderDown),
        135000 => Retried(error, TriesOfADoubtfulError),
        131052 or 131053 => Retried(error, TriesOfAFile),
        131047 => error.Rejected(FaultKind.WindowClosed),
        131026 => error.Rejected(FaultKind.UnknownRecipient),
        131049 or 131050 or 130472 or 131030 or 130497 or 131008 or 131009 or 100 or 131021 or 131051 or 131062 or 131063
            or 132000 or 132001 or 132005 or 132007 or 132008 or 132012 or 132015 or 132016 or 132068 => error.Rejected(FaultKind.ContentRefused),
        >= 138000 and <= 138999 => error.Rejected(FaultKind.ContentRefused),
        _ => error.Status == 429 ? error.Deferred(FaultKind.RateLimited, wholeChannel: true) : null,
    };

    /// <summary>Why a message that had been accepted was not delivered after all; nothing is tried again by itself.</summary>
    public static Fault Reported(GraphError error) => Judge(error) switch
    {
        SendResult.Rejected rejected => rejected.Fault,
        SendResult.Deferred deferred => deferred.Fault with { WholeChannel = false },
        _ => new Fault(FaultKind.ContentRefused, error.Words),
    };

    private static SendResult.Deferred Account(GraphError error) => error.Deferred(FaultKind.NotAuthorized, wholeChannel: true);

    private static SendResult Retried(GraphError error, int tries) =>
        error.Attempt < tries ? error.Deferred(FaultKind.ProviderDown) : error.Rejected(FaultKind.ContentRefused);

    // One second, then four times as long each time.
    private static TimeSpan PairWait(int attempt) => TimeSpan.FromSeconds(Math.Pow(4, Math.Clamp(attempt - 1, 0, 6)));
}
