using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Outbox;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ChannelHub.Storage.Engine;

/// <summary>The transaction that is being written. There is one writer, so positions are simply counted.</summary>
public sealed class WriteSession : Session
{
    private readonly IdGenerator ids;
    private readonly Statement appendEvent;
    private readonly List<Statement> statements = [];
    private readonly List<Action> afterCommit = [];
    private long committedHead;
    private UnitStatements? units;
    private OpenIdentities? openIdentities;
    private KeyLearner? learner;

    internal WriteSession(SqliteConnection connection, IdGenerator ids, TimeProvider clock) : base(connection)
    {
        this.ids = ids;
        Clock = clock;
        appendEvent = Prepare(
            "INSERT INTO event (position, type, at, identity_id, customer_id, message_id, revision, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        Head = committedHead = Find<long?>("SELECT max(position) FROM event") ?? 0;
    }

    /// <summary>Position of the newest event, this transaction's included.</summary>
    public long Head { get; private set; }

    /// <summary>The hub's clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Now, in Unix milliseconds.</summary>
    public long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Identities by key, as the newest transaction left them.</summary>
    internal IdentityCache Identities { get; } = new();

    /// <summary>What runs for every unit that is sent.</summary>
    internal UnitStatements Units => units ??= new UnitStatements(this);

    /// <summary>The open owners of keys.</summary>
    internal OpenIdentities OpenIdentities => openIdentities ??= new OpenIdentities(this);

    /// <summary>Keeps what is revealed of accounts.</summary>
    internal KeyLearner Learner => learner ??= new KeyLearner(this, OpenIdentities);

    public int Execute(string sql, object? args = null) => Connection.Execute(sql, args);

    public long NewId() => ids.Next();

    /// <summary>Adds an event to the hub's log.</summary>
    public void Append(
        EventType type, long at, long? identityId, long? customerId, long? messageId = null, long? revision = null, string? data = null)
    {
        appendEvent.Bind(Head + 1).Bind((long)type).Bind(at).Bind(identityId).Bind(customerId).Bind(messageId).Bind(revision).Bind(data).Run();
        Head++;
    }

    /// <summary>Does a write of which nothing may be left in the file: pages that become free are overwritten at once.</summary>
    public void Overwriting(Action write)
    {
        Execute("PRAGMA secure_delete = ON");
        try
        {
            write();
        }
        finally
        {
            Execute("PRAGMA secure_delete = FAST");
        }
    }

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
        var statement = new Statement(Connection, sql);
        statements.Add(statement);
        return statement;
    }

    internal void Committed()
    {
        committedHead = Head;
        foreach (Action action in afterCommit)
            action();
        afterCommit.Clear();
    }

    internal void RolledBack()
    {
        Head = committedHead;
        afterCommit.Clear();
        // An exception may have come between binding and running; what is half bound would spoil the next run.
        foreach (Statement statement in statements)
            statement.Reset();
        Identities.Clear();
    }
}
