using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Nodes;

[Trait("engine", "postgres")]
public sealed class HeadOfOtherNodesTests
{
    [PostgresFact]
    public async Task A_position_that_one_node_told_is_good_at_the_next_before_it_has_heard_of_it()
    {
        using var store = new TestStore(nameof(HeadOfOtherNodesTests) + Guid.NewGuid());
        using Database one = Join(store);
        using Database other = Join(store);
        for (int i = 0; i < 20; i++)
        {
            await one.WriteAsync(session => session.Append(EventType.ChannelUp, session.Now, identityId: null, customerId: null, data: "{}"));
            other.HasReached(one.Head).ShouldBeTrue();
        }
        other.HasReached(one.Head + 1).ShouldBeFalse();
    }

    private static Database Join(TestStore store) => new(store.Open(), TimeProvider.System, new IdGenerator(TimeProvider.System));
}
