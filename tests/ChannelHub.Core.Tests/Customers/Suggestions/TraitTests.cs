using ChannelHub.Adapters;
using ChannelHub.Core.Customers.Suggestions;

namespace ChannelHub.Core.Tests.Customers.Suggestions;

public sealed class TraitTests
{
    [Theory]
    [InlineData("Where is my order AB-4711?", "AB4711")]
    [InlineData("order no. 10023", "10023")]
    [InlineData("my Order number: 10023", "10023")]
    [InlineData("#10023 please", "10023")]
    [InlineData("№ 10023", "10023")]
    [InlineData("zamówienia nr WEB-20261", "WEB20261")]
    [InlineData("заказ 55012", "55012")]
    [InlineData("Bestellung Nummer 55012", "55012")]
    [InlineData("order 123", null)]
    [InlineData("order 2026-03-01", null)]
    [InlineData("I ordered 4711 things", null)]
    [InlineData("call me at 600100200", null)]
    [InlineData("reorder", null)]
    public void An_order_number_in_a_text_stands_after_its_word_or_mark(string text, string? expected) =>
        OrderNumbers.In($$"""[{"index":0,"type":"text","text":{{System.Text.Json.JsonSerializer.Serialize(text)}}}]""", metadata: null).ShouldBe(expected is null ? [] : [expected]);

    [Fact]
    public void Order_parts_and_metadata_name_their_numbers()
    {
        OrderNumbers.In("""[{"type":"order","items":[],"total":"12","raw":{"order_id":"a-10023","id":"99999"}}]""", null).ShouldBe(["A10023"]);
        OrderNumbers.In("[]", """{"Order-Number":"55 012","total":"10000","order":"7"}""").ShouldBe(["55012"]);
        OrderNumbers.In("", """{"order":"55012"}""").ShouldBeEmpty();
        OrderNumbers.In("""[{"type":"text","text":"order 55012"},{"type":"text","text":"again #55012"}]""", null).ShouldBe(["55012"]);
    }

    [Fact]
    public void A_long_text_is_not_searched_for_ever() =>
        OrderNumbers.In($$"""[{"type":"text","text":"{{string.Concat(Enumerable.Repeat("order no #", 50_000))}}1"}]""", null).ShouldBeEmpty();

    [Fact]
    public void Addresses_in_notes_are_found_in_every_text()
    {
        TraitReader.OfAttributes("""{"note":"writes from Ada@EXAMPLE.org.","more":{"phones":["+48 600 100-200","600100200"],"age":41}}""").Select(trait => trait.Value)
            .ShouldBe(["email:ada@example.org", "phone:+48600100200"]);
        TraitReader.OfAttributes(null).ShouldBeEmpty();
        TraitReader.KeyOf("phone:+48600100200").ShouldBe(new Key(KeyKinds.Phone, "+48600100200"));
    }

    [Fact]
    public void Look_alikes_differ_in_marks_case_and_digits_only()
    {
        string Handle(string name) => TraitReader.OfAlias(new Key("telegram_username", name)).Single().Value;
        Handle("Ada_Lovelace").ShouldBe(Handle("ada.l0velace"));
        Handle("adalovelace").ShouldNotBe(Handle("adalovelacy"));
        TraitReader.OfAlias(new Key("telegram_username", "ada")).ShouldBeEmpty();
        TraitReader.OfAlias(new Key("whatsapp", "PL.1234567")).ShouldBeEmpty();
        TraitReader.OfKey(new Key(KeyKinds.Email, "ada.lovelace@example.org")).Single().Value.ShouldBe(Handle("ada_lovelace"));
        TraitReader.OfKey(new Key(KeyKinds.Email, "customerservice@example.org")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ada+shop@example.org", "ada@example.org")]
    [InlineData("ada@example.org", null)]
    public void Only_a_tagged_mailbox_differs_from_its_own(string address, string? mailbox) =>
        TraitReader.OfKey(new Key(KeyKinds.Email, address)).Where(trait => trait.Kind == TraitKind.Mailbox).Select(trait => trait.Value).ShouldBe(mailbox is null ? [] : [mailbox]);

    [Theory]
    [InlineData("Ada Lovelace", "LOVELACE, Ada", true)]
    [InlineData("José", "JOSÉ", true)]
    [InlineData("Анна Петрова", "петрова  анна", true)]
    [InlineData("A", "a", false)]
    [InlineData("Ada", "Ada L", false)]
    [InlineData("", "", false)]
    [InlineData(null, "Ada", false)]
    public void Names_are_the_same_whatever_their_case_and_order(string? one, string? other, bool same) => Names.AreSame(one, other).ShouldBe(same);
}
