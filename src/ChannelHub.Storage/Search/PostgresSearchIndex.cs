using ChannelHub.Core.Search;
using ChannelHub.Storage.Engine;
using Dapper;
using Npgsql;

namespace ChannelHub.Storage.Search;

/// <summary>The words in a table of the data's own database, over connections of their own: the nodes that take turns to write the data do not wait for them.</summary>
public sealed class PostgresSearchIndex : SearchIndex
{
    private const int WritingLock = 0x4875_6203;

    // So many of the newest documents are looked at one by one first: most questions are answered by them, and the index of words would gather every hit there is.
    private const int Newest = 3_000;

    // Where those had a share of what is wanted, so many hold the rest, and looking at them is cheaper than gathering one of a hundred of all documents.
    private const int Newer = 36_000;
    private const int Share = 8;

    private const string People = "search_person";
    private const string Messages = "search_message";

    private readonly NpgsqlDataSource source;

    /// <param name="connectionString">As for the data.</param>
    public PostgresSearchIndex(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 16, MinPoolSize = 0, CommandTimeout = 15, TcpKeepAlive = true };
        settings.Options = $"{settings.Options} -c jit=off".TrimStart();
        settings.ApplicationName = (settings.ApplicationName ?? "channelhub") + " search";
        source = NpgsqlDataSource.Create(settings);
    }

    internal override SearchProgress? Progress() => Use(Progress);

    private protected override List<long> FindIn(SearchQuery query, SearchRange range, int limit)
    {
        string table = range.Scope == SearchScope.People ? People : Messages;
        string words = Spell(query.Clauses, range, (word, isBeginning) => isBeginning ? $"'{word}':*" : $"'{word}'", " & ", " | ");
        // A range that is open at one end is walked from there; of one that is not, a server without statistics thinks that it is short, and sorts all of it.
        string above = range.Above == 0 ? "" : "id > @Above AND ";
        return Use(connection =>
        {
            List<long> hits = range.Owners is not null ? [] : Walk(Newest);
            if (hits.Count < limit && hits.Count * Share >= limit)
                hits = Walk(Newer);
            return hits.Count == limit ? hits : connection.Query<long>($"""
                WITH hits AS MATERIALIZED (SELECT id FROM {table} WHERE words @@ CAST(@words AS tsquery) AND {above}id < @Below)
                SELECT id FROM hits ORDER BY id DESC LIMIT @limit
                """, new { words, range.Above, range.Below, limit }).AsList();

            List<long> Walk(int documents) => connection.Query<long>($"""
                SELECT id FROM (SELECT id, words FROM {table} WHERE {above}id < @Below ORDER BY id DESC LIMIT @documents) newest
                WHERE words @@ CAST(@words AS tsquery) ORDER BY id DESC LIMIT @limit
                """, new { words, range.Above, range.Below, limit, documents }).AsList();
        });
    }

    internal override void Write(Action<SearchWriter> write) => Use(connection =>
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        connection.Execute("SET LOCAL synchronous_commit = off"); // what a crash takes is read from the log again
        connection.Execute("SELECT pg_advisory_xact_lock(@WritingLock, hashtext(current_schema()))", new { WritingLock });
        write(new Writer(connection));
        transaction.Commit();
        return true;
    });

    internal override void Scrub() => Use(connection => connection.Execute($"VACUUM {People}, {Messages}"));

    public override void Dispose() => source.Dispose();

    private static SearchProgress? Progress(NpgsqlConnection connection) => connection.QueryFirstOrDefault<SearchProgress>(
        "SELECT position, at, built_down_to AS BuiltDownTo, built, total FROM search_progress WHERE version = @Version", new { Version });

    private T Use<T>(Func<NpgsqlConnection, T> use)
    {
        try
        {
            using NpgsqlConnection connection = source.OpenConnection();
            return use(connection);
        }
        catch (NpgsqlException failure) when (failure is not PostgresException { SqlState: ['4', '2', ..] })
        {
            throw new StoreUnavailableException("the search index cannot be reached: " + failure.Message, failure);
        }
    }

    private sealed class Writer(NpgsqlConnection connection) : SearchWriter
    {
        public override SearchProgress? Progress => PostgresSearchIndex.Progress(connection);

        public override void Put(IReadOnlyCollection<SearchDocument> documents)
        {
            Put(People, [.. documents.Where(d => d.IsPerson)]);
            Put(Messages, [.. documents.Where(d => !d.IsPerson)]);
        }

        public override void Remove(IReadOnlyCollection<long> ids)
        {
            foreach (string table in (string[])[People, Messages])
                connection.Execute($"DELETE FROM {table} WHERE id = ANY(@ids)", new { ids = ids.ToArray() });
        }

        public override void Save(SearchProgress progress)
        {
            connection.Execute("DELETE FROM search_progress");
            connection.Execute("""
                INSERT INTO search_progress (version, position, at, built_down_to, built, total) VALUES (@Version, @Position, @At, @BuiltDownTo, @Built, @Total)
                """, new { Version, progress.Position, progress.At, progress.BuiltDownTo, progress.Built, progress.Total });
        }

        public override void Clear() => connection.Execute($"TRUNCATE {People}, {Messages}, search_progress");

        private void Put(string table, List<SearchDocument> documents) => connection.Execute($"""
            INSERT INTO {table} (id, words) SELECT d.id, array_to_tsvector(string_to_array(d.words, ' ')) FROM unnest(@ids, @words) AS d (id, words)
            ON CONFLICT (id) DO UPDATE SET words = excluded.words WHERE {table}.words <> excluded.words
            """, new { ids = documents.Select(d => d.Id).ToArray(), words = documents.Select(LineOf).ToArray() });
    }
}
