using ChannelHub.Adapters.Conformance;
using ChannelHub.Attachments;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Attachments;

public sealed class DatabaseFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("channelhub-files").FullName;
    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore data;
    private readonly Database database;
    private readonly DatabaseFiles files;

    public DatabaseFilesTests()
    {
        data = new TestStore(folder);
        database = new Database(data.Open(), clock, new IdGenerator(clock));
        files = new DatabaseFiles(database, folder + "/drafts");
        Directory.CreateDirectory(folder + "/drafts");
    }

    public void Dispose()
    {
        database.Dispose();
        data.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(FileBytes.ChunkBytes)]
    [InlineData((3 * FileBytes.ChunkBytes) + 17)]
    public async Task A_file_comes_back_whole_and_leaves_no_draft(int size)
    {
        byte[] bytes = Some(size);
        using StoredFile file = (await files.WriteAsync(new MemoryStream(bytes), size, CancellationToken.None))!;
        await using (Stream content = (await files.OpenAsync(file.Sha256, size, CancellationToken.None))!)
        {
            var copy = new MemoryStream();
            await content.CopyToAsync(copy);
            copy.ToArray().ShouldBe(bytes);
        }
        Drafts().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_same_content_is_kept_once_however_many_write_it_at_once()
    {
        byte[] bytes = Some(600_000);
        StoredFile?[] written = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => files.WriteAsync(new MemoryStream(bytes), bytes.Length, CancellationToken.None))));
        Count("file").ShouldBe(1);
        Count("file_chunk").ShouldBe(3);
        Array.ForEach(written, file => file!.Dispose());
        (await files.IsIntactAsync(written[0]!.Sha256, bytes.Length, CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task Only_what_is_unused_goes_and_a_file_just_written_waits_for_its_row()
    {
        StoredFile first = (await files.WriteAsync(new MemoryStream(Some(10)), 10, CancellationToken.None))!;
        StoredFile second = (await files.WriteAsync(new MemoryStream(Some(10)), 10, CancellationToken.None))!;

        first.Dispose();
        first.Dispose(); // twice is once
        (await files.DeleteUnusedAsync(first.Sha256, _ => true)).ShouldBeFalse();
        second.Dispose();
        (await files.DeleteUnusedAsync(first.Sha256, _ => false)).ShouldBeFalse();
        (await files.DeleteUnusedAsync(first.Sha256, _ => true)).ShouldBeTrue();
        (Count("file"), Count("file_chunk"), Count("file_hold")).ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task Damage_is_noticed()
    {
        byte[] bytes = Some(300_000);
        using StoredFile file = (await files.WriteAsync(new MemoryStream(bytes), bytes.Length, CancellationToken.None))!;
        (await files.OpenAsync(file.Sha256, bytes.Length + 1, CancellationToken.None)).ShouldBeNull();
        await database.WriteAsync(session => session.Execute("UPDATE file_chunk SET bytes = @other WHERE place = 1", new { other = new byte[bytes.Length - FileBytes.ChunkBytes] }));
        (await files.OpenAsync(file.Sha256, bytes.Length, CancellationToken.None)).ShouldBeNull();
        await database.WriteAsync(session => session.Execute("DELETE FROM file_chunk WHERE place = 1"));
        (await files.OpenAsync(file.Sha256, bytes.Length, CancellationToken.None)).ShouldBeNull();
        await Should.ThrowAsync<IOException>(() => files.ReopenAsync(file.Sha256, bytes.Length, CancellationToken.None).AsTask());
        Drafts().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_node_left_that_ended_while_it_wrote_is_cleared_away()
    {
        using StoredFile kept = (await files.WriteAsync(new MemoryStream(Some(10)), 10, CancellationToken.None))!;
        await database.WriteAsync(session =>
        {
            session.Execute("INSERT INTO file_hold (id, sha256, run, at) VALUES (1, 'ab', -1, 0)");
            FileBytes.AddChunk(session, 1, 0, [1, 2, 3]);
        });
        await files.TidyAsync();
        (Count("file"), Count("file_chunk"), Count("file_hold")).ShouldBe((1, 1, 1));
    }

    [Fact]
    public async Task Old_files_are_found_by_the_beginning_of_their_hash()
    {
        using StoredFile file = (await files.WriteAsync(new MemoryStream(Some(10)), 10, CancellationToken.None))!;
        byte shelf = Convert.FromHexString(file.Sha256)[0];
        files.OnShelf(shelf, clock.GetUtcNow().AddHours(1)).ShouldBe([file.Sha256]);
        files.OnShelf(shelf, clock.GetUtcNow().AddHours(-1)).ShouldBeEmpty();
        files.OnShelf((byte)(shelf + 1), clock.GetUtcNow().AddHours(1)).ShouldBeEmpty();
    }

    private static byte[] Some(int size)
    {
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private string[] Drafts() => Directory.GetFiles(folder + "/drafts");

    private long Count(string table) => database.Read(session => session.Find<long>($"SELECT count(*) FROM {table}"));
}
