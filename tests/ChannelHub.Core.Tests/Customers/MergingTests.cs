using ChannelHub.Adapters;
using ChannelHub.Core.Customers;

namespace ChannelHub.Core.Tests.Customers;

public sealed class MergingTests
{
    private const long Telegram = 1;
    private const long Phone = 2;
    private const long Mail = 3;
    private const long Shop = 4;
    private const long OtherShop = 5;

    private static readonly Key Number = new(KeyKinds.Phone, "+48600100200");

    private static readonly Region Alone = new(
        [new(Telegram), new(Phone), new(Mail), new(Shop, IsExternal: true), new(OtherShop, IsExternal: true)], []);

    [Fact]
    public void The_oldest_identity_gives_the_customer_its_id_whichever_was_named_first()
    {
        MergePlan.Change change = Merging.Merge(Alone, Mail, Telegram, 10).ShouldBeOfType<MergePlan.Change>();
        change.After.CustomerOf(Mail).ShouldBe(Telegram);
        change.Append.ShouldBe([new ManualLink(10, Mail, Telegram)]);
        change.ChangedCustomers.ShouldBe([Telegram, Mail]);
    }

    [Fact]
    public void A_merge_of_one_customer_with_itself_is_recorded_and_holds_when_the_other_link_goes()
    {
        Region region = Done(Alone, Merging.Merge(Alone, Telegram, Phone, 10));
        MergePlan.Change again = Merging.Merge(region, Phone, Telegram, 11).ShouldBeOfType<MergePlan.Change>();
        again.ChangedCustomers.ShouldBeEmpty();
        again.RemainingLinks.ShouldBe([new ManualLink(10, Telegram, Phone)]);

        region = Done(region, again);
        MergePlan.Change undone = Merging.Undo(region, 10, 12).ShouldBeOfType<MergePlan.Change>();
        undone.After.AreTogether(Telegram, Phone).ShouldBeTrue();
        undone.RemainingLinks.ShouldBe([new ManualLink(11, Phone, Telegram)]);
    }

    [Fact]
    public void An_identity_is_not_merged_with_itself() =>
        Merging.Merge(Alone, Phone, Phone, 10).ShouldBe(new MergePlan.Refused(MergeRefusal.SameIdentity));

    [Fact]
    public void A_merge_is_refused_when_any_identity_of_one_is_vetoed_against_any_of_the_other()
    {
        Region region = Done(Alone, Merging.Merge(Alone, Telegram, Phone, 10));
        region = Done(region, Merging.Merge(region, Mail, Shop, 11));
        region = Done(region, Merging.Veto(region, Phone, Shop, 12));

        MergePlan.Refused refused = Merging.Merge(region, Telegram, Mail, 13).ShouldBeOfType<MergePlan.Refused>();
        refused.Reason.ShouldBe(MergeRefusal.Vetoed);
        refused.Veto.ShouldBe(new Veto(12, Phone, Shop));

        region = Done(region, Merging.Undo(region, 12, 13));
        Merging.Merge(region, Telegram, Mail, 14).ShouldBeOfType<MergePlan.Change>();
    }

    [Fact]
    public void A_veto_is_refused_while_links_made_by_hand_connect_the_pair()
    {
        Region region = Done(Alone, Merging.Merge(Alone, Telegram, Phone, 10));
        region = Done(region, Merging.Merge(region, Phone, Mail, 11));

        MergePlan.Refused refused = Merging.Veto(region, Telegram, Mail, 12).ShouldBeOfType<MergePlan.Refused>();
        refused.Reason.ShouldBe(MergeRefusal.LinkedByHand);
        refused.Links.Select(fact => fact.Id).ShouldBe([10, 11]);
    }

    [Fact]
    public void A_veto_parts_what_evidence_had_joined_and_the_evidence_becomes_a_suggestion()
    {
        Region region = Done(Alone, Merging.Learn(Alone, Shared(10, Telegram, Phone)));
        MergePlan.Change change = Merging.Veto(region, Telegram, Phone, 11).ShouldBeOfType<MergePlan.Change>();
        change.Before.AreTogether(Telegram, Phone).ShouldBeTrue();
        change.After.AreTogether(Telegram, Phone).ShouldBeFalse();
        change.After.Refused.ShouldBe([new RefusedEvidence(Shared(10, Telegram, Phone), RefusalReason.Veto, new Veto(11, Telegram, Phone))]);
    }

    [Fact]
    public void An_automatic_link_that_was_undone_does_not_come_back_with_the_next_message()
    {
        Region region = Done(Alone, Merging.Learn(Alone, Shared(10, Telegram, Phone)));
        MergePlan.Change undone = Merging.Undo(region, 10, 11).ShouldBeOfType<MergePlan.Change>();
        undone.Append.ShouldBe([new Bar(11, Telegram, Phone, Number, Generation: 1)]);
        undone.Revoke.ShouldBeEmpty();

        region = Done(region, undone);
        Merging.Learn(region, Shared(12, Phone, Telegram)).ShouldBeOfType<MergePlan.Change>().Append.ShouldBeEmpty();
        region = region.With([Shared(12, Phone, Telegram)], []);
        Grouping.Partition(region).AreTogether(Telegram, Phone).ShouldBeFalse();
        Grouping.Partition(region).Refused.ShouldBeEmpty();
        Merging.Undo(region, 10, 13).ShouldBe(new MergePlan.Refused(MergeRefusal.NothingToUndo));
    }

    [Fact]
    public void Other_evidence_and_a_new_owner_of_the_key_still_join_after_a_bar()
    {
        Region region = Done(Alone, Merging.Learn(Alone, Shared(10, Telegram, Phone)));
        region = Done(region, Merging.Undo(region, 10, 11));
        foreach (Evidence other in new[] { Shared(12, Telegram, Phone) with { Generation = 2 }, Shared(12, Telegram, Phone) with { Key = new(KeyKinds.Email, "a@b.c") } })
            Merging.Learn(region, other).ShouldBeOfType<MergePlan.Change>().After.AreTogether(Telegram, Phone).ShouldBeTrue();
    }

    [Fact]
    public void A_bar_can_be_lifted()
    {
        Region region = Done(Alone, Merging.Learn(Alone, Shared(10, Telegram, Phone)));
        region = Done(region, Merging.Undo(region, 10, 11));
        Merging.Undo(region, 11, 12).ShouldBeOfType<MergePlan.Change>().After.AreTogether(Telegram, Phone).ShouldBeTrue();
    }

    [Fact]
    public void Two_external_ids_come_together_only_by_hand()
    {
        Region region = Done(Alone, Merging.Learn(Alone, Shared(10, Telegram, Shop)));
        region = Done(region, Merging.Learn(region, Shared(11, Telegram, OtherShop)));
        Partition partition = Grouping.Partition(region);
        partition.AreTogether(Shop, OtherShop).ShouldBeFalse();
        partition.Refused.ShouldHaveSingleItem().Reason.ShouldBe(RefusalReason.TwoExternals);

        Merging.Merge(region, Telegram, OtherShop, 12).ShouldBeOfType<MergePlan.Change>().After.AreTogether(Shop, OtherShop).ShouldBeTrue();
    }

    [Fact]
    public void Undoing_one_of_two_merges_of_a_chain_lets_only_its_own_part_go()
    {
        Region region = Done(Alone, Merging.Merge(Alone, Telegram, Phone, 10));
        region = Done(region, Merging.Merge(region, Telegram, Mail, 11));
        MergePlan.Change undone = Merging.Undo(region, 10, 12).ShouldBeOfType<MergePlan.Change>();
        undone.After.GroupOf(Telegram).Identities.ShouldBe([Telegram, Mail]);
        undone.After.GroupOf(Phone).Identities.ShouldBe([Phone]);
        undone.ChangedCustomers.ShouldBe([Telegram, Phone]);
    }

    [Fact]
    public void A_merge_undone_after_a_detach_takes_along_what_the_detached_identity_held()
    {
        Region region = Done(Alone, Merging.Merge(Alone, Telegram, Phone, 10));
        region = Done(region, Merging.Merge(region, Telegram, Mail, 11));
        region = Done(region, Merging.Detach(region, Telegram, 12));
        Grouping.Partition(region).GroupOf(Phone).Identities.ShouldBe([Phone, Mail]);

        region = Done(region, Merging.Undo(region, 10, 13));
        Grouping.Partition(region).AreTogether(Phone, Mail).ShouldBeFalse();
        region = Done(region, Merging.Undo(region, 12, 14));
        Grouping.Partition(region).GroupOf(Telegram).Identities.ShouldBe([Telegram, Mail]);
    }

    [Fact]
    public void A_detached_identity_can_be_linked_again_and_old_evidence_arriving_again_does_not_bring_it_back()
    {
        Region region = Done(Alone, Merging.Learn(Alone, Shared(10, Telegram, Phone)));
        region = Done(region, Merging.Detach(region, Phone, 11));
        region = region.With([Shared(12, Telegram, Phone)], []);
        Grouping.Partition(region).AreTogether(Telegram, Phone).ShouldBeFalse();

        Merging.Merge(region, Telegram, Phone, 13).ShouldBeOfType<MergePlan.Change>().After.AreTogether(Telegram, Phone).ShouldBeTrue();
    }

    [Fact]
    public void A_detach_does_not_join_those_whom_the_detached_identity_was_kept_from()
    {
        Region region = Done(Alone, Merging.Learn(Alone, Shared(10, Telegram, Shop)));
        region = Done(region, Merging.Learn(region, Shared(11, OtherShop, Shop)));
        Grouping.Partition(region).AreTogether(OtherShop, Shop).ShouldBeFalse();

        MergePlan.Change detached = Merging.Detach(region, Shop, 12).ShouldBeOfType<MergePlan.Change>();
        detached.After.AreTogether(Telegram, OtherShop).ShouldBeFalse();
        region = Done(region, detached);
        Merging.Learn(region, Shared(13, Telegram, OtherShop)).ShouldBeOfType<MergePlan.Change>().After.AreTogether(Telegram, OtherShop).ShouldBeTrue();
    }

    [Fact]
    public void A_detach_does_not_join_those_against_whom_the_detached_identity_is_vetoed()
    {
        Region region = Done(Alone, Merging.Veto(Alone, Phone, Mail, 10));
        region = Done(region, Merging.Learn(region, Shared(11, Telegram, Phone)));
        region = Done(region, Merging.Learn(region, Shared(12, Mail, Phone)));
        MergePlan.Change detached = Merging.Detach(region, Phone, 13).ShouldBeOfType<MergePlan.Change>();
        detached.After.Groups.Count.ShouldBe(5);
        detached.After.Refused.ShouldHaveSingleItem().Reason.ShouldBe(RefusalReason.Veto);
    }

    [Fact]
    public void A_detach_is_not_undone_into_a_veto()
    {
        Region region = Done(Alone, Merging.Merge(Alone, Telegram, Phone, 10));
        region = Done(region, Merging.Detach(region, Phone, 11));
        region = Done(region, Merging.Veto(region, Telegram, Phone, 12));
        Merging.Undo(region, 11, 13).ShouldBeOfType<MergePlan.Refused>().Veto.ShouldBe(new Veto(12, Telegram, Phone));
    }

    [Fact]
    public void Actions_of_several_facts_are_undone_as_a_whole()
    {
        Region region = Alone.With([new ManualLink(10, Telegram, Phone) { ActionId = 9 }, new ManualLink(11, Telegram, Mail) { ActionId = 9 }], []);
        Merging.Undo(region, 9, 12).ShouldBeOfType<MergePlan.Change>().After.Groups.Count.ShouldBe(5);
    }

    [Fact]
    public void What_is_undone_cannot_be_undone_again() =>
        Merging.Undo(Alone, 10, 11).ShouldBe(new MergePlan.Refused(MergeRefusal.NothingToUndo));

    [Fact]
    public void A_fact_older_than_the_region_is_a_bug() =>
        Should.Throw<ArgumentOutOfRangeException>(() => Merging.Merge(Done(Alone, Merging.Merge(Alone, Telegram, Phone, 10)), Phone, Mail, 10));

    [Fact]
    public void An_erased_identity_still_holds_the_others_together()
    {
        Region region = Done(Alone, Merging.Merge(Alone, Telegram, Phone, 10));
        region = Done(region, Merging.Merge(region, Telegram, Mail, 11));
        Region erased = region with { Members = [.. region.Members.Where(member => member.Id != Telegram)] };
        Grouping.Partition(erased).GroupOf(Mail).ShouldBe(new Group(Phone, [Phone, Mail]));
    }

    private static Evidence Shared(long id, long left, long right) =>
        new(id, left, right, Number, Generation: 1, Assurance.Proven, Assurance.Proven);

    private static Region Done(Region region, MergePlan plan) => Wishes.Apply(region, plan.ShouldBeOfType<MergePlan.Change>());
}
