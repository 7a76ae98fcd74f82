using ChannelHub.Adapters.Conformance;
using ChannelHub.Attachments;
using ChannelHub.Core.Ids;
using ChannelHub.Operation;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Postgres;
using ChannelHub.Storage.Engine.Sqlite;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.Ingest;
using ChannelHub.Storage.Moving;
using ChannelHub.Tests.Nodes;

namespace ChannelHub.Tests.Operation;

[Trait("engine", "postgres")]
public sealed class MoveTests : IDisposable
{
    private readonly TemporaryFolder root = new();
    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore store;
    private readonly StringWriter output = new();
    private readonly StringWriter errors = new();

    public MoveTests() => store = new TestStore(root.Path);

    public void Dispose()
    {
        store.Dispose();
        root.Dispose();
    }

    [PostgresFact]
    public async Task Rows_and_files_of_a_stopped_hub_are_carried_over()
    {
        (long identity, string sha256) = await LiveAsync();
        (await MoveAsync()).ShouldBe(0, errors.ToString());
        output.ToString().ShouldContain("All rows and files are there.");

        using Database moved = OpenMoved();
        moved.Head.ShouldBe(2);
        moved.Read(session => IdentityStore.Find(session, identity))!.Value.ShouldBe("42");
        moved.Read(session => session.Query<long>("SELECT id FROM inbox")).Count.ShouldBe(1);
        (await new DatabaseFiles(moved, root.Path).IsIntactAsync(sha256, 3, CancellationToken.None)).ShouldBeTrue();
        moved.Ids.Next().ShouldBeGreaterThan(identity);
    }

    [PostgresFact]
    public async Task Every_value_arrives_as_it_was()
    {
        await LiveAsync();
        List<string> before = Everything(new SqliteDialect(Path.Combine(root.Path, "hub.db")));
        (await MoveAsync()).ShouldBe(0, errors.ToString());
        using var target = new PostgresDialect(store.ConnectionString!);
        Everything(target).ShouldBe(before);
    }

    [PostgresFact]
    public async Task A_move_that_breaks_off_goes_on_and_no_hub_starts_meanwhile()
    {
        await LiveAsync();
        using (var target = new PostgresDialect(store.ConnectionString!))
        {
            Should.Throw<IOException>(() => new Mover(Path.Combine(root.Path, "hub.db"), target, clock).Run(progress =>
            {
                if (progress is { Table: "channel_log", Rows: 10_000 })
                    throw new IOException("pulled out");
            }));
        }
        Should.Throw<InvalidOperationException>(OpenMoved).Message.ShouldContain("not completed");

        (await MoveAsync()).ShouldBe(0, errors.ToString());
        using Database moved = OpenMoved();
        moved.Read(session => session.Query<long>("SELECT id FROM channel_log ORDER BY id")).ShouldBe(Enumerable.Range(1, 12_000).Select(n => (long)n));
        output.ToString().ShouldContain("channel_log                12,000 of 12,000");
    }

    [PostgresFact]
    public async Task A_database_that_a_hub_has_used_is_refused_and_so_is_a_running_hub()
    {
        await LiveAsync();
        using (Database used = OpenMoved())
            await used.WriteAsync(session => IdentityStore.Open(session, new("external", "", "1"), null, Adapters.Assurance.Asserted, null, session.Now));
        (await MoveAsync()).ShouldBe(1);
        errors.ToString().ShouldContain("not empty");

        using DataFolder held = ((DataFolderResult.Opened)DataFolder.Open(root.Path)).Folder;
        (await MoveAsync()).ShouldBe(1);
        errors.ToString().ShouldContain("in use by another ChannelHub");
    }

    [PostgresFact]
    public async Task Whoever_calls_it_wrongly_is_told_how()
    {
        (await new MoveCommand(clock, output, errors).RunAsync(["--from"], store.ConnectionString)).ShouldBe(1);
        errors.ToString().ShouldContain("channelhub move --from");
        (await new MoveCommand(clock, output, errors).RunAsync(["--from", root.Path], "Pasword=s3cret")).ShouldBe(1);
        errors.ToString().ShouldNotContain("s3cret");
    }

    private async Task<(long Identity, string Sha256)> LiveAsync()
    {
        using DataFolder folder = ((DataFolderResult.Opened)DataFolder.Open(root.Path)).Folder;
        using var database = new Database(new SqliteDialect(folder.Database), clock, new IdGenerator(clock));
        using StoredFile file = (await new FolderFiles(database, folder.Attachments, folder.Temporary, TimeSpan.Zero).WriteAsync(new MemoryStream([1, 2, 3]), 3, CancellationToken.None))!;
        return await database.WriteAsync(session =>
        {
            session.Execute("""
                INSERT INTO channel_log (id, channel_id, at, level, what, detail)
                WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 12000) SELECT v, 1, 0, 'info', 'żółw', NULL FROM n
                """);
            session.Execute("""
                INSERT INTO inbox (id, channel_id, received_at, method, body, adapter, state, stored, duplicate, ignored, quarantined)
                VALUES (@id, 1, @Now, 'POST', x'00ff', '1', 1, 0, 0, 0, 1)
                """, new { id = session.NewId(), session.Now });
            session.Execute("""
                INSERT INTO suggestion (id, proposes, left_id, right_id, evidence, score, state, created_at) VALUES (1, 'merge', 1, 2, '[]', 0.75, 'open', 0)
                """);
            AttachmentStore.Insert(session, new NewFile(session.NewId(), "a", "image/png", 3, file.Sha256, 1));
            return (IdentityStore.Open(session, new("external", "", "42"), null, Adapters.Assurance.Asserted, "Ada", session.Now), file.Sha256);
        });
    }

    private List<string> Everything(Dialect dialect)
    {
        using var database = new Database(dialect, clock, new IdGenerator(clock));
        return database.Read(session => (List<string>)[
            .. session.Query<IdentityRow>("SELECT id, kind, scope, value, original, name, language, assurance, generation, customer_id AS CustomerId, since, until, blocked_at AS BlockedAt FROM identity").ConvertAll(row => row.ToString()),
            .. session.Query<EventRow>("SELECT position, type, at, identity_id AS IdentityId, customer_id AS CustomerId, message_id AS MessageId, revision, data FROM event ORDER BY position").ConvertAll(row => row.ToString()),
            .. session.Query<string>("SELECT what FROM channel_log ORDER BY id"),
            .. session.Query<long>("SELECT id FROM inbox").ConvertAll(id => $"{id} {Convert.ToHexString(InboxStore.Find(session, id)!.Body)}"),
            .. session.Query<double>("SELECT score FROM suggestion").ConvertAll(score => $"{score}"),
        ]);
    }

    private Task<int> MoveAsync() => new MoveCommand(clock, output, errors).RunAsync(["--from", root.Path], store.ConnectionString);

    private Database OpenMoved() => new(store.Open(), clock, new IdGenerator(clock));
}
