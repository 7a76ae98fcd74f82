using ChannelHub.Core.Customers;
using FsCheck.Fluent;
using static ChannelHub.Core.Tests.Customers.Wishes;

namespace ChannelHub.Core.Tests.Customers;

public sealed class MergingProperties
{
    private static readonly WishKind[] All = [WishKind.Merge, WishKind.Merge, WishKind.Learn, WishKind.Learn, WishKind.Detach, WishKind.Veto, WishKind.Undo];

    [Fact]
    public void Undoing_any_action_at_any_later_time_is_as_if_it_had_never_been()
    {
        int compared = 0;
        Property.HoldsForLists(10_000, Any(All), 13, wishes =>
        {
            List<Wish> history = Numbered(wishes);
            (Region region, Dictionary<int, bool> granted) = Run(WithExternals, history);
            foreach (Wish regretted in history.Where(wish => granted[wish.At]).Skip(wishes.Length % 5).Take(2))
            {
                var undo = new Wish(history.Count, WishKind.Undo, 0, 0, regretted.At);
                if (Plan(region, undo) is not MergePlan.Change change)
                    continue;
                (Region never, Dictionary<int, bool> otherwise) = Run(WithExternals, history.Where(wish => wish.At != regretted.At));

                // A veto may have refused what would otherwise have been recorded; then the other facts are not the same.
                if (!otherwise.All(wish => granted[wish.Key] == wish.Value))
                    continue;
                compared++;
                change.After.Show().ShouldBe(Grouping.Partition(never).Show());
                Grouping.Partition(Apply(region, change)).Show().ShouldBe(change.After.Show());
            }
        });
        compared.ShouldBeGreaterThan(10_000);
    }

    [Fact]
    public void Undoing_everything_in_any_order_leaves_everybody_alone() =>
        Property.HoldsForLists(1_000, Any(WishKind.Merge, WishKind.Learn, WishKind.Detach), 10, wishes =>
        {
            List<Wish> history = Numbered(wishes);
            Region region = Run(WithExternals, history).Region;
            int[] order = [.. history.Select(wish => wish.At)];
            new Random(wishes.Length).Shuffle(order);
            for (int index = 0; index < order.Length; index++)
                region = Apply(region, Plan(region, new Wish(history.Count + index, WishKind.Undo, 0, 0, order[index])));
            Grouping.Partition(region).Groups.Count.ShouldBe(Identities);
        });

    [Fact]
    public void Merges_in_any_order_and_any_direction_leave_one_survivor() =>
        Property.HoldsForLists(2_000, Any(WishKind.Merge), 12, wishes =>
        {
            Region region = Run(Plain, Numbered(wishes)).Region;
            Wish[] shuffled = [.. wishes.Select(wish => wish with { Left = wish.Right, Right = wish.Left })];
            new Random(wishes.Length).Shuffle(shuffled);
            Grouping.Partition(Run(Plain, Numbered(shuffled)).Region).Show().ShouldBe(Grouping.Partition(region).Show());
        });

    [Fact]
    public void A_detached_identity_is_alone_and_undoing_it_restores_exactly() =>
        Property.HoldsForLists(3_000, Any(All), 13, wishes =>
        {
            List<Wish> history = Numbered(wishes);
            Region region = Run(WithExternals, history).Region;
            Partition before = Grouping.Partition(region);
            for (long identity = 1; identity <= Identities; identity++)
            {
                var detach = new Wish(history.Count, WishKind.Detach, identity, identity, 0);
                Region detached = Apply(region, Plan(region, detach));
                Grouping.Partition(detached).GroupOf(identity).Identities.ShouldBe([identity]);
                Visibility.Reachable(identity, detached).ShouldBe([identity]);

                MergePlan undone = Plan(detached, new Wish(history.Count + 1, WishKind.Undo, 0, 0, detach.At));
                undone.ShouldBeOfType<MergePlan.Change>().After.Show().ShouldBe(before.Show());
            }
        });

    [Fact]
    public void What_a_detached_identity_held_together_stays_together() =>
        Property.HoldsForLists(2_000, Any(WishKind.Merge, WishKind.Learn, WishKind.Detach, WishKind.Undo), 12, wishes =>
        {
            List<Wish> history = Numbered(wishes);
            Region region = Run(Plain, history).Region;
            Partition before = Grouping.Partition(region);
            for (long identity = 1; identity <= Identities; identity++)
            {
                Partition after = Grouping.Partition(Apply(region, Plan(region, new Wish(history.Count, WishKind.Detach, identity, identity, 0))));
                long[] others = [.. before.GroupOf(identity).Identities.Where(other => other != identity)];
                if (others.Length > 0)
                    after.GroupOf(others[0]).Identities.ShouldBe(others);
            }
        });

    [Fact]
    public void A_dry_run_shows_what_then_happens_and_names_every_changed_customer() =>
        Property.HoldsForLists(2_000, Any(All), 13, wishes =>
        {
            var region = new Region(WithExternals, []);
            foreach (Wish wish in Numbered(wishes))
            {
                MergePlan plan = Plan(region, wish);
                if (plan is MergePlan.Change change)
                {
                    change.Before.Show().ShouldBe(Grouping.Partition(region).Show());
                    long[] moved = [.. region.Ids().Where(identity => change.Before.CustomerOf(identity) != change.After.CustomerOf(identity))];
                    change.ChangedCustomers.Count.ShouldBe(change.ChangedCustomers.Distinct().Count());
                    moved.All(identity => change.ChangedCustomers.Contains(change.Before.CustomerOf(identity))
                        && change.ChangedCustomers.Contains(change.After.CustomerOf(identity))).ShouldBeTrue();
                    if (moved.Length == 0)
                        change.ChangedCustomers.ShouldBeEmpty();
                }
                region = Apply(region, plan);
            }
        });
}
