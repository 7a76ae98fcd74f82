using System.ComponentModel;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Outbox;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChannelHub.Messages.Sending;

/// <summary>Single messages.</summary>
public sealed class MessagesApi(Database database, MessageReader reader, ChangeMessage change, WhyReader why, Lanes lanes)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        MessagesApi api = app.ServiceProvider.GetRequiredService<MessagesApi>();
        RouteGroupBuilder group = app.MapGroup("/v1/messages/{id}").WithTags("Messages");
        group.MapGet("", api.Get).RequireScope(Scopes.ConversationsRead).WithName("getMessage").WithSummary("Read a message").ProducesProblem(404);
        group.MapPatch("", api.EditAsync).RequireScope(Scopes.MessagesSend).WithName("editMessage").WithSummary("Change the words of a message, where the channel can")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
        group.MapDelete("", api.DeleteAsync).RequireScope(Scopes.MessagesSend).WithName("deleteMessage").WithSummary("Remove a message for the customer, where the channel can")
            .ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
        group.MapPut("reaction", api.ReactAsync).RequireScope(Scopes.MessagesSend).WithName("reactToMessage").WithSummary("Set or take back the shop's reaction")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
        group.MapPost("cancel", api.CancelAsync).RequireScope(Scopes.MessagesSend).WithName("cancelMessage").WithSummary("Take back what is still queued")
            .ProducesProblem(404).ProducesProblem(409);
        group.MapPost("settle", api.SettleAsync).RequireScope(Scopes.MessagesSend).WithName("settleMessage")
            .WithSummary("Say what became of an unconfirmed message, or send it again").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        group.MapGet("why", api.Why).RequireScope(Scopes.ChannelsAdmin).WithName("explainMessage").WithSummary("How a message came to stand where it stands").ProducesProblem(404);
    }

    /// <param name="id"><c>msg_…</c></param>
    /// <param name="remoteImages">Whether its HTML fetches the pictures that lie elsewhere.</param>
    public Results<Ok<MessageShape>, ProblemHttpResult> Get(
        string id,
        [FromQuery(Name = "remote_images"), Description("Lets its HTML fetch the pictures that lie elsewhere. Their owners learn that, when and from where it was read, so ask the reader first.")]
        bool remoteImages = false) => Now(id, remoteImages);

    /// <param name="context">The request.</param>
    /// <param name="id"><c>msg_…</c></param>
    /// <param name="body">The new words.</param>
    public async Task<Results<Ok<MessageShape>, ProblemHttpResult>> EditAsync(HttpContext context, string id, EditMessageRequest body) =>
        await change.EditAsync(context, id, body) is { } problem ? problem : Now(id);

    /// <param name="context">The request.</param>
    /// <param name="id"><c>msg_…</c></param>
    public async Task<Results<Ok<MessageShape>, ProblemHttpResult>> DeleteAsync(HttpContext context, string id) =>
        await change.DeleteAsync(context, id) is { } problem ? problem : Now(id);

    /// <param name="context">The request.</param>
    /// <param name="id"><c>msg_…</c></param>
    /// <param name="body">The reaction.</param>
    public async Task<Results<Ok<MessageShape>, ProblemHttpResult>> ReactAsync(HttpContext context, string id, ReactionRequest body) =>
        await change.ReactAsync(context, id, body.Reaction) is { } problem ? problem : Now(id);

    /// <param name="id"><c>msg_…</c></param>
    public Task<Results<Ok<MessageShape>, ProblemHttpResult>> CancelAsync(string id) => WriteAsync(id, SentParts.Cancel,
        Problem.Conflict("not-queued", "Nothing of the message is queued any more."));

    /// <param name="id"><c>msg_…</c></param>
    /// <param name="body">What became of it.</param>
    public async Task<Results<Ok<MessageShape>, ProblemHttpResult>> SettleAsync(string id, SettleRequest body)
    {
        SettledAs? settled = body.As switch { "sent" => SettledAs.Sent, "failed" => SettledAs.Failed, "resend" => SettledAs.Resend, _ => null };
        return settled is { } known
            ? await WriteAsync(id, (session, message) => SentParts.Settle(session, message, known),
                Problem.Conflict("not-unconfirmed", "Nothing of the message is unconfirmed."))
            : Problem.Invalid("as", "must be sent, failed or resend");
    }

    /// <param name="id"><c>msg_…</c></param>
    public Results<Ok<WhyShape>, ProblemHttpResult> Why(string id) =>
        HubId.TryParse(IdPrefix.Message, id, out long messageId) && database.Read(session => why.Find(session, messageId)) is { } shape
            ? TypedResults.Ok(shape)
            : ChangeMessage.NotFound();

    private async Task<Results<Ok<MessageShape>, ProblemHttpResult>> WriteAsync(string id, Func<WriteSession, MessageRow, bool> write, ProblemHttpResult refusal)
    {
        if (!HubId.TryParse(IdPrefix.Message, id, out long messageId))
            return ChangeMessage.NotFound();
        bool? done = await database.WriteAsync<bool?>(session =>
        {
            if (MessageStore.Find(session, messageId) is not { } message)
                return null;
            session.AfterCommit(() => lanes.Ring(message.ChannelId));
            return write(session, message);
        });
        return done is null ? ChangeMessage.NotFound() : done.Value ? Now(id) : refusal;
    }

    private Results<Ok<MessageShape>, ProblemHttpResult> Now(string id, bool remoteImages = false) =>
        HubId.TryParse(IdPrefix.Message, id, out long messageId) && database.Read(session => reader.Find(session, messageId)) is { } message
            ? TypedResults.Ok(remoteImages ? message with { Parts = new RawJson(PartsRenderer.WithRemoteImages(message.Parts.Text)) } : message)
            : ChangeMessage.NotFound();
}
