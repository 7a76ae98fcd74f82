using ChannelHub.Api;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Operation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Operation;

/// <summary>
/// <c>/healthz</c>: the process answers. <c>/readyz</c>: it can read and write what it keeps. Anybody may ask, so the write behind the answer is made at
/// most once a second.
/// </summary>
public sealed class HealthApi(Database database)
{
    private static readonly TimeSpan ProofLasts = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private Task? proof;
    private long provedAt;

    public static void Map(IEndpointRouteBuilder app)
    {
        HealthApi health = app.ServiceProvider.GetRequiredService<HealthApi>();
        app.MapGet("/healthz", () => TypedResults.Ok(new HealthShape("ok"))).WithSummary("Is the process up?");
        app.MapGet("/readyz", health.ReadyAsync).WithSummary("Can the hub read and write what it keeps?");
    }

    private async Task<Results<Ok<HealthShape>, ProblemHttpResult>> ReadyAsync(HttpResponse response, CancellationToken cancellation)
    {
        try
        {
            await Proof().WaitAsync(Patience, database.Clock, cancellation);
            return TypedResults.Ok(new HealthShape("ready"));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            response.Headers.RetryAfter = "5";
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, "not-ready", "Not ready", "The store cannot be read or written now.");
        }
    }

    private Task Proof()
    {
        lock (gate)
        {
            bool stale = proof is null || (proof.IsCompleted && database.Clock.GetElapsedTime(provedAt) >= ProofLasts);
            if (!stale)
                return proof!;
            provedAt = database.Clock.GetTimestamp();
            return proof = Task.Run(ProveAsync); // a silent store holds up no one who asks
        }
    }

    private async Task ProveAsync()
    {
        database.Read(Heartbeat.Schema);
        await database.WriteAsync(session => Heartbeat.Beat(session, node: 0));
    }
}

/// <summary>How the hub is.</summary>
/// <param name="Status"><c>ok</c> or <c>ready</c>.</param>
public sealed record HealthShape(string Status);
