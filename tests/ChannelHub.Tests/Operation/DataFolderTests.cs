using System.Runtime.Versioning;
using ChannelHub.Operation;

namespace ChannelHub.Tests.Operation;

[UnsupportedOSPlatform("windows")]
public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    private string Path => temporary.File("data");

    [Fact]
    public void A_new_folder_is_readable_by_its_owner_only()
    {
        using DataFolder folder = Opened();

        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.GetUnixFileMode(Path).ShouldBe(owner);
        File.GetUnixFileMode(folder.Attachments).ShouldBe(owner);
        System.IO.Path.IsPathFullyQualified(folder.Database).ShouldBeTrue();
    }

    [Fact]
    public void A_folder_in_use_is_refused_and_its_holder_named()
    {
        using DataFolder folder = Opened();

        string problem = DataFolder.Open(Path).ShouldBeOfType<DataFolderResult.Refused>().Problem;
        problem.ShouldContain($"process {Environment.ProcessId}");
        problem.ShouldContain("CHANNELHUB_DATA");
    }

    [Fact]
    public void A_refused_start_does_not_disturb_the_holder()
    {
        using DataFolder folder = Opened();
        File.WriteAllText(System.IO.Path.Combine(folder.Temporary, "upload"), "half");

        DataFolder.Open(Path).ShouldBeOfType<DataFolderResult.Refused>();

        File.Exists(System.IO.Path.Combine(folder.Temporary, "upload")).ShouldBeTrue();
        DataFolder.Open(Path).ShouldBeOfType<DataFolderResult.Refused>();
    }

    [Fact]
    public void A_folder_given_back_can_be_opened_again()
    {
        Opened().Dispose();

        using DataFolder again = Opened();
        again.Root.ShouldBe(Path);
    }

    [Fact]
    public void A_start_empties_the_temporary_folder_and_nothing_else()
    {
        using (DataFolder folder = Opened())
        {
            File.WriteAllText(System.IO.Path.Combine(folder.Temporary, "half"), "x");
            File.WriteAllText(System.IO.Path.Combine(folder.Attachments, "whole"), "x");
        }

        using DataFolder again = Opened();
        Directory.GetFiles(again.Temporary).ShouldBeEmpty();
        Directory.GetFiles(again.Attachments).Length.ShouldBe(1);
    }

    [Fact]
    public void What_a_killed_process_left_behind_does_not_keep_the_next_out()
    {
        Directory.CreateDirectory(Path);
        temporary.Write("data/hub.lock", "");
        temporary.Write("data/hub.pid", "process 1 on elsewhere\n");

        using DataFolder folder = Opened();
        File.ReadAllText(System.IO.Path.Combine(Path, "hub.pid")).ShouldStartWith($"process {Environment.ProcessId} ");
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_refused()
    {
        temporary.Write("data", "a file");

        DataFolder.Open(Path).ShouldBeOfType<DataFolderResult.Refused>().Problem.ShouldContain("CHANNELHUB_DATA");
    }

    [Fact]
    public void A_durable_file_is_whole_and_never_replaces_another()
    {
        string file = temporary.File("key");
        DurableFile.Create(file, "one"u8);

        Should.Throw<IOException>(() => DurableFile.Create(file, "two"u8));

        File.ReadAllText(file).ShouldBe("one");
        Directory.GetFiles(temporary.Path).ShouldBe([file]);
    }

    private DataFolder Opened() => DataFolder.Open(Path).ShouldBeOfType<DataFolderResult.Opened>().Folder;
}
