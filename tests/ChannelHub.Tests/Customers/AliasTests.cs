using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Events;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;
using static ChannelHub.Tests.Customers.GraphRig;

namespace ChannelHub.Tests.Customers;

/// <summary>One account under several names: what a message, the answer to a send or a report reveals of it.</summary>
public sealed class AliasTests : IDisposable
{
    private const string Old = "+48600100200";
    private const string New = "+48600100299";

    private readonly GraphRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public void A_telephone_then_an_id_then_the_id_alone_then_a_new_telephone_is_one_customer_and_one_thread_without_a_gap()
    {
        rig.Say(Who(KeyKinds.Phone, Old), "1");
        rig.Say(Who(KeyKinds.Phone, Old, Alias("whatsapp", "PL.77")), "2");
        rig.Say(Who("whatsapp", "PL.77"), "3");
        rig.Say(Who(KeyKinds.Phone, New, Alias("whatsapp", "PL.77")), "4");
        rig.Say(Who("whatsapp", "PL.77"), "5");
        rig.Say(Who(KeyKinds.Phone, Old), "6");

        long customer = rig.Customer(KeyKinds.Phone, Old);
        rig.Read(session => session.Query<long>("SELECT DISTINCT customer_id FROM identity")).ShouldBe([customer]);
        rig.Read(session => session.Query<string>("SELECT content FROM message ORDER BY occurred_at, sequence, id")).Select(content => content[^4]).ShouldBe("123456");
        long[] threads = [.. rig.Read(session => session.Query<long>("SELECT identity_id FROM message ORDER BY id"))];
        (long first, long second) = (rig.Identity(KeyKinds.Phone, Old), rig.Identity(KeyKinds.Phone, New));
        threads.ShouldBe([first, first, first, second, second, first]);
    }

    [Fact]
    public void An_id_that_was_an_identity_before_its_number_was_known_is_joined_to_the_number()
    {
        rig.Say(Who("whatsapp", "PL.77"));
        rig.Say(Who(KeyKinds.Phone, Old, Alias("whatsapp", "PL.77")));

        rig.AreTogether(new("whatsapp", "PL.77"), new(KeyKinds.Phone, Old)).ShouldBeTrue();
        rig.Identity("whatsapp", "PL.77").ShouldNotBe(rig.Identity(KeyKinds.Phone, Old));
        rig.Read(session => session.Query<string>("SELECT key_value FROM fact")).ShouldBe(["PL.77"]);
    }

    [Fact]
    public void A_renamed_account_goes_on_in_its_thread_under_the_new_id_and_the_old()
    {
        rig.Say(Who(KeyKinds.App, "before"));
        rig.TellAsync(new AliasLearned("r1", Who(KeyKinds.App, "before")), Who(KeyKinds.App, "before", Alias(KeyKinds.App, "after"))).Wait();
        rig.Say(Who(KeyKinds.App, "after"));
        rig.TellAsync(new AliasLearned("r2", Who(KeyKinds.App, "after")), Who(KeyKinds.App, "after", Alias(KeyKinds.App, "later"))).Wait();
        rig.Say(Who(KeyKinds.App, "later"));
        rig.Say(Who(KeyKinds.App, "after"));

        rig.Read(session => session.Query<long>("SELECT DISTINCT identity_id FROM message")).ShouldBe([rig.Identity(KeyKinds.App, "before")]);
        rig.Events(EventType.IdentityAdded).Count.ShouldBe(1);
    }

    [Fact]
    public void Whoever_may_say_who_writes_may_say_that_they_were_renamed_and_links_nobody_else_by_it()
    {
        Sender told = Who(KeyKinds.App, "before", Alias(KeyKinds.App, "after", Assurance.Asserted), Alias("whatsapp", "PL.77", Assurance.Asserted)) with { Assurance = Assurance.Asserted };
        rig.Say(told);
        rig.Find(KeyKinds.App, "after")!.Id.ShouldBe(rig.Identity(KeyKinds.App, "before"));
        rig.Find("whatsapp", "PL.77").ShouldBeNull();
    }

    [Fact]
    public void A_user_name_that_another_account_took_is_the_first_ones_no_more_and_joins_nobody()
    {
        rig.Say(Who(KeyKinds.Telegram, "1", Alias("telegram_username", "ada")));
        rig.Say(Who(KeyKinds.Telegram, "2", Alias("telegram_username", "ada")));

        rig.AreTogether(new(KeyKinds.Telegram, "1"), new(KeyKinds.Telegram, "2")).ShouldBeFalse();
        rig.Find("telegram_username", "ada").ShouldBeNull();
        List<AliasRow> aliases = rig.Read(session => CustomerStore.Aliases(session, [rig.Identity(KeyKinds.Telegram, "1"), rig.Identity(KeyKinds.Telegram, "2")]));
        aliases.Select(alias => alias.Until is null).ShouldBe([false, true]);
    }

    [Fact]
    public void A_changed_user_name_ends_the_old_one()
    {
        rig.Say(Who(KeyKinds.Telegram, "1", Alias("telegram_username", "ada")));
        rig.Say(Who(KeyKinds.Telegram, "1", Alias("telegram_username", "lovelace")));
        rig.Read(session => CustomerStore.Aliases(session, [rig.Identity(KeyKinds.Telegram, "1")])).Where(alias => alias.Until is null).Select(alias => alias.Value).ShouldBe(["lovelace"]);
        rig.Events(EventType.AliasLearned).Count.ShouldBe(2);
    }

    [Fact]
    public void Argentine_spellings_are_aliases_when_only_one_is_known()
    {
        rig.Say(Who(KeyKinds.Phone, "+5491123456789"));
        rig.Say(Who(KeyKinds.Phone, "+541123456789"));
        long identity = rig.Identity(KeyKinds.Phone, "+5491123456789");
        rig.Identity(KeyKinds.Phone, "+541123456789").ShouldBe(identity);
        rig.Read(session => CustomerStore.Aliases(session, [identity])).ShouldHaveSingleItem().Value.ShouldBe("+541123456789");
        rig.Events(EventType.IdentityAdded).Count.ShouldBe(1);
    }

    [Fact]
    public void What_an_unproven_sender_says_links_nobody_and_is_found_by_nothing()
    {
        rig.Say(Who(KeyKinds.Phone, Old));
        rig.Say(Who(KeyKinds.Email, "ada@example.org"));
        rig.Say(Who(KeyKinds.Email, "ada@example.org", Contact(KeyKinds.Phone, Old), Alias("whatsapp", "PL.77")) with { Assurance = Assurance.Claimed });

        rig.AreTogether(new(KeyKinds.Email, "ada@example.org"), new(KeyKinds.Phone, Old)).ShouldBeFalse();
        rig.Find("whatsapp", "PL.77").ShouldBeNull();
        ClaimRow claim = rig.Read(session => CustomerStore.Claims(session, [rig.Identity(KeyKinds.Email, "ada@example.org")])).ShouldHaveSingleItem();
        ((Assurance)claim.Assurance).ShouldBe(Assurance.Claimed);
        rig.Events(EventType.ClaimLearned).Count.ShouldBe(1);
    }

    [Fact]
    public void A_claim_keeps_where_it_came_from_and_when_it_was_last_heard()
    {
        Sender visitor = Who(KeyKinds.Visitor, "v1", Contact(KeyKinds.Email, "ada@example.org", Assurance.Claimed));
        rig.Say(visitor, channel: 7);
        long first = rig.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        rig.Clock.Advance(TimeSpan.FromDays(3));
        rig.Say(visitor, channel: 7);
        ClaimRow claim = rig.Read(session => CustomerStore.Claims(session, [rig.Identity(KeyKinds.Visitor, "v1")])).ShouldHaveSingleItem();
        claim.ShouldBe(claim with { ChannelId = 7, Since = first, LastSeen = rig.Clock.GetUtcNow().ToUnixTimeMilliseconds() });
        rig.Events(EventType.ClaimLearned).Count.ShouldBe(1);
    }

    [Fact]
    public void The_answer_to_a_send_and_a_report_reveal_aliases_as_messages_do()
    {
        long message = Sent(out OutboxRow unit);
        rig.Write(session =>
        {
            SendRecords.Record(session, unit, new UnitOutcome.Accepted("w1", MessageState.Sent) { Learned = [Alias("whatsapp", "PL.77")] }, session.Now);
            return true;
        });
        rig.Say(Who("whatsapp", "PL.77"));
        rig.Identity("whatsapp", "PL.77").ShouldBe(rig.Identity(KeyKinds.Phone, Old));

        rig.TellAsync(new DeliveryReported("d1", new ExternalId("w1"), DeliveryState.Delivered), learned: [Alias("whatsapp", "PL.78")]).Wait();
        rig.Identity("whatsapp", "PL.78").ShouldBe(rig.Identity(KeyKinds.Phone, Old));
        ((MessageState)rig.Read(session => MessageStore.Find(session, message))!.State).ShouldBe(MessageState.Delivered);
    }

    [Fact]
    public async Task What_an_adapter_learns_by_sending_is_kept_in_canonical_form()
    {
        using var sending = new Outbox.OutboxRig();
        long channel = sending.AddChannel("a");
        sending.Type["a"].Always(new SendResult.Sent(new ExternalId("p1"))
        {
            Learned = [Alias(KeyKinds.Phone, "+52 1 55 1234 5678"), new LearnedKey(new Key("account", KeyScopes.Channel, "77"), Assurance.Proven, LearnedAs.Alias), Alias(KeyKinds.Phone, "no telephone number")],
        });
        long message = sending.Queue(channel, "7", "hello");
        await sending.RunAsync();

        sending.State(message).ShouldBe(MessageState.Sent);
        List<AliasRow> aliases = sending.Database.Read(session => CustomerStore.Aliases(session, [sending.Message(message).IdentityId]));
        aliases.Select(alias => alias.Value).ShouldBe(["+525512345678", "77"]);
        aliases[1].Scope.ShouldBe(Core.Ids.HubId.Format(Core.Ids.IdPrefix.Channel, channel));
    }

    [Fact]
    public void A_closed_identity_is_found_by_none_of_its_names()
    {
        rig.Say(Who(KeyKinds.Phone, Old, Alias("whatsapp", "PL.77")));
        long former = rig.Identity(KeyKinds.Phone, Old);
        rig.Write(session => CustomerStore.Close(session, former)).ShouldBeTrue();
        rig.Find("whatsapp", "PL.77").ShouldBeNull();

        rig.Say(Who(KeyKinds.Phone, Old));
        rig.Identity(KeyKinds.Phone, Old).ShouldNotBe(former);
        rig.Customer(KeyKinds.Phone, Old).ShouldBe(rig.Identity(KeyKinds.Phone, Old));
        rig.Read(session => session.Query<long>("SELECT count(*) FROM message WHERE identity_id = @former", new { former })).ShouldBe([1]);
    }

    [Fact]
    public void An_alias_whose_link_was_undone_does_not_join_again()
    {
        rig.Say(Who(KeyKinds.Phone, Old, Alias("whatsapp", "PL.77")));
        rig.Say(Who(KeyKinds.Phone, New, Alias("whatsapp", "PL.77")));
        long action = rig.Read(session => session.Query<long>("SELECT id FROM action WHERE kind = 'automatic'")).ShouldHaveSingleItem();
        rig.Undo(action).ShouldBeOfType<MergePlan.Change>();
        rig.Say(Who(KeyKinds.Phone, Old, Alias("whatsapp", "PL.77")));
        rig.AreTogether(new(KeyKinds.Phone, Old), new(KeyKinds.Phone, New)).ShouldBeFalse();
        rig.Identity("whatsapp", "PL.77").ShouldBe(rig.Identity(KeyKinds.Phone, Old));
    }

    private long Sent(out OutboxRow unit)
    {
        long id = rig.Database.Ids.Next();
        var message = new OutgoingMessage
        {
            Id = id, ChannelId = 1, To = new Recipient.ByKey(new Key(KeyKinds.Phone, Old), Original: null), Units = 1,
            Content = PartsJson.Render([new TextPart("hi")], _ => throw new NotSupportedException()), AuthorKind = "agent",
        };
        unit = rig.Write(session =>
        {
            OutgoingMessages.Queue(session, message);
            return OutboxStore.OfMessage(session, id)[0];
        });
        return id;
    }
}
