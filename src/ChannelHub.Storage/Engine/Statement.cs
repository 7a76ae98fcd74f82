namespace ChannelHub.Storage.Engine;

/// <summary>
/// A prepared statement, for the few statements that run for every message and the few reads that clients repeat all day: mapping and preparing would be
/// most of their cost. Values are bound in the order of their places. One thread only.
/// </summary>
internal abstract class Statement : IDisposable
{
    public abstract Statement Bind(long value);

    public abstract Statement Bind(long? value);

    public abstract Statement Bind(string? value);

    /// <summary>Binds text that is UTF-8 already.</summary>
    public abstract Statement BindText(ReadOnlySpan<byte> utf8);

    public abstract Statement BindBlob(ReadOnlySpan<byte> value);

    /// <summary>Binds several numbers for <see cref="Session.In"/>.</summary>
    public abstract Statement BindAll(IEnumerable<long> values);

    /// <summary>Binds several texts, for statements of an engine that knows arrays.</summary>
    public virtual Statement BindAll(IEnumerable<string> values) => throw new NotSupportedException("This engine knows no arrays.");

    /// <summary>Runs a statement of whose result nobody waits: the engine may send it together with the next one.</summary>
    public abstract void Run();

    /// <summary>Runs a statement that returns no rows; answers how many rows it changed.</summary>
    public abstract int RunCounting();

    /// <summary>Runs a query and answers the first column of its first row as a number.</summary>
    public abstract long? Number();

    /// <summary>Runs a query for its first row; <paramref name="read"/> makes the answer of it, default if there is none.</summary>
    public abstract T? First<T>(Func<Columns, T> read);

    /// <summary>Runs a query and makes something of each of its rows.</summary>
    public abstract List<T> All<T>(Func<Columns, T> read);

    /// <summary>Runs a query whose rows are needed only after <see cref="WriteSession.Settle"/>: the engine may send it together with others.</summary>
    public virtual void Ask(Action<Columns> read) => All(columns =>
    {
        read(columns);
        return true;
    });

    /// <summary>Begins anew. Needed only when an exception came between binding and running.</summary>
    public abstract void Reset();

    public abstract void Dispose();
}

/// <summary>The columns of the row a statement stands on.</summary>
internal abstract class Columns
{
    public abstract long Number(int index);

    public abstract bool IsNull(int index);

    public abstract string Text(int index);

    public long? NumberOrNull(int index) => IsNull(index) ? null : Number(index);

    public string? TextOrNull(int index) => IsNull(index) ? null : Text(index);
}
