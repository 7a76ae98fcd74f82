using System.Diagnostics.CodeAnalysis;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Inbox;

/// <summary><c>/v1/inbox</c>: the raw input, above all what could not be read, and running it again.</summary>
public sealed class InboxApi(Database database, ChannelDirectory channels, InboxReplay replay)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        InboxApi api = app.ServiceProvider.GetRequiredService<InboxApi>();
        RouteGroupBuilder group = app.MapGroup("/v1/inbox").WithTags("Inbox");
        group.MapGet("", api.List).RequireScope(Scopes.ChannelsAdmin).WithSummary("List raw input, newest first");
        group.MapGet("{id}", api.Get).RequireScope(Scopes.ChannelsAdmin).WithSummary("Show a raw input with its content");
        group.MapPost("{id}/replay", api.ReplayOneAsync).RequireScope(Scopes.ChannelsAdmin).WithSummary("Run a raw input again; completes what is missing and repeats nothing");
        group.MapPost("replay", api.ReplayManyAsync).RequireScope(Scopes.ChannelsAdmin).WithSummary("Run all raw input of a span of time again");
    }

    private Results<Ok<Page<InboxShape>>, ProblemHttpResult> List(string? state, string? channel_id, string? cursor, string? limit)
    {
        if (!Paging.TryLimit(limit, out int size, out ProblemHttpResult? problem))
            return problem;
        Span<long> before = [long.MaxValue];
        if (cursor is not null && !Paging.TryDecode(cursor, before, out problem))
            return problem;
        if (!TryState(state, out long? wanted, out problem))
            return problem;
        long? channel = null;
        if (channel_id is not null)
        {
            if (!HubId.TryParse(IdPrefix.Channel, channel_id, out long number))
                return Problem.Invalid("channel_id", "is not the id of a channel");
            channel = number;
        }
        long below = before[0];
        List<InboxHead> rows = database.Read(session => InboxStore.Page(session, below, channel, wanted, size + 1));
        InboxShape[] page = [.. rows.Take(size).Select(InboxView.Show)];
        return TypedResults.Ok(new Page<InboxShape>(page, rows.Count > size ? Paging.Encode(rows[size - 1].Id) : null));
    }

    private Results<Ok<InboxContentShape>, ProblemHttpResult> Get(string id)
    {
        if (Find(id) is not { } row)
            return NoSuchInput();
        return TypedResults.Ok(InboxView.Show(row));
    }

    private async Task<Results<Ok<ReplayShape>, ProblemHttpResult>> ReplayOneAsync(HttpContext context, string id)
    {
        if (Find(id) is not { } row)
            return NoSuchInput();
        if (row.Reason == InboxStore.Erased)
            return Problem.Conflict("erased", "Somebody of whom this input spoke was erased, and its content with them.");
        if (!TryReceiver(row.ChannelId, out LiveChannel? channel, out IReceiver? receiver, out ProblemHttpResult? problem))
            return problem;
        return TypedResults.Ok(await replay.RunAsync(channel, receiver, row, Caller.Of(context).Name));
    }

    private async Task<Results<Ok<ReplayShape>, ProblemHttpResult>> ReplayManyAsync(HttpContext context, ReplayRequest request)
    {
        List<FieldError> errors = [];
        if (!HubId.TryParse(IdPrefix.Channel, request.ChannelId, out long channelId))
            errors.Add(new FieldError("channel_id", request.ChannelId is null ? "is required" : "is not the id of a channel"));
        if (request.From is null)
            errors.Add(new FieldError("from", "is required"));
        if (request.To is null)
            errors.Add(new FieldError("to", "is required"));
        else if (request.To < request.From)
            errors.Add(new FieldError("to", "is before from"));
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        if (!TryReceiver(channelId, out LiveChannel? channel, out IReceiver? receiver, out ProblemHttpResult? problem))
            return problem;
        return TypedResults.Ok(await replay.RunAsync(
            channel, receiver, request.From!.Value, request.To!.Value, Caller.Of(context).Name, context.RequestAborted));
    }

    private InboxRow? Find(string id) => HubId.TryParse(IdPrefix.Inbox, id, out long number) ? database.Read(session => InboxStore.Find(session, number)) : null;

    /// <summary>The channel and its adapter, whether or not it is switched on; false with the answer to give.</summary>
    private bool TryReceiver(
        long id, [NotNullWhen(true)] out LiveChannel? channel, [NotNullWhen(true)] out IReceiver? receiver, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        receiver = null;
        problem = null;
        channel = channels.Find(id);
        if (channel is null)
        {
            problem = database.Read(session => channels.TypeOf(session, id)).Length > 0
                ? Problem.Conflict("channel-retired", "The channel is retired; nothing is added to its history any more.")
                : ChannelView.NotFound();
            return false;
        }
        receiver = channel.Account as IReceiver;
        if (receiver is null)
            problem = Problem.Conflict("channel-not-open", channel.Row.StateReason ?? "This channel receives nothing.");
        return receiver is not null;
    }

    private static bool TryState(string? text, out long? state, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        state = text switch { "quarantined" => InboxStore.Quarantined, "done" => InboxStore.Done, _ => null };
        problem = text is null || state is not null ? null : Problem.Invalid("state", "must be quarantined or done");
        return problem is null;
    }

    private static ProblemHttpResult NoSuchInput() => Problem.NotFound("There is no such input; it may be older than the raw inbox keeps.");
}

/// <summary>Which input to run again.</summary>
public sealed record ReplayRequest
{
    /// <summary>The channel it came in by.</summary>
    public string? ChannelId { get; init; }

    /// <summary>Input that arrived at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Input that arrived at this time or earlier.</summary>
    public DateTimeOffset? To { get; init; }
}
