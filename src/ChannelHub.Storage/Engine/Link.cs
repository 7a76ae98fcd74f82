using System.Data.Common;
using ChannelHub.Core.Events;

namespace ChannelHub.Storage.Engine;

/// <summary>One connection to the store, used by one thread at a time.</summary>
internal abstract class Link : IDisposable
{
    /// <summary>For statements that are mapped by Dapper, with what <see cref="Translate"/> makes of their text.</summary>
    public abstract DbConnection Connection { get; }

    /// <summary>SQL as this engine spells it.</summary>
    public abstract string Translate(string sql);

    public abstract Statement Prepare(string sql);

    /// <summary>Whatever was run without waiting for its result is with the engine when this returns.</summary>
    public abstract void Settle();

    public abstract void Dispose();
}

/// <summary>The connection that writes.</summary>
internal abstract class WriteLink : Link
{
    /// <summary>Prepares an insert whose rows nothing else of the transaction changes before somebody reads: the engine may gather them.</summary>
    public abstract Statement PrepareInsert(string sql);

    /// <summary>Position of the newest event that this link has committed, or found when it was opened.</summary>
    public abstract long Head { get; }

    /// <summary>Begins a transaction.</summary>
    public abstract void Begin();

    /// <summary>Adds an event to the hub's log at the next position.</summary>
    public abstract void Append(NewEvent added);

    /// <summary>Events that were added stand in their table when this returns.</summary>
    public abstract void SettleEvents();

    /// <summary>Makes the transaction durable.</summary>
    public abstract void Commit();

    public abstract void RollBack();

    /// <summary>Does a write of which nothing may be left in the store, as far as the engine can promise that.</summary>
    public abstract void Overwriting(Action write);
}

/// <summary>An event on its way into the log.</summary>
internal readonly record struct NewEvent(
    EventType Type, long At, long? IdentityId, long? CustomerId, long? MessageId, long? Revision, string? Data);
