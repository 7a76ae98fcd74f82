using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Customers.Suggestions;

namespace ChannelHub.Core.Tests.Customers.Suggestions;

public sealed class SuggestionRulesTests
{
    private static readonly Key Mail = new(KeyKinds.Email, "ada@example.org");
    private static readonly Key Number = new(KeyKinds.Phone, "+48600100200");

    private static readonly Subject Owner = new(1, Mail, Assurance.Proven);
    private static readonly Subject Visitor = new(2, new Key(KeyKinds.Visitor, "v"), Assurance.Proven);

    [Fact]
    public void Nothing_in_common_is_no_suggestion_and_a_name_alone_is_none() =>
        SuggestionRules.Between(Owner with { Name = "Ada Lovelace" }, Visitor with { Name = "Ada Lovelace" }, [], vetoed: false).ShouldBeNull();

    [Fact]
    public void An_agents_word_weighs_more_than_a_visitors_and_a_shared_address_hardly_anything()
    {
        double claimed = Score(Owner, Visitor with { Claims = [new Claim(Mail, Assurance.Claimed)] });
        double asserted = Score(Owner, Visitor with { Claims = [new Claim(Mail, Assurance.Asserted)] });
        Key role = new(KeyKinds.Email, "info@example.org");
        double shared = Score(Owner with { Key = role }, Visitor with { Claims = [new Claim(role, Assurance.Asserted)] });
        asserted.ShouldBeGreaterThan(claimed);
        claimed.ShouldBeGreaterThan(shared);
    }

    [Fact]
    public void The_sides_keep_their_own_assurance_whichever_claims()
    {
        Subject claimant = Visitor with { Claims = [new Claim(Mail, Assurance.Claimed)] };
        SuggestedEvidence left = SuggestionRules.Between(Owner, claimant, [], vetoed: false)!.Evidence.Single();
        SuggestedEvidence right = SuggestionRules.Between(claimant, Owner, [], vetoed: false)!.Evidence.Single();
        (left.Left, left.Right).ShouldBe((Assurance.Proven, Assurance.Claimed));
        (right.Left, right.Right).ShouldBe((Assurance.Claimed, Assurance.Proven));
    }

    [Fact]
    public void Several_hints_add_up_and_never_become_certain()
    {
        Subject claimant = Visitor with { Name = "Ada", Claims = [new Claim(Mail, Assurance.Claimed)] };
        double one = Score(Owner, claimant);
        double two = Score(Owner with { Name = "Ada" }, claimant);
        two.ShouldBeGreaterThan(one);
        two.ShouldBeLessThan(1);
    }

    [Fact]
    public void Hints_do_not_ask_again_what_a_veto_answered() =>
        SuggestionRules.Between(Owner, Visitor with { Claims = [new Claim(Mail, Assurance.Claimed)] }, [], vetoed: true).ShouldBeNull();

    [Fact]
    public void Evidence_refused_by_a_veto_asks_only_if_it_is_news_to_whoever_vetoed()
    {
        var evidence = new Evidence(10, 1, 2, Number, Generation: 1, Assurance.Proven, Assurance.Proven);
        Refused(evidence, new Veto(9, 1, 3)).ShouldNotBeNull().Evidence.Single().Reason.ShouldBe("veto");
        Refused(evidence, new Veto(11, 1, 3)).ShouldBeNull();
        Refused(evidence, new Veto(9, 1, 2)).ShouldBeNull();
        Refused(evidence, new Veto(9, 2, 1)).ShouldBeNull();

        static Suggestion? Refused(Evidence evidence, Veto veto) =>
            SuggestionRules.Between(Owner, Visitor, [new RefusedEvidence(evidence, RefusalReason.Veto, veto)], vetoed: true);
    }

    [Fact]
    public void Shared_keys_never_join_whatever_else_happens()
    {
        Member[] members = [new(1), new(2), new(3)];
        Evidence shared = new(10, 1, 2, new Key(KeyKinds.Email, "info@example.org"), Generation: 1, Assurance.Proven, Assurance.Proven);
        var region = new Region(members, [shared, new ManualLink(11, 1, 3), new Evidence(12, 2, 3, new Key(KeyKinds.Phone, "+442079460018"), 1, Assurance.Proven, Assurance.Confirmed)]);
        Partition partition = Grouping.Partition(region);
        partition.AreTogether(1, 2).ShouldBeFalse();
        partition.Refused.Select(refused => refused.Reason).ShouldBe([RefusalReason.SharedKey, RefusalReason.SharedKey]);
        Visibility.Reachable(1, region).ShouldBe([1]);

        // Who are together by hand are not held together by it once the hand lets go.
        Region byHand = region with { Facts = [shared, new ManualLink(11, 1, 2)] };
        Merging.Undo(byHand, 11, 20).ShouldBeOfType<MergePlan.Change>().After.AreTogether(1, 2).ShouldBeFalse();
    }

    [Fact]
    public void An_address_has_changed_hands_only_after_a_long_silence_and_under_quite_another_name()
    {
        Subject bob = Visitor with { Name = "Bob Stone" };
        SuggestionRules.ChangedHands(bob, "Ada Lovelace", TimeSpan.FromDays(181)).ShouldNotBeNull();
        SuggestionRules.ChangedHands(bob, "Ada Lovelace", TimeSpan.FromDays(179)).ShouldBeNull();
        SuggestionRules.ChangedHands(bob, "Bob", TimeSpan.FromDays(900)).ShouldBeNull();
        SuggestionRules.ChangedHands(bob, formerName: null, TimeSpan.FromDays(900)).ShouldBeNull();
    }

    private static double Score(Subject left, Subject right) => SuggestionRules.Between(left, right, [], vetoed: false)!.Score;
}
