using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using static ChannelHub.Core.Tests.Customers.Wishes;

namespace ChannelHub.Core.Tests.Customers;

public sealed class GroupingProperties
{
    private static readonly WishKind[] All = [WishKind.Merge, WishKind.Merge, WishKind.Learn, WishKind.Learn, WishKind.Detach, WishKind.Veto, WishKind.Undo];

    [Fact]
    public void Every_identity_is_in_exactly_one_customer_that_answers_to_its_oldest_identity() =>
        Property.HoldsForLists(2_000, Any(All), 14, wishes =>
        {
            Region region = Run(WithExternals, Numbered(wishes)).Region;
            Partition partition = Grouping.Partition(region);

            partition.Groups.SelectMany(group => group.Identities).Order().ShouldBe(region.Ids());
            foreach (Group group in partition.Groups)
            {
                group.CustomerId.ShouldBe(group.Identities.Min());
                group.Identities.All(identity => partition.CustomerOf(identity) == group.CustomerId).ShouldBeTrue();
            }
        });

    [Fact]
    public void Without_vetoes_and_a_second_external_the_order_of_arrival_does_not_matter() =>
        Property.HoldsForLists(10_000, Any(WishKind.Merge, WishKind.Learn, WishKind.Learn), 10, wishes =>
        {
            Member[] members = [.. Plain[..5], new(6, IsExternal: true)];
            Region region = Run(members, Numbered(wishes)).Region;
            string expected = Grouping.Partition(region).Show();
            var random = new Random(wishes.Length);
            for (int order = 0; order < 20; order++)
            {
                // The same things happen at other moments.
                long[] ids = [.. region.Facts.Select(fact => fact.Id)];
                random.Shuffle(ids);
                Fact[] facts = [.. region.Facts.Select((fact, index) => fact with { Id = ids[index] })];
                random.Shuffle(facts);
                Grouping.Partition(region with { Facts = facts }).Show().ShouldBe(expected);
            }
        });

    [Fact]
    public void The_order_in_which_facts_are_loaded_never_matters() =>
        Property.HoldsForLists(2_000, Any(All), 14, wishes =>
        {
            Region region = Run(WithExternals, Numbered(wishes)).Region;
            Fact[] facts = [.. region.Facts];
            new Random(wishes.Length).Shuffle(facts);
            var shuffled = new Region([.. region.Members.Reverse()], facts);
            Grouping.Partition(shuffled).Show().ShouldBe(Grouping.Partition(region).Show());
        });

    [Fact]
    public void Recomputing_the_reachable_region_gives_the_same_as_recomputing_everything() =>
        Property.HoldsForLists(2_000, Any(All), 10, wishes =>
        {
            Region whole = Run(WithExternals, Numbered(wishes)).Region;
            Partition everything = Grouping.Partition(whole);
            foreach (long seed in whole.Ids())
            {
                Region region = RegionOf(whole, seed);
                Grouping.Partition(region).Groups.ShouldBe(
                    everything.Groups.Where(group => region.Ids().Contains(group.CustomerId)));
            }
        });

    [Fact]
    public void Vetoed_identities_never_come_together_whatever_is_done() =>
        Property.HoldsForLists(5_000, Any(All), 14, wishes =>
        {
            var region = new Region(WithExternals, []);
            foreach (Wish wish in Numbered(wishes))
            {
                region = Apply(region, Plan(region, wish));
                Partition partition = Grouping.Partition(region);
                region.Facts.OfType<Veto>().Any(veto => partition.AreTogether(veto.Left, veto.Right)).ShouldBeFalse();
            }
        });

    [Fact]
    public void Evidence_never_brings_two_external_identities_together() =>
        Property.HoldsForLists(3_000, Any(All), 14, wishes =>
        {
            var region = new Region(WithExternals, []);
            foreach (Wish wish in Numbered(wishes))
            {
                MergePlan plan = Plan(region, wish);
                if (wish.Kind == WishKind.Learn && plan is MergePlan.Change { Before: { } before, After: { } after } && !before.AreTogether(5, 6))
                    after.AreTogether(5, 6).ShouldBeFalse();
                region = Apply(region, plan);
            }
            Grouping.Partition(region with { Facts = [.. region.Facts.Where(fact => fact is not ManualLink)] }).AreTogether(5, 6).ShouldBeFalse();
        });

    [Fact]
    public void A_merge_only_ever_adds_to_customers() =>
        Property.HoldsForLists(3_000, Any([.. All.Where(kind => kind != WishKind.Detach)]), 14, wishes =>
        {
            var region = new Region(WithExternals, []);
            foreach (Wish wish in Numbered(wishes))
            {
                MergePlan plan = Plan(region, wish);
                if (wish.Kind == WishKind.Merge && plan is MergePlan.Change { Before: { } before, After: { } after })
                {
                    after.AreTogether(wish.Left, wish.Right).ShouldBeTrue();
                    before.Groups.All(group => group.Identities.All(identity => after.AreTogether(identity, group.CustomerId))).ShouldBeTrue();
                }
                region = Apply(region, plan);
            }
        });

    [Fact]
    public void Only_proven_and_confirmed_sides_join() =>
        Property.HoldsForLists(1_000, Any(WishKind.Learn), 10, wishes =>
        {
            List<Wish> numbered = Numbered(wishes);
            Fact[] facts = [.. numbered.Select(wish => EvidenceOf(wish) with { LeftAssurance = (Assurance)(wish.Of % 5), RightAssurance = (Assurance)(wish.At % 5) })];
            Fact[] strong = [.. facts.Cast<Evidence>().Where(fact => fact is { LeftAssurance: >= Assurance.Confirmed, RightAssurance: >= Assurance.Confirmed })];

            Partition partition = Grouping.Partition(new Region(Plain, facts));
            partition.Show().ShouldBe(Grouping.Partition(new Region(Plain, strong)).Show());
            partition.Refused.Count(refused => refused.Reason == RefusalReason.Weak).ShouldBe(facts.Length - strong.Length);
        });

    [Fact]
    public void A_visitor_sees_only_what_proven_evidence_reaches_and_nothing_more_for_links_made_by_hand() =>
        Property.HoldsForLists(2_000, Any(All), 14, wishes =>
        {
            Region region = Run(WithExternals, Numbered(wishes)).Region;
            Region withoutLinks = region with { Facts = [.. region.Facts.Where(fact => fact is not ManualLink)] };
            Partition partition = Grouping.Partition(region);
            foreach (long identity in region.Ids())
            {
                IReadOnlySet<long> seen = Visibility.Reachable(identity, region);
                seen.ShouldContain(identity);
                seen.IsSubsetOf(partition.GroupOf(identity).Identities).ShouldBeTrue();
                seen.IsSubsetOf(Visibility.Reachable(identity, withoutLinks)).ShouldBeTrue();
                seen.All(other => Visibility.Reachable(other, region).Contains(identity)).ShouldBeTrue();
            }
        });

    [Fact]
    public void Links_between_two_identities_are_those_on_a_way_that_passes_nothing_twice() =>
        Property.HoldsForLists(1_000, Any(WishKind.Merge, WishKind.Learn, WishKind.Detach), 9, wishes =>
        {
            Region region = Run(Plain, Numbered(wishes)).Region;
            Partition partition = Grouping.Partition(region);
            foreach (long other in region.Ids().Skip(1))
            {
                var onSomeWay = new SortedSet<long>();
                Walk(partition, partition.Nodes.Of(1), partition.Nodes.Of(other), [], [], onSomeWay);
                partition.LinksBetween(1, other).Select(fact => fact.Id).Order().ShouldBe(onSomeWay);
            }
        });

    private static void Walk(Partition partition, int node, int goal, HashSet<int> visited, List<long> via, SortedSet<long> onSomeWay)
    {
        if (node == goal)
            onSomeWay.UnionWith(via);
        if (node == goal || !visited.Add(node))
            return;
        foreach (Hold hold in partition.Holds.Where(hold => hold.Left == node || hold.Right == node))
            Walk(partition, hold.Left == node ? hold.Right : hold.Left, goal, visited, [.. via, hold.Fact.Id], onSomeWay);
        visited.Remove(node);
    }

    private static Region RegionOf(Region whole, long seed)
    {
        var reached = new HashSet<long> { seed };
        bool grew = true;
        while (grew)
        {
            grew = false;
            foreach (Fact fact in whole.Facts.Where(fact => fact is ManualLink or Evidence && (reached.Contains(fact.Left) || reached.Contains(fact.Right))))
                grew |= reached.Add(fact.Left) | reached.Add(fact.Right);
        }
        return new Region(
            [.. whole.Members.Where(member => reached.Contains(member.Id))],
            [.. whole.Facts.Where(fact => reached.Contains(fact.Left) || reached.Contains(fact.Right))]);
    }
}
