using System.Globalization;
using System.Text;
using Npgsql;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>
/// An insert that runs for every message: rows are gathered, and sent as one statement over arrays when somebody waits for anything. Nothing else of the
/// same batch may change the rows before that.
/// </summary>
internal sealed class PostgresInsert : Statement
{
    private readonly Pipe pipe;
    private readonly string overArrays;
    private readonly List<IColumn> columns = [];
    private int place;
    private int rows;

    /// <param name="pipe">Whose batch it goes with.</param>
    /// <param name="sql">Of the form <c>INSERT INTO … VALUES (?, …) …</c>.</param>
    public PostgresInsert(Pipe pipe, string sql)
    {
        this.pipe = pipe;
        const string values = "VALUES (";
        int start = sql.IndexOf(values, StringComparison.Ordinal);
        int end = sql.IndexOf(')', start);
        int number = 0;
        string[] list = [.. sql[(start + values.Length)..end].Split(',', StringSplitOptions.TrimEntries)
            .Select(value => value == "?" ? string.Create(CultureInfo.InvariantCulture, $"c{++number}") : value)];
        string names = string.Join(", ", Enumerable.Range(1, number).Select(n => string.Create(CultureInfo.InvariantCulture, $"c{n}")));
        string places = string.Join(", ", Enumerable.Range(1, number).Select(n => string.Create(CultureInfo.InvariantCulture, $"${n}")));
        overArrays = $"{sql[..start]} SELECT {string.Join(", ", list)} FROM unnest({places}) AS u ({names}) {sql[(end + 1)..]}";
        pipe.Gathers(Flush);
    }

    private interface IColumn
    {
        NpgsqlParameter Take();

        void Shorten(int rows);
    }

    public override Statement Bind(long value) => Bind((long?)value);

    public override Statement Bind(long? value) => Add(value);

    public override Statement Bind(string? value) => Add(value);

    public override Statement BindText(ReadOnlySpan<byte> utf8) => Add(Encoding.UTF8.GetString(utf8));

    public override Statement BindBlob(ReadOnlySpan<byte> value) => Add(value.ToArray());

    public override Statement BindAll(IEnumerable<long> values) => throw new NotSupportedException("An insert takes one value for each place.");

    public override void Run()
    {
        place = 0;
        rows++;
    }

    public override int RunCounting()
    {
        Run();
        pipe.Settle();
        return 1;
    }

    public override long? Number() => throw new NotSupportedException("An insert answers nothing.");

    public override T? First<T>(Func<Columns, T> read)
        where T : default => throw new NotSupportedException("An insert answers nothing.");

    public override List<T> All<T>(Func<Columns, T> read) => throw new NotSupportedException("An insert answers nothing.");

    /// <summary>Forgets a row that was begun.</summary>
    public override void Reset()
    {
        place = 0;
        columns.ForEach(column => column.Shorten(rows));
    }

    public override void Dispose()
    {
        // Nothing is held on the server.
    }

    private PostgresInsert Add<T>(T value)
    {
        if (place == columns.Count)
            columns.Add(new Column<T>());
        ((Column<T>)columns[place++]).Values.Add(value);
        return this;
    }

    private NpgsqlBatchCommand? Flush(bool forget)
    {
        if (place > 0 && !forget)
            throw new InvalidOperationException("A statement was run while a row was being bound; what it needs is to be read before.");
        if (rows == 0 || forget)
        {
            rows = 0;
            Reset();
            return null;
        }
        rows = 0;
        var command = new NpgsqlBatchCommand(overArrays);
        foreach (IColumn column in columns)
            command.Parameters.Add(column.Take());
        return command;
    }

    private sealed class Column<T> : IColumn
    {
        public List<T> Values { get; private set; } = [];

        public NpgsqlParameter Take()
        {
            var parameter = new NpgsqlParameter<T[]> { TypedValue = [.. Values] };
            Values.Clear();
            return parameter;
        }

        public void Shorten(int rows)
        {
            if (Values.Count > rows)
                Values.RemoveRange(rows, Values.Count - rows);
        }
    }
}
