using System.Text.Json.Serialization;
using ChannelHub.Api;
using ChannelHub.Hooks;
using ChannelHub.Security;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Channels;

/// <summary>What an operator sees of a channel: its log and its accounting.</summary>
public sealed class ChannelRecordsApi(Database database, ChannelDirectory channels, HookCounters counters)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        ChannelRecordsApi api = app.ServiceProvider.GetRequiredService<ChannelRecordsApi>();
        RouteGroupBuilder group = app.MapGroup("/v1/channels/{id}").WithTags("Channels");
        group.MapGet("log", api.Log).RequireScope(Scopes.ChannelsAdmin).WithSummary("Read the channel's log, newest first");
        group.MapGet("accounting", api.Accounting).RequireScope(Scopes.ChannelsAdmin).WithSummary("Count what came in and what went out");
    }

    private Results<Ok<Page<LogLineShape>>, ProblemHttpResult> Log(string id, string? cursor, string? limit)
    {
        if (channels.Find(id) is not { } channel)
            return ChannelView.NotFound();
        if (!Paging.TryLimit(limit, out int size, out ProblemHttpResult? problem))
            return problem;
        Span<long> before = [long.MaxValue];
        if (cursor is not null && !Paging.TryDecode(cursor, before, out problem))
            return problem;
        long below = before[0];
        List<LogRow> rows = database.Read(session => ChannelStore.ReadLog(session, channel.Id, below, size + 1));
        LogLineShape[] page = [.. rows.Take(size).Select(r => new LogLineShape(ApiJson.Time(r.At), r.Level, r.What, r.Detail))];
        return TypedResults.Ok(new Page<LogLineShape>(page, rows.Count > size ? Paging.Encode(rows[size - 1].Id) : null));
    }

    private Results<Ok<AccountingShape>, ProblemHttpResult> Accounting(string id)
    {
        if (channels.Find(id) is not { } channel)
            return ChannelView.NotFound();
        (AccountingRow row, long? waiting) = database.Read(session => (ChannelStore.Accounting(session, channel.Id), ChannelStore.PullWaiting(session, channel.Id)));
        return TypedResults.Ok(new AccountingShape(
            row.Received, row.Stored, row.Duplicate, row.Ignored, row.Quarantined, row.Rejected, row.Forged + counters.ForgedSince(channel.Id),
            row.Sent, row.Failed, row.Unconfirmed, waiting));
    }
}

/// <summary>A line of a channel's log.</summary>
/// <param name="At">When.</param>
/// <param name="Level"><c>info</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="What">What kind of thing happened.</param>
/// <param name="Detail">In words.</param>
public sealed record LogLineShape(DateTimeOffset At, string Level, string What, string? Detail);

/// <summary>
/// The loss equation: <c>received = stored + duplicate + ignored + quarantined</c>, counted in normalised events; and what stands outside it.
/// </summary>
/// <param name="Received">Events that came in.</param>
/// <param name="Stored">Of those, kept.</param>
/// <param name="Duplicate">Of those, known before.</param>
/// <param name="Ignored">Of those, deliberately not kept.</param>
/// <param name="Quarantined">Of those, kept unread until the adapter is mended.</param>
/// <param name="Rejected">Entries given back to their sender.</param>
/// <param name="Forged">Requests without a valid secret or signature.</param>
/// <param name="Sent">Parts that the provider took.</param>
/// <param name="Failed">Parts that it did not take.</param>
/// <param name="Unconfirmed">Parts of which nobody knows.</param>
/// <param name="Waiting">What the provider still held when the hub last fetched from it, such as mails of a mailbox that is being imported; absent where nobody knows.</param>
public sealed record AccountingShape(
    long Received, long Stored, long Duplicate, long Ignored, long Quarantined, long Rejected, long Forged, long Sent, long Failed, long Unconfirmed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Waiting);
