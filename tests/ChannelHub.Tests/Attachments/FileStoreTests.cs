using System.Security.Cryptography;
using ChannelHub.Attachments;
using ChannelHub.Core.Ids;
using ChannelHub.Operation;
using ChannelHub.Storage.Engine;
using ChannelHub.Tests.Operation;

namespace ChannelHub.Tests.Attachments;

public sealed class FileStoreTests : IDisposable
{
    private readonly TemporaryFolder root = new();
    private readonly DataFolder folder;
    private readonly TestStore data;
    private readonly Database database;
    private readonly FileStore store;

    public FileStoreTests()
    {
        folder = ((DataFolderResult.Opened)DataFolder.Open(root.Path)).Folder;
        data = new TestStore(root.Path);
        database = new Database(data.Open(), TimeProvider.System, new IdGenerator(TimeProvider.System));
        store = new FolderFiles(database, folder.Attachments, folder.Temporary, settling: TimeSpan.Zero);
    }

    public void Dispose()
    {
        database.Dispose();
        data.Dispose();
        folder.Dispose();
        root.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(300_001)]
    public async Task A_file_lies_under_its_hash_and_comes_back_whole(int size)
    {
        byte[] bytes = Some(size);

        using StoredFile file = (await store.WriteAsync(new MemoryStream(bytes), size, CancellationToken.None))!;

        file.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        file.Size.ShouldBe(size);
        file.Head.ToArray().ShouldBe(bytes[..Math.Min(size, 4096)]);
        Paths().ShouldBe([Path.Combine(file.Sha256[..2], file.Sha256[2..4], file.Sha256)]);
        (await ReadAsync(file.Sha256, size)).ShouldBe(bytes);
        Directory.GetFiles(folder.Temporary).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_beginning_is_complete_though_the_source_drips()
    {
        byte[] bytes = Some(10_000);
        using StoredFile file = (await store.WriteAsync(new DrippingStream(bytes, 7), bytes.Length, CancellationToken.None))!;
        file.Head.ToArray().ShouldBe(bytes[..4096]);
    }

    [Fact]
    public async Task The_same_content_is_one_file_however_many_write_it_at_once()
    {
        byte[] bytes = Some(200_000);

        StoredFile?[] files = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(
            () => store.WriteAsync(new DrippingStream(bytes, 4000), bytes.Length, CancellationToken.None))));

        files.Select(f => f!.Sha256).Distinct().Count().ShouldBe(1);
        Paths().Length.ShouldBe(1);
        (await ReadAsync(files[0]!.Sha256, bytes.Length)).ShouldBe(bytes);
        Directory.GetFiles(folder.Temporary).ShouldBeEmpty();
        Array.ForEach(files, f => f!.Dispose());
    }

    [Fact]
    public async Task One_byte_too_many_is_too_large_and_leaves_nothing()
    {
        (await store.WriteAsync(new MemoryStream(Some(1001)), 1000, CancellationToken.None)).ShouldBeNull();
        (await store.WriteAsync(new EndlessStream(), 1_000_000, CancellationToken.None)).ShouldBeNull();

        Paths().ShouldBeEmpty();
        Directory.GetFiles(folder.Temporary).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_source_that_breaks_off_leaves_nothing_and_says_so()
    {
        await Should.ThrowAsync<HttpIOException>(() => store.WriteAsync(new BreakingStream(Some(70_000)), 1_000_000, CancellationToken.None));

        Paths().ShouldBeEmpty();
        Directory.GetFiles(folder.Temporary).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_disk_that_does_not_take_it_is_the_hubs_trouble_and_not_the_sources()
    {
        Directory.Delete(folder.Temporary);
        await Should.ThrowAsync<StoreUnavailableException>(() => store.WriteAsync(new MemoryStream(Some(10)), 100, CancellationToken.None));

        Directory.CreateDirectory(folder.Temporary);
        Directory.Delete(folder.Attachments);
        await File.WriteAllTextAsync(folder.Attachments, "in the way");
        await Should.ThrowAsync<StoreUnavailableException>(() => store.WriteAsync(new MemoryStream(Some(10)), 100, CancellationToken.None));
        Directory.GetFiles(folder.Temporary).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_process_that_dies_leaves_only_a_draft_and_the_next_start_takes_it_away()
    {
        // The source never ends: the writer is stopped in the middle, as by a kill.
        var source = new StuckStream(Some(70_000));
        _ = store.WriteAsync(source, 1_000_000, CancellationToken.None);
        await source.Stuck;
        Directory.GetFiles(folder.Temporary).Length.ShouldBe(1);
        Paths().ShouldBeEmpty();

        folder.Dispose();
        using DataFolder again = ((DataFolderResult.Opened)DataFolder.Open(root.Path)).Folder;
        Directory.GetFiles(again.Temporary).ShouldBeEmpty();
        Paths().ShouldBeEmpty();
    }

    [Fact]
    public async Task Damage_is_noticed_wherever_it_is()
    {
        const int size = 100_000;
        byte[] bytes = Some(size);
        using StoredFile file = (await store.WriteAsync(new MemoryStream(bytes), size, CancellationToken.None))!;
        string path = Path.Combine(folder.Attachments, Paths()[0]);
        var random = new Random(3);
        for (int i = 0; i < 100; i++)
        {
            byte[] damaged = [.. bytes];
            damaged[random.Next(size)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(path, damaged);
            (await store.OpenAsync(file.Sha256, size, CancellationToken.None)).ShouldBeNull();
            await File.WriteAllBytesAsync(path, bytes[..random.Next(size)]);
            (await store.OpenAsync(file.Sha256, size, CancellationToken.None)).ShouldBeNull();
        }
        await File.WriteAllBytesAsync(path, [.. bytes, 0]);
        (await store.IsIntactAsync(file.Sha256, size, CancellationToken.None)).ShouldBeFalse();
        File.Delete(path);
        (await store.OpenAsync(file.Sha256, size, CancellationToken.None)).ShouldBeNull();
        await Should.ThrowAsync<IOException>(() => store.ReopenAsync(file.Sha256, size, CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task Writing_the_same_content_again_mends_a_damaged_file()
    {
        byte[] bytes = Some(5000);
        (await store.WriteAsync(new MemoryStream(bytes), 5000, CancellationToken.None))!.Dispose();
        await File.WriteAllBytesAsync(Path.Combine(folder.Attachments, Paths()[0]), new byte[5000]);

        using StoredFile file = (await store.WriteAsync(new MemoryStream(bytes), 5000, CancellationToken.None))!;

        (await ReadAsync(file.Sha256, 5000)).ShouldBe(bytes);
    }

    [Fact]
    public async Task Only_what_is_unused_goes_and_a_file_just_written_waits_for_its_row()
    {
        StoredFile first = (await store.WriteAsync(new MemoryStream(Some(10)), 10, CancellationToken.None))!;
        StoredFile second = (await store.WriteAsync(new MemoryStream(Some(10)), 10, CancellationToken.None))!;

        first.Dispose();
        first.Dispose(); // twice is once
        (await store.DeleteUnusedAsync(first.Sha256, _ => true)).ShouldBeFalse();
        second.Dispose();
        (await store.DeleteUnusedAsync(first.Sha256, _ => false)).ShouldBeFalse();
        Paths().Length.ShouldBe(1);
        (await store.DeleteUnusedAsync(first.Sha256, _ => true)).ShouldBeTrue();
        Paths().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    public async Task Nothing_but_a_hash_is_a_place(string name) =>
        await Should.ThrowAsync<ArgumentException>(() => store.OpenAsync(name, 1, CancellationToken.None));

    [Fact]
    public async Task Files_are_for_their_owner_only()
    {
        if (OperatingSystem.IsWindows())
            return;
        (await store.WriteAsync(new MemoryStream(Some(10)), 10, CancellationToken.None))!.Dispose();
        File.GetUnixFileMode(Path.Combine(folder.Attachments, Paths()[0])).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private string[] Paths() => Directory.Exists(folder.Attachments)
        ? [.. Directory.GetFiles(folder.Attachments, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder.Attachments, f))]
        : [];

    private async Task<byte[]> ReadAsync(string sha256, long size)
    {
        await using Stream content = (await store.OpenAsync(sha256, size, CancellationToken.None))!;
        var copy = new MemoryStream();
        await content.CopyToAsync(copy);
        return copy.ToArray();
    }

    private static byte[] Some(int size)
    {
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
