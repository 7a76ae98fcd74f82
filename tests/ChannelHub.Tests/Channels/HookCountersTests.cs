using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Hooks;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Tests.Operation;

namespace ChannelHub.Tests.Channels;

public sealed class HookCountersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestStore store;
    private readonly LiveChannel channel = new(new ChannelRow(5, "scripted", "x", "{}", 1, "ok", null, null, 1, 0, 0, null), null, null, null, null);

    public HookCountersTests() => store = new TestStore(folder.Path);

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task What_was_counted_is_written_once()
    {
        using Database database = Open();
        var counters = new HookCounters(database);
        (await counters.FlushAsync()).ShouldBeFalse();
        counters.Forged(channel);
        counters.Forged(channel);
        counters.Saw(channel, [new Ignored("1", "a group"), new Ignored("2", "a group"), new Ignored("3", "a poll")]);

        (await counters.FlushAsync()).ShouldBeTrue();
        (await counters.FlushAsync()).ShouldBeFalse();

        counters.ForgedSince(5).ShouldBe(0);
        database.Read(session => ChannelStore.Accounting(session, 5)).Forged.ShouldBe(2);
        database.Read(session => ChannelStore.ReadLog(session, 5, long.MaxValue, 10)).Select(l => l.Detail)
            .ShouldBe(["2 requests without a valid secret or signature were refused", "a group (2 times)", "a poll"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_cannot_be_written_is_counted_on()
    {
        using Database database = Open(writeQueue: 0);
        var counters = new HookCounters(database);
        counters.Forged(channel);

        await Should.ThrowAsync<StoreUnavailableException>(counters.FlushAsync);

        counters.ForgedSince(5).ShouldBe(1);
    }

    private Database Open(int writeQueue = 100) => new(store.Open(), TimeProvider.System, new IdGenerator(TimeProvider.System), writeQueue);
}
