using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Events;
using ChannelHub.Storage.Customers;
using static ChannelHub.Tests.Customers.GraphRig;

namespace ChannelHub.Tests.Customers;

/// <summary>What the background reader makes of the log.</summary>
public sealed class SuggestionTests : IDisposable
{
    private const string Mail = "ada@example.org";
    private const string Number = "+48600100200";

    private readonly GraphRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public void A_claimed_address_that_another_owns_is_suggested_whichever_comes_first()
    {
        rig.Say(Who(KeyKinds.Email, Mail));
        rig.Say(Who(KeyKinds.Visitor, "v1", Contact(KeyKinds.Email, Mail, Assurance.Claimed)));
        rig.Follow();
        SuggestionRow suggested = rig.Suggestions().ShouldHaveSingleItem();
        Between(suggested, new(KeyKinds.Email, Mail), new(KeyKinds.Visitor, "v1"));
        SuggestionStore.EvidenceOf(suggested).ShouldBe([new EvidenceData("email", Mail, "claimed", "proven", "claimed")]);

        rig.Say(Who(KeyKinds.Visitor, "v2", Contact(KeyKinds.Phone, Number, Assurance.Claimed)));
        rig.Follow();
        rig.Say(Who(KeyKinds.Phone, Number));
        rig.Follow();
        Between(rig.Suggestions()[0], new(KeyKinds.Visitor, "v2"), new(KeyKinds.Phone, Number));
        rig.AreTogether(new(KeyKinds.Visitor, "v2"), new(KeyKinds.Phone, Number)).ShouldBeFalse();
    }

    [Fact]
    public void The_log_may_be_read_again_and_suggests_nothing_twice()
    {
        rig.Say(Who(KeyKinds.Email, Mail));
        rig.Say(Who(KeyKinds.Visitor, "v1", Contact(KeyKinds.Email, Mail, Assurance.Claimed)), "order #4711-22");
        rig.Follow();
        rig.Write(session => session.Execute("UPDATE reader SET position = 0"));
        rig.FollowAfresh();
        rig.Suggestions().Count.ShouldBe(1);
        rig.Events(EventType.SuggestionCreated).Count.ShouldBe(1);

        // Its own events are nothing to follow: an idle hub writes nothing.
        long head = rig.Read(session => session.Find<long>("SELECT position FROM reader"));
        rig.FollowAfresh();
        rig.Read(session => session.Find<long>("SELECT position FROM reader")).ShouldBe(head);
    }

    [Fact]
    public void The_same_name_with_the_same_order_is_suggested_and_either_alone_is_not()
    {
        rig.Say(Who(KeyKinds.Telegram, "1") with { DisplayName = "Ada Lovelace" }, "Where is my order AB-4711?");
        rig.Say(Who(KeyKinds.App, "2") with { DisplayName = "Bob" }, "zamówienie nr AB4711 nie dotarło");
        rig.Say(Who(KeyKinds.App, "3") with { DisplayName = "Ada Lovelace" }, "hello 4711");
        rig.Follow();
        rig.Suggestions().ShouldBeEmpty();

        rig.SayAsync(Who(KeyKinds.App, "4") with { DisplayName = "lovelace, ada" }, metadata: new Dictionary<string, string> { ["order_id"] = "ab 4711" }).Wait();
        rig.Follow();
        SuggestionRow suggested = rig.Suggestions().ShouldHaveSingleItem();
        Between(suggested, new(KeyKinds.Telegram, "1"), new(KeyKinds.App, "4"));
        SuggestionStore.EvidenceOf(suggested).ShouldHaveSingleItem().ShouldBe(new EvidenceData("order", "AB4711", "same_name_and_order", "claimed", "claimed"));
    }

    [Fact]
    public void Mailboxes_that_differ_in_a_tag_or_in_their_proof_are_suggested_as_one_person()
    {
        rig.Say(Who(KeyKinds.Email, "ada+shop@example.org"));
        rig.Say(Who(KeyKinds.Email, Mail));
        rig.Follow();
        SuggestionStore.EvidenceOf(rig.Suggestions().ShouldHaveSingleItem()).ShouldContain(new EvidenceData("plus_tag", Mail, "same_mailbox", "proven", "proven"));

        rig.Say(new Sender(new Key(KeyKinds.Email, "unverified", "bob@example.org")) { Assurance = Assurance.Claimed });
        rig.Say(Who(KeyKinds.Email, "bob@example.org"));
        rig.Follow();
        SuggestionStore.EvidenceOf(rig.Suggestions()[0]).ShouldContain(new EvidenceData("unverified_mail", "bob@example.org", "sender_not_verified", "claimed", "proven"));
        rig.Read(session => session.Find<long>("SELECT count(DISTINCT customer_id) FROM identity")).ShouldBe(4);
    }

    [Fact]
    public void A_look_alike_handle_is_suggested_between_networks_and_not_within_one()
    {
        rig.Say(Who(KeyKinds.Telegram, "1", Alias("telegram_username", "ada_lovelace")));
        rig.Say(Who(KeyKinds.Telegram, "2", Alias("telegram_username", "ada.l0velace")));
        rig.Follow();
        rig.Suggestions().ShouldBeEmpty();
        rig.Say(Who("instagram", "9", Alias("instagram_username", "AdaLovelace")));
        rig.Follow();
        rig.Suggestions().Count.ShouldBe(2);
    }

    [Fact]
    public void The_mailbox_of_a_role_and_a_fixed_line_are_suggested_and_never_link_by_themselves()
    {
        rig.Say(Who(KeyKinds.Telegram, "1", Contact(KeyKinds.Email, "info@example.org")));
        rig.Say(Who(KeyKinds.App, "2", Contact(KeyKinds.Email, "info@example.org"), Contact(KeyKinds.Phone, "+442079460018")));
        rig.Follow();
        rig.Read(session => session.Find<long>("SELECT count(DISTINCT customer_id) FROM identity")).ShouldBe(4);
        rig.Suggestions().SelectMany(SuggestionStore.EvidenceOf).Where(e => e.Reason == "shared_key").Select(e => e.Kind).Order().ShouldBe(["email", "email", "phone"]);

        // Nor do they hold together what a person has put together.
        MergePlan.Change merged = rig.Merge(rig.Identity(KeyKinds.Telegram, "1"), rig.Identity(KeyKinds.Email, "info@example.org")).ShouldBeOfType<MergePlan.Change>();
        rig.Undo(merged.Append[0].ActionId);
        rig.AreTogether(new(KeyKinds.Telegram, "1"), new(KeyKinds.Email, "info@example.org")).ShouldBeFalse();
    }

    [Fact]
    public void Two_external_ids_are_kept_apart_and_suggested()
    {
        rig.Say(Who(KeyKinds.App, "1", Contact(KeyKinds.External, "C-1")));
        rig.Say(Who(KeyKinds.App, "1", Contact(KeyKinds.External, "C-2")));
        rig.Follow();
        SuggestionRow suggested = rig.Suggestions().ShouldHaveSingleItem();
        SuggestionStore.EvidenceOf(suggested)[0].ShouldBe(new EvidenceData("external", "C-2", "two_external_ids", "proven", "proven"));
        rig.Merge(suggested.LeftId, suggested.RightId).ShouldBeOfType<MergePlan.Change>();
        rig.Suggestions().ShouldBeEmpty();
    }

    [Fact]
    public void Proof_that_comes_after_a_veto_of_others_is_suggested_and_what_was_vetoed_itself_is_not()
    {
        rig.Say(Who(KeyKinds.Telegram, "1"));
        rig.Say(Who(KeyKinds.Phone, Number));
        rig.Say(Who(KeyKinds.App, "2", Contact(KeyKinds.Phone, Number)));
        rig.Veto(rig.Identity(KeyKinds.Telegram, "1"), rig.Identity(KeyKinds.App, "2"));
        rig.Say(Who(KeyKinds.Telegram, "1", Contact(KeyKinds.Phone, Number)));
        rig.Follow();
        SuggestionRow suggested = rig.Suggestions().ShouldHaveSingleItem();
        Between(suggested, new(KeyKinds.Telegram, "1"), new(KeyKinds.Phone, Number));
        SuggestionStore.EvidenceOf(suggested)[0].Reason.ShouldBe("veto");
        rig.Merge(suggested.LeftId, suggested.RightId).ShouldBeOfType<MergePlan.Refused>().Reason.ShouldBe(MergeRefusal.Vetoed);

        rig.Veto(suggested.LeftId, suggested.RightId);
        rig.Suggestions().ShouldBeEmpty();
        rig.Say(Who(KeyKinds.Telegram, "1", Contact(KeyKinds.Phone, Number)));
        rig.Follow();
        rig.Suggestions().ShouldBeEmpty();
    }

    [Fact]
    public void Long_silence_and_then_another_name_suggests_to_close_the_address()
    {
        rig.Say(Who(KeyKinds.Phone, Number) with { DisplayName = "Ada" });
        rig.Clock.Advance(TimeSpan.FromDays(200));
        rig.Say(Who(KeyKinds.Phone, Number) with { DisplayName = "Ada Lovelace" });
        rig.Follow();
        rig.Suggestions().ShouldBeEmpty();

        rig.Clock.Advance(TimeSpan.FromDays(200));
        rig.Say(Who(KeyKinds.Phone, Number) with { DisplayName = "Bob" });
        rig.Say(Who(KeyKinds.Phone, Number) with { DisplayName = "Bob" });
        rig.Follow();
        SuggestionRow suggested = rig.Suggestions().ShouldHaveSingleItem();
        (suggested.Proposes, suggested.LeftId, suggested.RightId).ShouldBe(("close", rig.Identity(KeyKinds.Phone, Number), rig.Identity(KeyKinds.Phone, Number)));
    }

    [Fact]
    public void A_merge_elsewhere_answers_a_suggestion_and_its_undo_asks_again()
    {
        rig.Say(Who(KeyKinds.Email, Mail));
        rig.Say(Who(KeyKinds.Visitor, "v1", Contact(KeyKinds.Email, Mail, Assurance.Claimed)));
        rig.Follow();
        SuggestionRow suggested = rig.Suggestions().ShouldHaveSingleItem();
        MergePlan.Change merged = rig.Merge(suggested.RightId, suggested.LeftId).ShouldBeOfType<MergePlan.Change>();
        rig.Suggestions(SuggestionStore.Accepted).ShouldHaveSingleItem().ResolvedBy.ShouldBe("test");
        rig.Undo(merged.Append[0].ActionId);
        rig.Suggestions().ShouldHaveSingleItem().Id.ShouldBe(suggested.Id);

        MergePlan.Change vetoed = rig.Veto(suggested.LeftId, suggested.RightId).ShouldBeOfType<MergePlan.Change>();
        rig.Suggestions(SuggestionStore.Never).Count.ShouldBe(1);
        rig.Undo(vetoed.Append[0].ActionId);
        rig.Suggestions().Count.ShouldBe(1);
        rig.Events(EventType.SuggestionCreated, EventType.SuggestionResolved).Select(e => (EventType)e.Type).ShouldBe(
            [EventType.SuggestionCreated, EventType.SuggestionResolved, EventType.SuggestionCreated, EventType.SuggestionResolved, EventType.SuggestionCreated]);
    }

    [Fact]
    public void Of_an_erased_person_nothing_is_left_to_compare_and_nothing_is_found_again()
    {
        rig.Say(Who(KeyKinds.Email, "bob@example.org"));
        rig.Say(Who(KeyKinds.Visitor, "v1", Contact(KeyKinds.Email, "bob@example.org", Assurance.Claimed), Alias("x_username", "zqcanaryqz")) with { DisplayName = "zqcanaryqz" }, "order zqc4711");
        rig.Say(Who(KeyKinds.Visitor, "v1") with { DisplayName = "Ada" });
        rig.Follow();
        rig.Suggestions().Count.ShouldBe(1);
        rig.Read(session => session.Find<long>("SELECT count(*) FROM trait WHERE value LIKE '%zqc%'")).ShouldBe(2);

        long gone = rig.Customer(KeyKinds.Visitor, "v1");
        rig.Write(session => Erasure.Erase(session, gone, "test"));
        rig.Write(session => session.Execute("UPDATE reader SET position = 0"));
        rig.FollowAfresh();
        rig.Suggestions().ShouldBeEmpty();
        rig.Read(session => session.Find<long>("SELECT count(*) FROM trait WHERE identity_id = @gone", new { gone })).ShouldBe(0);
        rig.Read(session => session.Find<long>("SELECT count(*) FROM identity WHERE former_name IS NOT NULL")).ShouldBe(0);
        rig.Events(EventType.SuggestionCreated).ShouldHaveSingleItem().Data.ShouldBeNull();
        rig.Write(session =>
        {
            TraitStore.Add(session, gone, new(Core.Customers.Suggestions.TraitKind.Order, "4711"));
            return session.Find<long>("SELECT count(*) FROM trait WHERE identity_id = @gone", new { gone });
        }).ShouldBe(0);
    }

    [Fact]
    public void Whoever_takes_an_identity_out_is_not_asked_to_put_it_back()
    {
        rig.Say(Who(KeyKinds.Email, Mail));
        rig.Say(Who(KeyKinds.Visitor, "v1", Contact(KeyKinds.Email, Mail, Assurance.Claimed)));
        rig.Follow();
        SuggestionRow suggested = rig.Suggestions().ShouldHaveSingleItem();
        MergePlan.Change merged = rig.Merge(suggested.LeftId, suggested.RightId).ShouldBeOfType<MergePlan.Change>();
        MergePlan.Change detached = rig.Detach(suggested.RightId).ShouldBeOfType<MergePlan.Change>();
        rig.Follow();
        rig.Suggestions().ShouldBeEmpty();

        // Without either there would be the suggestion.
        rig.Undo(detached.Append[0].ActionId);
        rig.Undo(merged.Append[0].ActionId);
        rig.Follow();
        rig.Suggestions().ShouldHaveSingleItem().Id.ShouldBe(suggested.Id);
    }

    [Fact]
    public void What_was_said_while_two_were_together_is_suggested_once_their_merge_is_undone()
    {
        rig.Say(Who(KeyKinds.Email, Mail));
        rig.Say(Who(KeyKinds.Visitor, "v1"));
        MergePlan.Change merged = rig.Merge(rig.Identity(KeyKinds.Email, Mail), rig.Identity(KeyKinds.Visitor, "v1")).ShouldBeOfType<MergePlan.Change>();
        rig.Say(Who(KeyKinds.Visitor, "v1", Contact(KeyKinds.Email, Mail, Assurance.Claimed)));
        rig.Follow();
        rig.Suggestions().ShouldBeEmpty();
        rig.Undo(merged.Append[0].ActionId);
        rig.Follow();
        rig.Suggestions().Count.ShouldBe(1);
    }

    [Fact]
    public void Further_evidence_is_added_to_an_open_suggestion_of_the_same_two_customers()
    {
        rig.Say(Who(KeyKinds.Email, Mail, Contact(KeyKinds.Phone, Number)));
        rig.Say(Who(KeyKinds.Visitor, "v1", Contact(KeyKinds.Email, Mail, Assurance.Claimed)));
        rig.Follow();
        double before = rig.Suggestions().ShouldHaveSingleItem().Score;
        rig.Say(Who(KeyKinds.Visitor, "v1", Contact(KeyKinds.Phone, Number, Assurance.Claimed)));
        rig.Follow();
        SuggestionRow suggested = rig.Suggestions().ShouldHaveSingleItem();
        SuggestionStore.EvidenceOf(suggested).Select(e => e.Kind).Order().ShouldBe(["email", "phone"]);
        suggested.Score.ShouldBeGreaterThanOrEqualTo(before);
    }

    [Fact]
    public void Whoever_claims_what_everybody_claims_fills_nobodys_list()
    {
        rig.Say(Who(KeyKinds.Email, Mail));
        Task.WaitAll([.. Enumerable.Range(0, 60).Select(i => rig.SayAsync(Who(KeyKinds.Visitor, "v" + i, Contact(KeyKinds.Email, Mail, Assurance.Claimed))))]);
        rig.Follow();
        rig.Suggestions().Count.ShouldBe(20);
    }

    private void Between(SuggestionRow suggestion, Key one, Key other) =>
        Candidate.Of(suggestion.LeftId, suggestion.RightId).ShouldBe(Candidate.Of(rig.Find(one.Kind, one.Value)!.Id, rig.Find(other.Kind, other.Value)!.Id));
}
