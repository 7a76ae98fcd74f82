using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Tests.WebChat;

/// <summary>The shop's side of a chat: what agents do, written straight into the store as the sender would.</summary>
internal sealed class Shop(TestHub hub)
{
    private readonly Database database = hub.Get<Database>();

    /// <summary>The visitor's identity; zero before their first words.</summary>
    public long IdentityOf(ChatBrowser browser, string channel) =>
        database.Read(session => IdentityStore.FindByKey(session, new Key(KeyKinds.Visitor, channel, browser.VisitorId!)))?.Id ?? 0;

    public long CustomerOf(long identity) => database.Read(session => IdentityStore.CustomerOf(session, identity))!.Value;

    public long? FindIdentity(string kind, string value) => database.Read(session => IdentityStore.FindByKey(session, new Key(kind, value)))?.Id;

    /// <summary>Sends a text, as a message that has left.</summary>
    public Task<string> AnswerAsync(string channel, long identity, string text, MessageState state = MessageState.Sent) =>
        SendAsync(channel, identity, JsonSerializer.Serialize(new[] { new { index = 0, type = "text", text } }), state);

    public Task<string> SendAsync(string channel, long identity, string parts, MessageState state = MessageState.Sent, int files = 0) => database.WriteAsync(session =>
    {
        HubId.TryParse(IdPrefix.Channel, channel, out long channelId);
        long id = session.NewId();
        string publicId = HubId.Format(IdPrefix.Message, id);
        session.Execute("""
            INSERT INTO message (id, identity_id, channel_id, direction, occurred_at, sequence, received_at, content, files, state, assurance, revision, author_kind, author_name, reactions)
            VALUES (@id, @identity, @channelId, 1, @Now, 0, @Now, @parts, @files, @queued, 0, 1, 'agent', 'Mia', 0)
            """, new { id, identity, channelId, session.Now, parts, files, queued = (long)MessageState.Queued });
        session.Execute("INSERT INTO part (message_id, idx, channel_id, state, attempt, updated_at) VALUES (@id, 0, @channelId, @queued, 1, @Now)",
            new { id, channelId, queued = (long)MessageState.Queued, session.Now });
        MessageStore.Append(session, EventType.MessageQueued, MessageStore.Find(session, id)!);
        if (state != MessageState.Queued)
            SentParts.Advance(session, SentParts.Find(session, id, 0)!, state, error: null, providerId: publicId + ".0");
        return publicId;
    });

    public Task EditAsync(string message, string text) => database.WriteAsync(session =>
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(new[] { new { index = 0, type = "text", text } });
        MessageStore.Revise(session, Find(session, message), content, files: 0, session.Now);
    });

    public Task DeleteAsync(string message) => database.WriteAsync(session => MessageStore.MarkDeleted(session, Find(session, message), session.Now));

    public string StateOf(string message) => database.Read(session => ((MessageState)Find(session, message).State).Name());

    /// <summary>The state once it is what is expected; receipts are booked in the background.</summary>
    public async Task StateBecomesAsync(string message, string state)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (StateOf(message) != state)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>Another identity of a kind that is not the chat's, with one message of its own.</summary>
    public Task<long> StrangerAsync(string channel, string kind, string value, string text, Assurance assurance = Assurance.Proven, long? participant = null) =>
        database.WriteAsync(session =>
        {
            HubId.TryParse(IdPrefix.Channel, channel, out long channelId);
            long identity = IdentityStore.FindByKey(session, new Key(kind, value))?.Id ?? NewIdentity(session, kind, value, assurance);
            AddInbound(session, channelId, identity, text, participant);
            return identity;
        });

    public Task SaysAsync(string channel, long identity, string text, long? participant = null) => database.WriteAsync(session =>
    {
        HubId.TryParse(IdPrefix.Channel, channel, out long channelId);
        AddInbound(session, channelId, identity, text, participant);
    });

    public async Task<JsonNode> MergeAsync(long one, long other) => await hub.PostAsync(
        $"/v1/customers/{HubId.Format(IdPrefix.Customer, one)}/merge", new Dictionary<string, string> { ["with"] = HubId.Format(IdPrefix.Customer, other) });

    private static long NewIdentity(WriteSession session, string kind, string value, Assurance assurance)
    {
        long id = session.NewId();
        session.Execute("""
            INSERT INTO identity (id, kind, scope, value, assurance, generation, customer_id, since) VALUES (@id, @kind, '', @value, @assurance, 1, @id, @Now)
            """, new { id, kind, value, assurance = (long)assurance, session.Now });
        return id;
    }

    private static void AddInbound(WriteSession session, long channelId, long identity, string text, long? participant)
    {
        long id = session.NewId();
        string parts = JsonSerializer.Serialize(new[] { new { index = 0, type = "text", text } });
        session.Execute("""
            INSERT INTO message (id, identity_id, author_identity_id, channel_id, direction, occurred_at, sequence, received_at, content, files, state, assurance, revision, reactions)
            VALUES (@id, @identity, @participant, @channelId, 0, @Now, 0, @Now, @parts, 0, @state, 4, 1, 0)
            """, new { id, identity, participant, channelId, session.Now, parts, state = (long)MessageState.Received });
        MessageStore.Append(session, EventType.MessageReceived, MessageStore.Find(session, id)!);
    }

    private static MessageRow Find(Session session, string message)
    {
        HubId.TryParse(IdPrefix.Message, message, out long id);
        return MessageStore.Find(session, id)!;
    }
}
