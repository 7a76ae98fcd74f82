using ChannelHub.Channels;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;

namespace ChannelHub.WebChat;

/// <summary>
/// At the first start makes the live chat of the demo page, so that there is something to try. Whoever deletes it is not given another.
/// </summary>
internal sealed class DemoChannel(Database database, ChannelDirectory channels) : IHostedService
{
    private const string Settings = """{"title":"Lofty & Lark","greeting":"Hello! Which wind are you flying in? Ask us anything about kites.","colour":"#1f5c66"}""";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        long id = database.Ids.Next();
        bool made = await database.WriteAsync(session =>
        {
            if (ChannelStore.All(session).Exists(row => row.Type == WebChatChannelType.Id))
                return false;
            ChannelStore.Insert(session, new ChannelRow(id, WebChatChannelType.Id, "Demo shop", Settings, Enabled: 1, ChannelStates.Ok, StateReason: null,
                PullCursor: null, Version: 1, session.Now, session.Now, DeletedAt: null));
            return true;
        });
        if (made)
            channels.Reload(id);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
