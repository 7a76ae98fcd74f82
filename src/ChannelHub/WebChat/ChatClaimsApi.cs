using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.WebChat;

/// <summary>
/// Addresses that visitors say are theirs. Saying so makes a note for agents and opens nothing; the answers are alike whoever has the address. Typing the
/// code that was sent there proves it.
/// </summary>
internal sealed class ChatClaimsApi(VisitorSessions sessions, VisitorCodes codes, ChatLimits limits, HubOptions options)
{
    private const int LongestValue = 320;

    public async Task<Results<Accepted<ClaimShape>, ProblemHttpResult>> ClaimAsync(HttpContext context, CancellationToken cancellation)
    {
        ChatCall call = ChatCall.Of(context);
        (ClaimRequest? request, ProblemHttpResult? problem) = await ChatBody.ReadAsync<ClaimRequest>(context, options.Webchat.BodyBytes);
        if (request is null)
            return problem!;
        if (request.Kind is not (KeyKinds.Email or KeyKinds.Phone))
            return Problem.Invalid("kind", "must be email or phone");
        if (request.Value is not { Length: > 0 and <= LongestValue } value)
            return Problem.Invalid("value", $"must have 1 to {LongestValue} characters");
        if (limits.Claim(call) is { } wait)
            return ChatGate.TooMany(context, wait);
        await sessions.IngestAsync(call.Visitor, new VisitorClaim { Visitor = call.Visitor.Value, Kind = request.Kind, Value = value });
        long id = await codes.StartAsync(call.Visitor, request.Kind, value);
        return TypedResults.Accepted((string?)null, new ClaimShape(HubId.Format(IdPrefix.Claim, id)));
    }

    public async Task<Results<NoContent, ProblemHttpResult>> ConfirmAsync(HttpContext context, string id, CancellationToken cancellation)
    {
        Visitor visitor = ChatCall.Of(context).Visitor;
        (ConfirmRequest? request, ProblemHttpResult? problem) = await ChatBody.ReadAsync<ConfirmRequest>(context, options.Webchat.BodyBytes);
        if (request is null)
            return problem!;
        if (limits.Code(visitor) is { } wait)
            return ChatGate.TooMany(context, wait);
        return HubId.TryParse(IdPrefix.Claim, id, out long claim) && await codes.ConfirmAsync(visitor, claim, request.Code) ? TypedResults.NoContent() : Wrong();
    }

    // One answer for a wrong code, one that is over, one that was never sent, and one that has been tried too often.
    private static ProblemHttpResult Wrong() =>
        Problem.Of(StatusCodes.Status400BadRequest, "code-invalid", "Wrong code", "This code is not right, or it is no longer valid.");
}

/// <summary>An address that a visitor says is theirs.</summary>
public sealed record ClaimRequest
{
    /// <summary><c>email</c> or <c>phone</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>The address.</summary>
    public string? Value { get; init; }
}

/// <summary>What was claimed.</summary>
/// <param name="Id"><c>clm_…</c>, for <c>confirm</c>.</param>
public sealed record ClaimShape(string Id);

/// <summary>The code that was sent to a claimed address.</summary>
public sealed record ConfirmRequest
{
    /// <summary>Six digits.</summary>
    public string? Code { get; init; }
}
