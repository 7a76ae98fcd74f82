using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Outbox;
using Dapper;

namespace ChannelHub.Storage.Engine;

/// <summary>The transaction that is being written.</summary>
public sealed class WriteSession : Session
{
    private readonly WriteLink link;
    private readonly IdGenerator ids;
    private readonly WorkShare share;
    private readonly List<Statement> statements = [];
    private readonly List<Action> afterCommit = [];
    private UnitStatements? units;
    private OpenIdentities? openIdentities;
    private KeyLearner? learner;

    internal WriteSession(WriteLink link, IdGenerator ids, TimeProvider clock, WorkShare share) : base(link)
    {
        this.link = link;
        this.ids = ids;
        Clock = clock;
        this.share = share;
    }

    /// <summary>The hub's clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Now, in Unix milliseconds.</summary>
    public long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The number of this run of the program; what it leases carries it.</summary>
    internal long Run => share.Run;

    /// <summary>Identities by key, as the newest transaction left them.</summary>
    internal IdentityCache Identities { get; } = new();

    /// <summary>What runs for every unit that is sent.</summary>
    internal UnitStatements Units => units ??= new UnitStatements(this);

    /// <summary>The open owners of keys.</summary>
    internal OpenIdentities OpenIdentities => openIdentities ??= new OpenIdentities(this);

    /// <summary>Keeps what is revealed of accounts.</summary>
    internal KeyLearner Learner => learner ??= new KeyLearner(this, OpenIdentities);

    public int Execute(string sql, object? args = null)
    {
        link.Settle();
        return link.Connection.Execute(link.Translate(sql), args);
    }

    public long NewId() => ids.Next();

    /// <summary>Adds an event to the hub's log.</summary>
    public void Append(
        EventType type, long at, long? identityId, long? customerId, long? messageId = null, long? revision = null, string? data = null) =>
        link.Append(new NewEvent(type, at, identityId, customerId, messageId, revision, data));

    /// <summary>What was asked has been answered when this returns.</summary>
    internal void Settle() => link.Settle();

    /// <summary>Events of this transaction can be found in their table when this returns.</summary>
    internal void SettleEvents() => link.SettleEvents();

    /// <summary>Does a write of which nothing may be left in the store.</summary>
    public void Overwriting(Action write) => link.Overwriting(write);

    /// <summary>Runs <paramref name="action"/> on the writer's thread once this transaction is durable: to wake a worker. It must be quick and not throw.</summary>
    public void AfterCommit(Action action) => afterCommit.Add(action);

    protected override void Dispose(bool disposing)
    {
        foreach (Statement statement in statements)
            statement.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Prepares a statement for the writer's thread.</summary>
    internal Statement Prepare(string sql)
    {
        Statement statement = link.Prepare(sql);
        statements.Add(statement);
        return statement;
    }

    /// <summary>Prepares an insert for the writer's thread whose rows nothing else of the transaction changes before somebody reads.</summary>
    internal Statement PrepareInsert(string sql)
    {
        Statement statement = link.PrepareInsert(sql);
        statements.Add(statement);
        return statement;
    }

    internal void Committed()
    {
        foreach (Action action in afterCommit)
            action();
        afterCommit.Clear();
    }

    internal void RolledBack()
    {
        afterCommit.Clear();
        // An exception may have come between binding and running; what is half bound would spoil the next run.
        foreach (Statement statement in statements)
            statement.Reset();
        Identities.Clear();
    }
}
