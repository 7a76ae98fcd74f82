using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Attachments;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Tests.Outbox;

/// <summary>A hub with fake channels, shared by the tests of a class; each test has a customer and an account of its own.</summary>
public sealed class SendingHub : IAsyncLifetime
{
    private readonly FakeChannelType type = new();
    private int customers;

    public TestHub Hub { get; private set; } = null!;

    public async Task InitializeAsync() => Hub = await TestHub.StartAsync(moreTypes: [type, new PlainChannelType()]);

    public async Task DisposeAsync() => await Hub.DisposeAsync();

    /// <summary>A channel with an account of its own.</summary>
    internal async Task<(string Channel, FakeProvider Provider)> AddChannelAsync()
    {
        string account = "account" + Interlocked.Increment(ref customers);
        return (await Hub.AddChannelAsync("fake", new { account }), type[account]);
    }

    public string NewAddress() => (900_000 + Interlocked.Increment(ref customers)).ToString();

    /// <summary>A customer writes; answers the stored message.</summary>
    public async Task<JsonNode> ReceiveAsync(string channel, string from, string text = "hello", Assurance assurance = Assurance.Proven)
    {
        Database database = Hub.Get<Database>();
        Hub.Get<ChannelDirectory>().TryGet(IdOf(IdPrefix.Channel, channel), out LiveChannel? live).ShouldBeTrue();
        var key = new Key(live!.Type!.Info.KeyKind, from);
        var sender = new Sender(key) { Assurance = assurance, DisplayName = "Ada", Address = "chat" + from };
        long id = database.Ids.Next();
        var received = new MessageReceived(new ExternalId("in" + id), sender, [new TextPart(text)]) { At = database.Clock.GetUtcNow() };
        await database.IngestAsync(new Intake
        {
            ChannelId = live.Id, Adapter = "1", Method = "POST", Body = "{}"u8.ToArray(), ReceivedAt = database.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            MediaExpiry = TimeSpan.FromDays(1),
            Entries = [new IntakeEntry.Understood(received, new KeyedSender(key, null, sender, []), new Content(PartsJson.Render(received.Parts, _ => null!), []), id)],
        });
        return await Hub.GetAsync("/v1/messages/" + HubId.Format(IdPrefix.Message, id));
    }

    public Task<JsonNode> SendAsync(string conversation, object body, int expect = 202) => Hub.PostAsync($"/v1/conversations/{conversation}/messages", body, expect);

    public Task<JsonNode> SendTextAsync(string conversation, string text) => SendAsync(conversation, new { parts = new[] { new { type = "text", text } } });

    public Task<JsonNode> StateAsync(JsonNode message, string state) => Hub.UntilAsync("/v1/messages/" + message["id"], m => (string?)m["state"] == state);

    /// <summary>A file that a client has uploaded.</summary>
    public async Task<string> KeepFileAsync(string name, string contentType, byte[] bytes)
    {
        Database database = Hub.Get<Database>();
        long id = database.Ids.Next();
        using StoredFile file = (await Hub.Get<FileStore>().WriteAsync(new MemoryStream(bytes), bytes.Length, CancellationToken.None))!;
        await database.WriteAsync(session => session.Execute("""
            INSERT INTO attachment (id, state, file_name, content_type, size, sha256, attempts, created_at)
            VALUES (@id, 1, @name, @contentType, @Size, @Sha256, 0, @Now)
            """, new { id, name, contentType, file.Size, file.Sha256, session.Now }));
        return HubId.Format(IdPrefix.Attachment, id);
    }

    public static long IdOf(string prefix, string? id)
    {
        HubId.TryParse(prefix, id, out long number).ShouldBeTrue();
        return number;
    }
}
