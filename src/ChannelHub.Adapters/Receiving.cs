namespace ChannelHub.Adapters;

/// <summary>
/// A channel whose input the hub hands over as bytes. <see cref="Parse"/> is pure and total: no I/O, no clock but
/// <see cref="AuthenticInput.ReceivedAt"/>, equal results for equal input, and no input makes it throw.
/// It may be called on several threads at once, and again years later on the same bytes.
/// </summary>
public interface IReceiver : IChannel
{
    /// <summary>Translates one request or one pulled item.</summary>
    Received Parse(AuthenticInput input);
}

/// <summary>A channel that providers push to. <see cref="Verify"/> is as pure as <see cref="IReceiver.Parse"/>.</summary>
public interface IWebhookReceiver : IReceiver
{
    /// <summary>
    /// Whether the request comes from whom it claims. Compare with <see cref="Signatures"/>, never with <c>==</c>. False is answered
    /// 403, counted, and nothing is stored.
    /// </summary>
    bool Verify(WebhookRequest request);
}

/// <summary>
/// A channel whose provider pushes the events of all accounts of an app to one address. <see cref="IReceiver.Parse"/> reads the entries of its own account
/// and answers <see cref="Entry.Elsewhere"/> for each of another one. The hub hands the same request to the channel of that account, if the
/// request verifies there too; nothing is routed by the body alone.
/// </summary>
public interface IAppWebhookReceiver : IWebhookReceiver
{
    /// <summary>The account as the provider names it in the body; among the enabled channels of a type no two should have the same.</summary>
    string Account { get; }
}

/// <summary>A channel that fetches its input itself: long poll, IMAP IDLE, a socket.</summary>
public interface IMessagePuller : IReceiver
{
    /// <summary>
    /// Yields batches from <paramref name="cursor"/> on (null: from wherever the provider begins). The hub commits a batch's items and its
    /// cursor together before it asks for the next, so asking acknowledges the last. An exception ends the stream;
    /// the hub backs off and opens it again from the stored cursor. Throw <see cref="PullRefusedException"/> when credentials fail.
    /// </summary>
    IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, CancellationToken cancellation);
}

/// <summary>What one pull brought. <paramref name="Items"/> may be empty when only the cursor moved.</summary>
public sealed record PulledBatch(IReadOnlyList<ReadOnlyMemory<byte>> Items, string Cursor)
{
    /// <summary>
    /// The items are the provider's own list of what it pushes as well, fetched for the sake of what did not arrive. Those of which the hub knows every event are
    /// neither counted nor kept.
    /// </summary>
    public bool IsHistory { get; init; }

    /// <summary>How many more items the provider is known to hold, to show how far a long import has come; null: nobody knows.</summary>
    public long? Waiting { get; init; }
}

/// <summary>The provider refuses to be pulled with these credentials; the hub pauses the channel with the fault's words.</summary>
public sealed class PullRefusedException(Fault fault) : Exception(fault.Detail)
{
    /// <summary>What the provider said.</summary>
    public Fault Fault { get; } = fault;
}

/// <summary>A request as it came, not yet verified. Only <see cref="IWebhookReceiver.Verify"/> sees it.</summary>
public sealed record WebhookRequest
{
    /// <summary>The hub's own header on a body that it cut: how many bytes the whole had, at least. A sender's header of that name is removed.</summary>
    public const string CutFrom = "x-channelhub-cut-from";

    /// <summary><c>POST</c> or <c>GET</c>.</summary>
    public required string Method { get; init; }

    /// <summary>What follows the channel's own path, without a leading slash; usually empty.</summary>
    public string SubPath { get; init; } = "";

    /// <summary>The public address the provider called, query included, for schemes that sign it.</summary>
    public required Uri Url { get; init; }

    /// <summary>All headers; names compare without case. A repeated header is joined with a comma.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The exact bytes of the body.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>When the hub received it (UTC).</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The header's value, or null.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;
}

/// <summary>
/// Input that has been verified. Only the hub makes one, so parsing an unverified request does not compile.
/// It holds exactly what the raw inbox keeps: a replay sees what the first run saw.
/// </summary>
public sealed record AuthenticInput
{
    internal AuthenticInput() { }

    /// <summary><c>POST</c>, <c>GET</c>, or <c>PULL</c> for a pulled item.</summary>
    public required string Method { get; init; }

    /// <inheritdoc cref="WebhookRequest.SubPath"/>
    public required string SubPath { get; init; }

    /// <summary>The query as name and value; a repeated name keeps its first value.</summary>
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>The headers on the type's allow-list (<see cref="ChannelInfo.KeptHeaders"/>) and Content-Type; blanked secrets read <c>•••</c>.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <inheritdoc cref="WebhookRequest.Body"/>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <inheritdoc cref="WebhookRequest.ReceivedAt"/>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Verifies a request; null if it is forged. <paramref name="info"/> says which headers are kept.</summary>
    internal static AuthenticInput? From(IWebhookReceiver receiver, WebhookRequest request, ChannelInfo info, IReadOnlyDictionary<string, string> query) =>
        receiver.Verify(request)
            ? new AuthenticInput
            {
                Method = request.Method,
                SubPath = request.SubPath,
                Query = query,
                Headers = info.Keep(request.Headers),
                Body = info.BlankedFields.Count == 0 ? request.Body : BlankedJson.Of(request.Body, info.BlankedFields),
                ReceivedAt = request.ReceivedAt,
            }
            : null;

    /// <summary>An item that the adapter fetched itself with its own credentials.</summary>
    internal static AuthenticInput Pulled(ReadOnlyMemory<byte> item, DateTimeOffset receivedAt) => new()
    {
        Method = "PULL",
        SubPath = "",
        Query = new Dictionary<string, string>(),
        Headers = new Dictionary<string, string>(),
        Body = item,
        ReceivedAt = receivedAt,
    };

    /// <summary>What the raw inbox kept of an input that was verified when it came.</summary>
    internal static AuthenticInput Kept(
        string method, string subPath, IReadOnlyDictionary<string, string> query, IReadOnlyDictionary<string, string> headers, ReadOnlyMemory<byte> body,
        DateTimeOffset receivedAt) => new()
    {
        Method = method,
        SubPath = subPath,
        Query = query,
        Headers = headers,
        Body = body,
        ReceivedAt = receivedAt,
    };
}

/// <summary>What parsing one input gave.</summary>
/// <param name="Entries">One for each thing in the input, in its order. One bad entry never harms the others.</param>
/// <param name="Reply">Replaces the type's acknowledgement: a handshake, a method call in the answer.</param>
public sealed record Received(IReadOnlyList<Entry> Entries, HookReply? Reply = null)
{
    /// <summary>The whole input is one entry.</summary>
    public Received(Entry entry, HookReply? reply = null) : this([entry], reply) { }
}

/// <summary>One entry of an input. The set is closed.</summary>
public abstract record Entry
{
    private Entry() { }

    /// <summary>It was understood.</summary>
    public sealed record Understood(ChannelEvent Event) : Entry;

    /// <summary>It is authentic and could not be read. It is acknowledged, kept, counted, alarmed, and replayed once the adapter is mended.</summary>
    /// <param name="Slice">The bytes of this entry alone, for the operator to look at.</param>
    /// <param name="Reason">What was wrong; no content of the message.</param>
    public sealed record Unreadable(ReadOnlyMemory<byte> Slice, string Reason) : Entry;

    /// <summary>It is malformed and its sender is told so in the answer; only for types whose senders can mend it (<c>http</c>).</summary>
    public sealed record Rejected(IReadOnlyList<FieldError> Errors) : Entry;

    /// <summary>
    /// It is for another account of the provider's app, whose webhooks all come to one address (see <see cref="IAppWebhookReceiver"/>).
    /// </summary>
    /// <param name="Account">The account as the provider names it.</param>
    public sealed record Elsewhere(string Account) : Entry;

    /// <summary>A file to keep for a later message; the type's answer names it.</summary>
    public sealed record Uploaded(string? FileName, string? ContentType, ReadOnlyMemory<byte> Content) : Entry;

    /// <summary>Wraps an event.</summary>
    public static implicit operator Entry(ChannelEvent channelEvent) => new Understood(channelEvent);
}

/// <summary>One thing wrong with one field.</summary>
/// <param name="Field">Path of the field, such as <c>data.sender.external_id</c>.</param>
/// <param name="Message">What is wrong and how to mend it.</param>
public sealed record FieldError(string Field, string Message);

/// <summary>What the hub did with one entry, after the commit.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Errors">For <see cref="EntryOutcomeKind.Rejected"/>: what is wrong with it.</param>
/// <param name="UploadId">For <see cref="EntryOutcomeKind.Uploaded"/>: the file's id.</param>
public sealed record EntryOutcome(EntryOutcomeKind Kind, IReadOnlyList<FieldError>? Errors = null, string? UploadId = null);

/// <summary>What became of an entry.</summary>
public enum EntryOutcomeKind
{
    /// <summary>New, and stored.</summary>
    Stored,

    /// <summary>Known before; nothing changed.</summary>
    Duplicate,

    /// <summary>Deliberately not kept.</summary>
    Ignored,

    /// <summary>Kept unread until the adapter is mended.</summary>
    Quarantined,

    /// <summary>Given back to its sender.</summary>
    Rejected,

    /// <summary>A file was kept.</summary>
    Uploaded,
}

/// <summary>An HTTP answer to a provider.</summary>
public sealed record HookReply(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>200 with an empty body.</summary>
    public static HookReply Empty { get; } = new(200, "text/plain", ReadOnlyMemory<byte>.Empty);

    /// <summary>An answer in UTF-8 text.</summary>
    public static HookReply Text(string text, string contentType = "text/plain", int status = 200) =>
        new(status, contentType, System.Text.Encoding.UTF8.GetBytes(text));
}
