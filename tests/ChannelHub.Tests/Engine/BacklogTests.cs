using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Engine;

public sealed class BacklogTests
{
    private readonly Backlog backlog = new();

    [Fact]
    public void So_many_may_wait_as_are_written_in_a_tenth_of_a_second()
    {
        Write(transactions: 20, count: 100, milliseconds: 10); // 10,000 a second
        Takes(waiting: 950).ShouldBeTrue();
        Takes(waiting: 1_050).ShouldBeFalse();
    }

    [Fact]
    public void Where_each_write_costs_ten_times_as_much_a_tenth_as_many_may_wait()
    {
        Write(transactions: 20, count: 100, milliseconds: 100);
        Takes(waiting: 95).ShouldBeTrue();
        Takes(waiting: 105).ShouldBeFalse();
    }

    [Fact]
    public void Five_transactions_of_dear_writes_are_enough_to_know_them()
    {
        Write(transactions: 4, count: 400, milliseconds: 800);
        Takes(waiting: 450).ShouldBeTrue();
        Write(transactions: 1, count: 400, milliseconds: 800);
        Takes(waiting: 80).ShouldBeFalse();
    }

    [Fact]
    public void Small_transactions_between_large_ones_do_not_make_many_look_dear()
    {
        Write(transactions: 20, count: 100, milliseconds: 20);
        Write(transactions: 4, count: 9, milliseconds: 15);
        Takes(waiting: 450).ShouldBeTrue();
        Takes(waiting: 550).ShouldBeFalse();
    }

    [Fact]
    public void A_disk_that_hesitates_once_refuses_nobody()
    {
        Write(transactions: 20, count: 100, milliseconds: 10);
        Write(transactions: 1, count: 64, milliseconds: 900);
        Takes(waiting: 500, waited: 800).ShouldBeTrue();
    }

    [Fact]
    public void Little_traffic_on_a_disk_that_takes_its_time_leaves_room_for_a_burst()
    {
        Write(transactions: 20, count: 100, milliseconds: 10);
        Write(transactions: 1_000, count: 2, milliseconds: 20);
        Takes(waiting: 950, waited: 300).ShouldBeTrue();
    }

    [Fact]
    public void One_slow_commit_of_a_few_refuses_nobody()
    {
        Write(transactions: 20, count: 100, milliseconds: 10);
        Write(transactions: 1, count: 3, milliseconds: 300);
        Takes(waiting: 32, waited: 900).ShouldBeTrue();
    }

    [Fact]
    public void After_slow_commits_of_a_few_the_next_that_are_more_are_known_better()
    {
        Write(transactions: 1_000, count: 1, milliseconds: 300);
        Takes(waiting: 32).ShouldBeTrue();
        Takes(waiting: 33).ShouldBeFalse();
        Write(transactions: 40, count: 32, milliseconds: 10);
        Takes(waiting: 200).ShouldBeTrue();
    }

    [Fact]
    public void A_store_that_does_not_get_on_takes_no_more_however_little_waits()
    {
        Takes(waiting: 1, waited: 1_100).ShouldBeFalse();
        Takes(waiting: 0, waited: 0).ShouldBeTrue();
    }

    private bool Takes(int waiting, int waited = 10) => !backlog.IsTooLong(waiting, TimeSpan.FromMilliseconds(waited));

    private void Write(int transactions, int count, int milliseconds)
    {
        for (int i = 0; i < transactions; i++)
            backlog.Wrote(count, TimeSpan.FromMilliseconds(milliseconds));
    }
}
