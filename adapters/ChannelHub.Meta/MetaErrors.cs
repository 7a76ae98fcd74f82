using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.Meta;

/// <summary>What the codes of the Send API mean.</summary>
internal static class MetaErrors
{
    private const long OutsideWindow = 2018278;
    private const long OutsideWindowOnInstagram = 2534022;
    private const long NotAvailable = 1545041;
    private const long NobodyMatches = 2018001;
    private const long CannotReceive = 2018108;

    /// <summary>Null for what is no known code.</summary>
    public static SendResult? Judge(GraphError error) => (error.Code, error.Subcode) switch
    {
        (10, OutsideWindow or OutsideWindowOnInstagram) => error.Rejected(FaultKind.WindowClosed),
        // Blocked, switched off or gone: nothing tells when that ends but the customer's next word, which an opt-out would outlast.
        (551, _) or (_, NotAvailable) or (CannotReceive, _) or (_, CannotReceive) => error.Rejected(FaultKind.UnknownRecipient),
        (100, NobodyMatches) or (9010, _) => error.Rejected(FaultKind.UnknownRecipient),
        (190 or 10 or 3 or (>= 200 and <= 229) or 368, _) => error.Deferred(FaultKind.NotAuthorized, wholeChannel: true),
        // Calls made meanwhile make it last longer, so the whole channel rests.
        (4 or 17 or 32 or 613 or 80001 or 80002 or 80006, _) => error.Deferred(FaultKind.RateLimited, wholeChannel: true, wait: error.RetryAfter ?? TimeSpan.FromMinutes(1)),
        (1 or 2 or 1200, _) => error.Deferred(FaultKind.ProviderDown),
        (100 or 230, _) => error.Rejected(FaultKind.ContentRefused),
        _ => error.Status == 429 ? error.Deferred(FaultKind.RateLimited, wholeChannel: true) : null,
    };
}
