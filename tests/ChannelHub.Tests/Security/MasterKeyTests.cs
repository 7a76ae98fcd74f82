using System.Runtime.Versioning;
using ChannelHub.Security;
using ChannelHub.Tests.Operation;

namespace ChannelHub.Tests.Security;

[UnsupportedOSPlatform("windows")]
public sealed class MasterKeyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Path => folder.File("master.key");

    [Fact]
    public void The_first_start_makes_a_key_that_only_its_owner_reads()
    {
        MasterKeyResult.Opened first = Opened(null);

        first.IsNew.ShouldBeTrue();
        File.GetUnixFileMode(Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Convert.FromBase64String(File.ReadAllText(Path)).Length.ShouldBe(32);
        Directory.GetFiles(folder.Path).ShouldBe([Path]);
    }

    [Fact]
    public void Later_starts_read_the_same_key()
    {
        MasterKeyResult.Opened first = Opened(null);
        MasterKeyResult.Opened second = Opened(null);

        (second.IsNew, second.Warning).ShouldBe((false, null));
        second.Key.Derive("secrets").ShouldBe(first.Key.Derive("secrets"));
    }

    [Fact]
    public void A_key_from_the_settings_wins_and_leaves_no_file()
    {
        byte[] bytes = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

        Opened(Convert.ToBase64String(bytes)).Key.Id.ShouldBe(MasterKey.Parse(Convert.ToBase64String(bytes))!.Id);
        File.Exists(Path).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")] // 31 bytes
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")] // 33 bytes
    [InlineData("not base64 at all, but about as long as it is")]
    public void A_damaged_key_stops_the_start_and_is_left_as_it_is(string text)
    {
        folder.Write("master.key", text);

        MasterKeyFile.Open(null, Path).ShouldBeOfType<MasterKeyResult.Refused>().Problem.ShouldContain("damaged");
        File.ReadAllText(Path).ShouldBe(text);
        MasterKeyFile.Open(text, Path).ShouldBeOfType<MasterKeyResult.Refused>().Problem.ShouldContain("CHANNELHUB_MASTER_KEY");
    }

    [Fact]
    public void A_file_open_to_others_is_read_with_a_warning()
    {
        Opened(null);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        Opened(null).Warning!.ShouldContain("chmod 600");
    }

    [Fact]
    public void A_folder_that_cannot_be_written_stops_the_start() =>
        MasterKeyFile.Open(null, folder.File("missing/master.key")).ShouldBeOfType<MasterKeyResult.Refused>();

    [Fact]
    public void Purposes_have_keys_of_their_own()
    {
        MasterKey key = MasterKey.Generate().Key;
        string[] purposes = [KeyPurposes.Secrets, KeyPurposes.Links, KeyPurposes.Codes, KeyPurposes.Cursors];

        purposes.Select(p => Convert.ToHexString(key.Derive(p))).Distinct().Count().ShouldBe(purposes.Length);
        key.Derive(KeyPurposes.Links).Length.ShouldBe(32);
    }

    [Fact]
    public void Derived_keys_never_change_between_versions()
    {
        MasterKey key = MasterKey.Parse(Convert.ToBase64String(new byte[32]))!;

        key.Id.ShouldBe("28dc83a3");
        Convert.ToHexStringLower(key.Derive(KeyPurposes.Secrets)).ShouldBe("3d54893d1b69c3990161bfc3487df228faf495c5ddb8eb6ae584b2492b932868");
    }

    private MasterKeyResult.Opened Opened(string? fromSettings) => MasterKeyFile.Open(fromSettings, Path).ShouldBeOfType<MasterKeyResult.Opened>();
}
