using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ChannelHub.Api;
using ChannelHub.Core.Events;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChannelHub.Events;

/// <summary>The hub's log: by page, by long poll, and live.</summary>
public sealed class EventsApi(
    Database database, EventReader reader, EventTail tail, LiveSignals signals, StreamPlaces places, HubOptions options, IHostApplicationLifetime lifetime)
{
    private const int MaxLimit = 2000;
    private const int DefaultLimit = 100;

    public static void Map(IEndpointRouteBuilder app)
    {
        EventsApi events = app.ServiceProvider.GetRequiredService<EventsApi>();
        app.MapGet("/v1/events", events.GetAsync).RequireScope(Scopes.EventsRead).WithTags("Events").WithName("readEvents")
            .WithSummary("Read the event log")
            .WithDescription("Positions are dense from 1. With `Accept: text/event-stream` the answer is a live stream whose ids are positions; it resumes from `Last-Event-ID`.")
            .Produces<EventPage>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status410Gone);
    }

    /// <param name="context">The request.</param>
    /// <param name="after">The last position already seen; 0 for the beginning. A stream prefers <c>Last-Event-ID</c>.</param>
    /// <param name="types">Only these types, separated by commas.</param>
    /// <param name="limit">1 to 2,000; default 100.</param>
    /// <param name="wait">Seconds to wait for an event when there is none yet.</param>
    /// <param name="lastEventId">Where a broken stream resumes.</param>
    public async Task<IResult> GetAsync(
        HttpContext context, string? after = null, string? types = null, string? limit = null, string? wait = null,
        [FromHeader(Name = "Last-Event-ID")] string? lastEventId = null)
    {
        bool live = context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
        if (!TryPosition(live && lastEventId is not null ? lastEventId : after, live && lastEventId is not null ? "Last-Event-ID" : "after", live, out long position, out ProblemHttpResult? problem)
            || !TryTypes(types, out List<long>? wanted, out problem)
            || !Paging.TryLimit(limit, out int most, out problem, MaxLimit, DefaultLimit)
            || !TryWait(wait, out TimeSpan patience, out problem))
            return problem;
        if (live)
        {
            await StreamAsync(context, position, wanted);
            return Results.Empty;
        }
        EventPage page = await ReadAsync(position, wanted, most, patience, context.RequestAborted);
        return Answers.Json(target => EventJson.Write(target, page));
    }

    private async Task<EventPage> ReadAsync(long position, List<long>? types, int limit, TimeSpan patience, CancellationToken cancellation)
    {
        long deadline = database.Clock.GetTimestamp() + (long)(patience.TotalSeconds * database.Clock.TimestampFrequency);
        while (true)
        {
            EventPage page = database.Read(session => reader.Page(session, position, database.Head, types, limit));
            TimeSpan left = database.Clock.GetElapsedTime(database.Clock.GetTimestamp(), deadline);
            if (page.Data.Count > 0 || left <= TimeSpan.Zero || lifetime.ApplicationStopping.IsCancellationRequested)
                return page;
            position = page.Next;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
            try
            {
                await database.WaitBeyondAsync(position, either.Token).WaitAsync(left, database.Clock, either.Token);
            }
            catch (Exception over) when (over is TimeoutException || (over is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                return page with { Next = position };
            }
        }
    }

    private async Task StreamAsync(HttpContext context, long position, List<long>? types)
    {
        Caller caller = Caller.Of(context);
        using StreamPlaces.Place place = places.Take(caller.KeyId);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, place.Lost);
        var stream = new EventStream(database, reader, tail, signals, options, types, () => caller.IsStillGood());
        try
        {
            await stream.RunAsync(context, position, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader left, gave way, or the hub stops: each comes back to where it was.
        }
    }

    private bool TryPosition(string? text, string field, bool live, out long position, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        problem = null;
        long head = database.Head;
        position = live && text is null ? head : 0;
        if (text is not null && (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out position) || position < 0))
            problem = Problem.Invalid(field, "must be the position of an event: a whole number from 0");
        else if (!database.HasReached(position))
            problem = Problem.Invalid(field, $"is beyond the newest event, which is {database.Head}; this position was never given by this hub");
        else if (position < head && database.Read(EventStore.First) is var first && first > position + 1)
            problem = Expired(first);
        return problem is null;
    }

    private static ProblemHttpResult Expired(long first) => TypedResults.Problem(
        detail: $"Events up to {first - 1} are no longer kept. Read the current state anew and go on after {first - 1}.", statusCode: StatusCodes.Status410Gone,
        title: "Events expired", type: "/problems/events-expired", extensions: [new("first", first)]);

    private static bool TryTypes(string? text, out List<long>? types, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        types = null;
        problem = null;
        if (string.IsNullOrEmpty(text))
            return true;
        types = [];
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!EventTypes.TryParse(name, out EventType type))
            {
                problem = Problem.Invalid("types", $"there is no event type '{name}'");
                return false;
            }
            types.Add((long)type);
        }
        return true;
    }

    private bool TryWait(string? text, out TimeSpan wait, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        wait = TimeSpan.Zero;
        problem = null;
        if (text is null)
            return true;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds > options.Events.WaitSeconds)
            problem = Problem.Invalid("wait", $"must be whole seconds from 0 to {options.Events.WaitSeconds}");
        wait = TimeSpan.FromSeconds(seconds);
        return problem is null;
    }
}
