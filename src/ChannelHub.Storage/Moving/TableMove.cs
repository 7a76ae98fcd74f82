using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace ChannelHub.Storage.Moving;

/// <summary>Carries one table, in portions, in the order of its key.</summary>
internal sealed class TableMove(SqliteConnection source, NpgsqlConnection target, string table, int portion)
{
    public void Run(Action<MoveProgress> progress)
    {
        List<Column> columns = [.. source.Query<Column>($"SELECT name, type, pk FROM pragma_table_info('{table}')")];
        string names = string.Join(", ", columns.Select(column => column.Name));
        string key = string.Join(", ", columns.Where(column => column.Pk > 0).OrderBy(column => column.Pk).Select(column => column.Name));
        long of = source.ExecuteScalar<long>($"SELECT count(*) FROM {table}");
        long copied = target.ExecuteScalar<long?>("SELECT copied FROM moving WHERE name = @table", new { table }) ?? 0;
        using SqliteCommand command = source.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT {names} FROM {table} ORDER BY {key} LIMIT -1 OFFSET {copied}");
        using SqliteDataReader rows = command.ExecuteReader();
        while (copied < of)
        {
            copied += CopyPortion(rows, columns, names, copied);
            progress(new MoveProgress(table, copied, of));
        }
    }

    private int CopyPortion(SqliteDataReader rows, List<Column> columns, string names, long before)
    {
        using NpgsqlTransaction transaction = target.BeginTransaction();
        int count = 0;
        using (NpgsqlBinaryImporter importer = target.BeginBinaryImport($"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"))
        {
            while (count < portion && rows.Read())
            {
                importer.StartRow();
                for (int i = 0; i < columns.Count; i++)
                    Write(importer, rows, i, columns[i].Type);
                count++;
            }
            importer.Complete();
        }
        if (count == 0)
            throw new MoveException($"{table} ended before its last row: is another program writing the file?");
        target.Execute("INSERT INTO moving VALUES (@table, @copied) ON CONFLICT (name) DO UPDATE SET copied = excluded.copied", new { table, copied = before + count });
        transaction.Commit();
        return count;
    }

    private static void Write(NpgsqlBinaryImporter importer, SqliteDataReader rows, int column, string type)
    {
        if (rows.IsDBNull(column))
        {
            importer.WriteNull();
            return;
        }
        switch (type)
        {
            case "BIGINT" or "INTEGER":
                importer.Write(rows.GetInt64(column), NpgsqlDbType.Bigint);
                break;
            case "DOUBLE PRECISION":
                importer.Write(rows.GetDouble(column), NpgsqlDbType.Double);
                break;
            case "BLOB":
                importer.Write(rows.GetFieldValue<byte[]>(column), NpgsqlDbType.Bytea);
                break;
            case "TEXT":
                importer.Write(rows.GetString(column).Replace('\0', '\uFFFD'), NpgsqlDbType.Text); // which the server's text cannot hold
                break;
            default:
                throw new InvalidOperationException($"no column is of the type {type}");
        }
    }

    private sealed record Column(string Name, string Type, long Pk);
}
