using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;

namespace ChannelHub.WebChat;

/// <summary>Follows the hub's log for all visitors at once.</summary>
internal sealed class VisitorFeed(Database database, VisitorStreams streams, ILogger<VisitorFeed> log) : BackgroundService
{
    private const int PageSize = 1000;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private static readonly long[] Types =
    [
        .. new[]
        {
            EventType.MessageReceived, EventType.MessageUpdated, EventType.MessageDeleted, EventType.MessageSent, EventType.MessageDelivered, EventType.MessageRead,
            EventType.MessageFailed, EventType.MessageUnconfirmed, EventType.AttachmentReady, EventType.AttachmentFailed, EventType.CustomerMerged,
            EventType.CustomerUnmerged, EventType.IdentityAdded, EventType.IdentityClosed, EventType.ConversationRead,
        }.Select(type => (long)type),
    ];

    /// <summary>Hands out one page of the log.</summary>
    public void RunOnce() => database.Read(session =>
    {
        long head = database.Head;
        List<EventRow> rows = EventStore.Page(session, streams.Position, head, Types, PageSize);
        streams.Dispatch(session, rows, rows.Count == PageSize ? rows[^1].Position : head);
        return true;
    });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // the start of the hub does not wait
        while (!stoppingToken.IsCancellationRequested)
        {
            await database.WaitBeyondAsync(streams.Position, stoppingToken);
            try
            {
                RunOnce();
            }
            catch (Exception failure)
            {
                log.LogError(failure, "Visitors' live streams stand still and go on in a second");
                await Task.Delay(AfterFailure, database.Clock, stoppingToken);
            }
        }
    }
}

/// <summary>Reads in an <c>identity.added</c> event whether it is a visitor's.</summary>
internal static class NewIdentity
{
    /// <summary>The visitor as limits name it; null if the identity is of another kind.</summary>
    public static string? VisitorOf(EventRow row)
    {
        if (row.Data is null)
            return null;
        using JsonDocument data = JsonDocument.Parse(row.Data);
        JsonElement root = data.RootElement;
        return root.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals(KeyKinds.Visitor)
            && root.TryGetProperty("scope", out JsonElement scope) && root.TryGetProperty("value", out JsonElement value)
                ? scope.GetString() + ":" + value.GetString()
                : null;
    }
}
