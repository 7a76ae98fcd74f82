using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>A statement on PostgreSQL. The driver prepares on the server what is run often.</summary>
internal sealed class PostgresStatement(Pipe pipe, string sql) : Statement
{
    private NpgsqlBatchCommand command = new(sql);

    public override Statement Bind(long value) => Add(new NpgsqlParameter<long> { TypedValue = value });

    public override Statement Bind(long? value) =>
        value is { } v ? Bind(v) : Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Bigint, Value = DBNull.Value });

    public override Statement Bind(string? value) =>
        Add(value is null ? new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = DBNull.Value } : new NpgsqlParameter<string> { TypedValue = value });

    public override Statement BindText(ReadOnlySpan<byte> utf8) => Bind(Encoding.UTF8.GetString(utf8));

    public override Statement BindBlob(ReadOnlySpan<byte> value) => Add(new NpgsqlParameter<byte[]> { TypedValue = value.ToArray() });

    public override Statement BindAll(IEnumerable<long> values) => Add(new NpgsqlParameter<long[]> { TypedValue = [.. values] });

    public override Statement BindAll(IEnumerable<string> values) => Add(new NpgsqlParameter<string[]> { TypedValue = [.. values] });

    public override void Run() => pipe.Add(Take());

    public override int RunCounting() => pipe.RunCounting(Take());

    public override long? Number() => pipe.Read(Take(), reader => reader.Read() && !reader.IsDBNull(0) ? reader.GetInt64(0) : (long?)null);

    public override T? First<T>(Func<Columns, T> read)
        where T : default => pipe.Read(Take(), reader => reader.Read() ? read(new PostgresColumns(reader)) : default);

    public override List<T> All<T>(Func<Columns, T> read) => pipe.Read(Take(), reader =>
    {
        var rows = new List<T>();
        var columns = new PostgresColumns(reader);
        while (reader.Read())
            rows.Add(read(columns));
        return rows;
    });

    public override void Ask(Action<Columns> read) => pipe.Ask(Take(), reader =>
    {
        var columns = new PostgresColumns(reader);
        while (reader.Read())
            read(columns);
    });

    public override void Reset()
    {
        if (command.Parameters.Count > 0)
            command = new NpgsqlBatchCommand(sql);
    }

    public override void Dispose()
    {
        // What the server has prepared goes with the connection.
    }

    private PostgresStatement Add(NpgsqlParameter parameter)
    {
        command.Parameters.Add(parameter);
        return this;
    }

    private NpgsqlBatchCommand Take()
    {
        NpgsqlBatchCommand full = command;
        command = new NpgsqlBatchCommand(sql);
        return full;
    }

    private sealed class PostgresColumns(NpgsqlDataReader reader) : Columns
    {
        public override long Number(int index) => reader.IsDBNull(index) ? 0 : reader.GetInt64(index);

        public override bool IsNull(int index) => reader.IsDBNull(index);

        public override string Text(int index) => reader.IsDBNull(index) ? "" : reader.GetString(index);
    }
}
