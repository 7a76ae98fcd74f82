using ChannelHub.Adapters.Conformance;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Operation;

namespace ChannelHub.Tests.Engine;

public sealed class AdmissionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("channelhub-admission").FullName;
    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ManualResetEventSlim stuck = new();
    private readonly TestStore store;
    private readonly Database database;

    public AdmissionTests()
    {
        store = new TestStore(folder);
        database = new Database(store.Open(), clock, new IdGenerator(clock));
    }

    public void Dispose()
    {
        stuck.Set();
        database.Dispose();
        stuck.Dispose();
        store.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_store_that_does_not_get_on_takes_no_more_until_it_does()
    {
        Task first = await GetStuckAsync();
        Task second = database.WriteAsync(Beat);
        database.CanTakeMore.ShouldBeTrue();
        clock.Advance(TimeSpan.FromSeconds(1.1));
        database.CanTakeMore.ShouldBeFalse();

        stuck.Set();
        await Task.WhenAll(first, second);
        database.CanTakeMore.ShouldBeTrue();
    }

    [Fact]
    public async Task One_slow_transaction_before_which_nothing_waits_refuses_nobody()
    {
        Task slow = await GetStuckAsync();
        clock.Advance(TimeSpan.FromSeconds(10));
        database.CanTakeMore.ShouldBeTrue();
        stuck.Set();
        await slow;
    }

    [Fact]
    public async Task More_than_is_written_in_time_closes_the_door_to_the_outside_but_loses_nothing_that_came_in()
    {
        Task slow = await GetStuckAsync();
        int admitted = 0;
        List<Task> writes = [];
        for (; database.CanTakeMore && admitted < 10_000; admitted++)
            writes.Add(database.WriteAsync(Beat));
        admitted.ShouldBeInRange(33, 9_999);
        writes.Add(database.WriteAsync(Beat)); // somebody inside
        stuck.Set();
        await Task.WhenAll([slow, .. writes]);
        database.CanTakeMore.ShouldBeTrue();
    }

    private static void Beat(WriteSession session) => Heartbeat.Beat(session, node: 0);

    /// <summary>Has the writer's thread stand in a transaction until it is told to go on.</summary>
    private async Task<Task> GetStuckAsync()
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task write = database.WriteAsync(_ =>
        {
            inside.TrySetResult();
            stuck.Wait();
        });
        await inside.Task;
        return write;
    }
}
