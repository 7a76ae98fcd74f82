using System.Data.Common;
using Npgsql;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>A connection that reads.</summary>
internal sealed class PostgresLink(NpgsqlDataSource source, PostgresSql sql) : Link
{
    private readonly Pipe pipe = new(source);

    public override DbConnection Connection => pipe.Connection;

    public override string Translate(string text) => sql.Of(text);

    public override Statement Prepare(string text) => new PostgresStatement(pipe, sql.Of(text));

    public override void Settle() => pipe.Settle();

    public override void Dispose() => pipe.Dispose();
}
