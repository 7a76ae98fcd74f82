using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Engine;

public sealed class IdsOverRestartTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("channelhub-ids").FullName;

    private readonly TestStore store;

    public IdsOverRestartTests() => store = new TestStore(folder);

    public void Dispose()
    {
        store.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Ids_go_on_after_the_newest_one_although_the_clock_was_set_back_while_the_hub_was_down()
    {
        var noon = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
        long before;
        using (Database database = Open(noon))
            before = await database.WriteAsync(s => IdentityStore.Open(s, new Key("external", "", "42"), null, Assurance.Asserted, null, s.Now));
        using Database again = Open(noon.AddDays(-30));
        again.Ids.Next().ShouldBeGreaterThan(before);
    }

    private Database Open(DateTimeOffset now)
    {
        var clock = new ManualTimeProvider(now);
        return new Database(store.Open(), clock, new IdGenerator(clock));
    }
}
