using ChannelHub.Core.Events;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Channels;

/// <summary>
/// Changes the state of channels, each change with its event and a line in the channel's log. An alarm about settings that have been
/// changed meanwhile says nothing about the new ones and is dropped.
/// </summary>
public sealed class ChannelHealth(Database database, ChannelDirectory channels)
{
    private const int LongestReason = 500;

    /// <summary>The provider refuses the credentials: sending and pulling stop until somebody changes the settings or resumes.</summary>
    /// <param name="seen">The channel as it was when the provider refused.</param>
    /// <param name="reason">The provider's words.</param>
    public Task<bool> PauseAsync(LiveChannel seen, string reason) =>
        MoveAsync(seen, row => row.State != ChannelStates.Paused, ChannelStates.Paused, EventType.ChannelPaused, Cut(reason));

    /// <summary>The provider cannot be reached. Only shown: everything goes on trying.</summary>
    public Task<bool> DownAsync(LiveChannel seen, string reason) =>
        MoveAsync(seen, row => row.State == ChannelStates.Ok, ChannelStates.Down, EventType.ChannelDown, Cut(reason));

    /// <summary>The provider can be reached again. What waited for it goes at once, not when its turn would have come.</summary>
    public Task<bool> UpAsync(LiveChannel seen) =>
        MoveAsync(seen, row => row.State == ChannelStates.Down, ChannelStates.Ok, EventType.ChannelUp, reason: null, session => OutboxStore.Release(session, seen.Id));

    /// <summary>A person says that a paused channel may go on.</summary>
    public Task<bool> ResumeAsync(LiveChannel seen, string actor) =>
        MoveAsync(seen, row => row.State == ChannelStates.Paused, ChannelStates.Ok, EventType.ChannelResumed, "resumed by " + actor);

    /// <summary>The event that tells of a state being left for <c>ok</c>; null if it was that already.</summary>
    internal static EventType? Recovery(string state) => state switch
    {
        ChannelStates.Paused => EventType.ChannelResumed,
        ChannelStates.Down => EventType.ChannelUp,
        _ => null,
    };

    private async Task<bool> MoveAsync(LiveChannel seen, Func<ChannelRow, bool> applies, string state, EventType type, string? reason, Action<WriteSession>? also = null)
    {
        bool Fits(Session session) => ChannelStore.Find(session, seen.Id) is { } row && row.Version == seen.Row.Version && applies(row);

        // Most of the time nothing has changed, and finding that out costs no write.
        bool moved = database.Read(Fits) && await database.WriteAsync(session =>
        {
            if (!Fits(session))
                return false;
            ChannelStore.SetState(session, seen.Id, state, state == ChannelStates.Ok ? null : reason);
            also?.Invoke(session);
            ChannelEvents.Append(session, type, seen.Id, reason);
            ChannelStore.Log(session, seen.Id, state == ChannelStates.Ok ? "info" : "error", EventTypes.Name(type)["channel.".Length..], reason);
            return true;
        });
        if (moved)
            channels.Reload(seen.Id);
        return moved;
    }

    private static string Cut(string reason) => reason.Length <= LongestReason ? reason : reason[..LongestReason] + "…";
}
