using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Channels;
using ChannelHub.Core.Conversations;
using ChannelHub.Core.Ids;
using ChannelHub.Security;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Messages.Sending;

/// <summary>Writing to customers.</summary>
public sealed class SendApi(SendMessage send, Targets targets, ChannelDirectory channels, Database database, ILogger<SendApi> log)
{
    private static readonly TimeSpan TypingPatience = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder app)
    {
        SendApi api = app.ServiceProvider.GetRequiredService<SendApi>();
        RouteGroupBuilder group = app.MapGroup("/v1").WithTags("Messages");
        group.MapPost("conversations/{id}/messages", api.ToConversationAsync).RequireScope(Scopes.MessagesSend).WithName("sendMessage")
            .WithSummary("Send a message to a conversation").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        group.MapPost("messages", api.ToAddressAsync).RequireScope(Scopes.MessagesSend).WithName("sendToAddress")
            .WithSummary("Send a message to an address").ProducesProblem(400).ProducesProblem(409);
        group.MapPost("conversations/{id}/typing", api.Typing).RequireScope(Scopes.MessagesSend).WithName("showTyping")
            .WithSummary("Show the customer that somebody is writing").ProducesProblem(404);
    }

    /// <param name="context">The request.</param>
    /// <param name="id">Conversation (<c>cnv_…</c>), any id that resolves to it.</param>
    /// <param name="body">The message.</param>
    public async Task<Results<Accepted<MessageShape>, ProblemHttpResult>> ToConversationAsync(HttpContext context, string id, SendMessageRequest body) =>
        Answer(await send.ToConversationAsync(id, body, IdempotencyClaim.Of(context)));

    /// <param name="context">The request.</param>
    /// <param name="body">The message and its address.</param>
    public async Task<Results<Accepted<MessageShape>, ProblemHttpResult>> ToAddressAsync(HttpContext context, SendToAddressRequest body) =>
        Answer(await send.ToAddressAsync(body, IdempotencyClaim.Of(context)));

    /// <summary>Live only: nothing is stored, and where the channel cannot show it nothing happens.</summary>
    /// <param name="id">Conversation (<c>cnv_…</c>), any id that resolves to it.</param>
    public Results<Accepted, ProblemHttpResult> Typing(string id)
    {
        if (!HubId.TryParse(IdPrefix.Conversation, id, out long birth) || database.Read(session => Find(session, birth)) is not { } where)
            return Problem.NotFound("There is no conversation with this id.");
        if (where.Identity is { } identity && channels.TryGet(where.ChannelId, out LiveChannel? channel) && !channel.Paused)
            _ = Task.Run(() => ShowAsync(channel, identity, where.Address));
        return TypedResults.Accepted((string?)null);
    }

    private async Task ShowAsync(LiveChannel channel, IdentityRow identity, string? address)
    {
        using var limit = new CancellationTokenSource(TypingPatience, database.Clock);
        try
        {
            Key to = identity.Key with { Value = identity.Original ?? identity.Value };
            if (channel.Ability<ITypingSignal>() is { } signal)
                await signal.ShowTypingAsync(to, address, limit.Token);
            else if (channel.Ability<ITypingAtMessage>() is { } atMessage
                && database.Read(session => MessageStore.NewestReceivedId(session, identity.Id, channel.Id)) is { } id)
                await atMessage.ShowTypingAsync(new SentUnit(to, address, new ExternalId(id)), limit.Token);
        }
        catch (Exception failure)
        {
            // Best effort: nobody waits for it, and the next key stroke shows it again.
            log.LogDebug("Typing was not shown: {Failure}", failure.GetType().Name);
        }
    }

    private (IdentityRow? Identity, long ChannelId, string? Address)? Find(Session session, long birth)
    {
        if (IdentityStore.CustomerOf(session, birth) is not { } customer)
            return null;
        List<IdentityRow> identities = IdentityStore.OfCustomer(session, customer);
        if (targets.Choose(session, identities) is not Target.Chosen chosen)
            return (null, 0, null);
        return (identities.Find(i => i.Id == chosen.IdentityId), chosen.ChannelId,
            CustomerStore.Reaches(session, [chosen.IdentityId]).Find(r => r.ChannelId == chosen.ChannelId)?.Address);
    }

    private static Results<Accepted<MessageShape>, ProblemHttpResult> Answer(SendOutcome outcome) => outcome switch
    {
        SendOutcome.Queued queued => TypedResults.Accepted(SendMessage.Location(queued.Message), queued.Message),
        SendOutcome.Refused refused => refused.Problem,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };
}
