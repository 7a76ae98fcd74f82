using ChannelHub.Core.Search;
using ChannelHub.Storage.Search;
using ChannelHub.Tests.Customers;
using Dapper;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.Search;

/// <summary>The index is no part of the data: whatever happens to it, it comes back.</summary>
public sealed class SearchIndexTests : IAsyncLifetime
{
    private SearchShop shop = null!;

    public async Task InitializeAsync()
    {
        shop = await SearchShop.OpenAsync();
        await shop.SayAsync(1, "red kite");
        await shop.SayAsync(2, "blue kite");
        await shop.SettledAsync();
    }

    public async Task DisposeAsync() => await shop.DisposeAsync();

    private string File => Path.Combine(shop.Hub.DataPath, "search.db");

    [Fact]
    public async Task What_was_found_before_a_restart_is_found_after_it_without_building()
    {
        long built = shop.Hub.Get<FullText>().Progress!.Built;
        await shop.Hub.RestartAsync();

        (await shop.Hub.GetAsync("/v1/messages?q=kite"))["data"]!.AsArray().Count.ShouldBe(2);
        shop.Hub.Get<FullText>().Progress!.Built.ShouldBe(built);
    }

    [Fact]
    [Trait("engine", "sqlite")]
    public Task A_missing_file_is_built_anew() => ComesBackAsync(() => Delete("", "-wal", "-shm"));

    [Fact]
    [Trait("engine", "sqlite")]
    public Task A_file_that_is_none_is_built_anew() => ComesBackAsync(() =>
    {
        Delete("-wal", "-shm");
        System.IO.File.WriteAllText(File, string.Concat(Enumerable.Repeat("this is no database. ", 1_000)));
    });

    [Fact]
    [Trait("engine", "sqlite")]
    public Task A_file_that_is_cut_off_is_built_anew() => ComesBackAsync(() =>
    {
        using FileStream file = System.IO.File.OpenWrite(File);
        file.SetLength(6_000);
    });

    [Fact]
    [Trait("engine", "sqlite")]
    public Task A_file_with_holes_is_built_anew() => ComesBackAsync(() =>
    {
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        bytes.AsSpan(4096).Fill(0xA5);
        System.IO.File.WriteAllBytes(File, bytes);
    });

    [Fact]
    [Trait("engine", "sqlite")]
    public Task A_file_of_another_version_is_built_anew() => ComesBackAsync(() =>
    {
        using SqliteConnection connection = Open();
        connection.Execute("PRAGMA user_version = 99");
    });

    [Fact]
    [Trait("engine", "sqlite")]
    public Task A_file_that_belongs_to_other_data_is_built_anew() => ComesBackAsync(() =>
    {
        using SqliteConnection connection = Open();
        connection.Execute("UPDATE progress SET at = at - 1");
    });

    [Fact]
    [Trait("engine", "sqlite")]
    public Task A_file_that_is_ahead_of_the_data_is_built_anew() => ComesBackAsync(() =>
    {
        using SqliteConnection connection = Open();
        connection.Execute("UPDATE progress SET position = position + 1000");
    });

    [Fact]
    public void The_newest_is_built_first_and_nothing_is_said_of_what_is_not_built_yet()
    {
        using var rig = new GraphRig();
        using SearchIndex index = rig.OpenSearch();
        var search = new FullText(rig.Database, index);
        var follower = new SearchFollower(rig.Database, index);
        for (int i = 0; i < 1_200; i++)
            rig.Say(GraphRig.Who("telegram", "42"), $"kite{i}");
        SearchPage Find(string text) => search.Messages(SearchQuery.TryParse(text, out SearchQuery? query, out _) ? query : throw new ArgumentException(text), long.MaxValue, 10);

        Find("kite1199").Building.ShouldNotBeNull();
        follower.RunOnce().ShouldBeTrue();
        Find("kite1199").Found.ShouldHaveSingleItem();
        Find("kite1199").Next.ShouldNotBeNull();
        (Find("kite0").Found.Count, Find("kite0").Building?.Built).ShouldBe((0, 1_000));
        follower.RunOnce().ShouldBeFalse();
        Find("kite0").Found.ShouldHaveSingleItem();
        Find("kite0").Building.ShouldBeNull();
        Find("kite1199").Next.ShouldBeNull();
        Find("kite").Found.Count.ShouldBe(10);
    }

    [Fact]
    public void A_rare_word_is_found_below_thousands_that_begin_like_it()
    {
        using var rig = new GraphRig();
        using SearchIndex index = rig.OpenSearch();
        rig.Say(GraphRig.Who("telegram", "42"), "a parrot 12-345-678");
        Task.WaitAll([.. Enumerable.Range(0, 2_100).Select(_ => rig.SayAsync(GraphRig.Who("telegram", "42"), "a parcel 123"))]);
        var follower = new SearchFollower(rig.Database, index);
        while (follower.RunOnce())
        {
        }
        var search = new FullText(rig.Database, index);
        int Count(string text) => search.Messages(SearchQuery.TryParse(text, out SearchQuery? query, out _) ? query : throw new ArgumentException(text), long.MaxValue, 10).Found.Count;

        (Count("parro"), Count("parrot"), Count("a parr"), Count("1234"), Count("12 345 6"), Count("parrots"), Count("parcel"), Count("a"), Count("parrot 1")).ShouldBe((1, 1, 1, 1, 1, 0, 10, 10, 1));
    }

    [Fact]
    public async Task How_far_behind_the_index_is_can_be_measured()
    {
        string metrics = await shop.Hub.Admin.GetStringAsync("/metrics");

        metrics.ShouldContain("channelhub_search_behind");
        metrics.ShouldContain("channelhub_search_unbuilt 0");
    }

    private async Task ComesBackAsync(Action harm)
    {
        await shop.Hub.StopAsync();
        harm();
        await shop.Hub.StartAgainAsync();
        await shop.SettledAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await shop.Hub.CallAsync(HttpMethod.Get, "/v1/messages?q=kite") is not (200, { } page) || page["data"]!.AsArray().Count < 2)
            await Task.Delay(20, limit.Token);
        (await shop.ConversationsAsync("blue")).ShouldHaveSingleItem();
        shop.Hub.Get<FullText>().Progress!.IsWhole.ShouldBeTrue();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection("Pooling=False;Data Source=" + File);
        connection.Open();
        return connection;
    }

    private void Delete(params string[] suffixes)
    {
        foreach (string suffix in suffixes)
            System.IO.File.Delete(File + suffix);
    }
}
