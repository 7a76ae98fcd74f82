using ChannelHub.Adapters;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;
using static ChannelHub.Tests.Customers.GraphRig;

namespace ChannelHub.Tests.Customers;

/// <summary>Messages that are written together give what they would give one after the other.</summary>
public sealed class OneTransactionTests : IDisposable
{
    private readonly GraphRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task Of_two_new_accounts_with_one_username_the_later_has_it()
    {
        await TogetherAsync(() => [rig.SayAsync(Who("telegram", "1", Alias("username", "ada"))), rig.SayAsync(Who("telegram", "2", Alias("username", "ada")))]);
        HoldersOf("ada").ShouldBe([rig.Identity("telegram", "2")]);
    }

    [Fact]
    public async Task A_username_that_another_account_had_passes_over_and_comes_back()
    {
        rig.Say(Who("telegram", "1", Alias("username", "ada")));
        await TogetherAsync(() =>
        [
            rig.SayAsync(Who("telegram", "2", Alias("username", "ada"))),
            rig.SayAsync(Who("telegram", "3", Alias("username", "ada"))),
            rig.SayAsync(Who("telegram", "4", Alias("username", "bea"))),
        ]);
        HoldersOf("ada").ShouldBe([rig.Identity("telegram", "3")]);
        rig.Clock.Advance(TimeSpan.FromDays(2));
        await TogetherAsync(() => [rig.SayAsync(Who("telegram", "1", Alias("username", "ada"))), rig.SayAsync(Who("telegram", "4", Alias("username", "bea")))]);
        HoldersOf("ada").ShouldBe([rig.Identity("telegram", "1")]);
        HoldersOf("bea").ShouldBe([rig.Identity("telegram", "4")]);
    }

    [Fact]
    public async Task One_account_that_comes_twice_is_one_although_its_address_changed_meanwhile()
    {
        Sender ada = Who("telegram", "1", Alias("username", "ada"));
        await TogetherAsync(() => [rig.SayAsync(ada with { Address = "a" }), rig.SayAsync(ada with { Address = "b" }), rig.SayAsync(ada with { Address = "c" })]);
        rig.Read(session => session.Find<string>("SELECT address FROM reach")).ShouldBe("c");
        HoldersOf("ada").ShouldBe([rig.Identity("telegram", "1")]);
    }

    [Fact]
    public async Task Another_id_of_an_account_that_comes_before_or_after_it_finds_the_account()
    {
        await TogetherAsync(() => [rig.SayAsync(Who("phone", "+48600100200", Alias("whatsapp", "PL.1"))), rig.SayAsync(Who("whatsapp", "PL.1"))]);
        rig.Read(session => session.Query<long>("SELECT DISTINCT identity_id FROM message")).ShouldBe([rig.Identity("phone", "+48600100200")]);
    }

    private List<long> HoldersOf(string username) =>
        rig.Read(session => session.Query<long>("SELECT identity_id FROM alias WHERE value = @username AND until IS NULL", new { username }));

    // The writer is held up until all of them wait for it.
    private async Task TogetherAsync(Func<Task<IngestOutcome>[]> say)
    {
        using var waiting = new ManualResetEventSlim();
        Task held = rig.Database.WriteAsync((WriteSession _) => waiting.Wait());
        Task<IngestOutcome>[] said = say();
        waiting.Set();
        await held;
        (await Task.WhenAll(said)).ShouldAllBe(outcome => outcome.Entries[0].Kind == EntryOutcomeKind.Stored);
    }
}
