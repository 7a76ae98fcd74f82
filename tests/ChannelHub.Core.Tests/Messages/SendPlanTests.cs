using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using FsCheck;
using FsCheck.Fluent;

namespace ChannelHub.Core.Tests.Messages;

public sealed class SendPlanTests
{
    private static readonly ChannelLimits Rich = new()
    {
        MaxText = 20, MaxCaption = 10, MaxButtons = 2, MaxButtonLabel = 8, MaxButtonId = 8,
        Media = [MediaKind.Image, MediaKind.File], MaxFileBytes = 100, Locations = true, Contacts = true,
    };

    private static readonly ChannelLimits Plain = new() { MaxText = 40 };

    private static readonly Button Yes = new("y", "Yes");
    private static readonly Button No = new("n", "No");

    [Fact]
    public void Every_part_becomes_units_of_its_own_in_order()
    {
        Part[] parts = [new TextPart("Hello"), Picture(caption: "A cat"), new LocationPart(52.2, 21), new ContactPart("Ann", [], [])];
        Units(parts, Rich).ShouldBe([.. parts.Select((part, index) => new PlannedUnit(index, part))]);
    }

    [Fact]
    public void A_long_text_becomes_several_units_and_only_the_last_carries_the_buttons() =>
        Units([new ButtonsPart("Do you want us to keep your order?", [Yes, No])], Rich).Select(unit => unit.Part).ShouldBe(
        [
            new TextPart("Do you want us to"),
            new ButtonsPart("keep your order?", [Yes, No]),
        ], PartsAreEqual);

    [Fact]
    public void The_text_above_buttons_can_be_shorter_than_a_text_alone() =>
        Units([new ButtonsPart("Keep the order?", [Yes])], Rich with { MaxButtonText = 10 }).Select(unit => unit.Part).ShouldBe(
        [
            new TextPart("Keep the"),
            new ButtonsPart("order?", [Yes]),
        ], PartsAreEqual);

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Fewer_buttons_may_go_out_when_one_opens_a_page(int most, bool asButtons)
    {
        var link = new Button("l", "Open", "https://a.example");
        Units([new ButtonsPart("Look", [link])], Rich with { MaxButtonsWithLinks = most })[0].Part.ShouldBeOfType(asButtons ? typeof(ButtonsPart) : typeof(TextPart));
        Units([new ButtonsPart("Look", [link, No])], Rich with { MaxButtonsWithLinks = most })[0].Part.ShouldBeOfType<TextPart>();
        Units([new ButtonsPart("Look", [Yes, No])], Rich with { MaxButtonsWithLinks = most })[0].Part.ShouldBeOfType<ButtonsPart>();
    }

    [Theory]
    [InlineData("image/png", 50L, true)]
    [InlineData("audio/ogg", 50L, false)]
    [InlineData("image/png", 99L, false)]
    [InlineData("video/mp4", 50L, true)]
    public void A_caption_stays_with_files_that_carry_one(string type, long size, bool stays)
    {
        ChannelLimits limits = Rich with { CaptionedTypes = ["image/*", "video/mp4"], MaxCaptionedBytes = 60 };
        var file = new MediaPart(MediaKind.File, new MediaReference { Stored = "att_1", ContentType = type, Size = size }, "A cat");

        Units([file], limits).Count.ShouldBe(stays ? 1 : 2);
    }

    [Fact]
    public void A_template_goes_out_as_such_or_as_its_words_or_not_at_all()
    {
        var template = new TemplatePart("shipped", "en", ["17"]) { Text = "It is on its way." };
        Units([template], Rich with { Templates = true })[0].Part.ShouldBe(template);
        Units([template], Rich)[0].Part.ShouldBe(new TextPart("It is on its way."));
        SendPlan.Build([template with { Text = null }], Rich).ShouldBeOfType<SendPlan.Refused>().Errors.ShouldHaveSingleItem().Field.ShouldBe("parts[0].type");
        SendPlan.Build([template with { Variables = ["17", " "] }], Rich with { Templates = true }).ShouldBeOfType<SendPlan.Refused>()
            .Errors.ShouldHaveSingleItem().Field.ShouldBe("parts[0].variables[1]");
    }

    [Fact]
    public void An_order_is_the_customers_alone() =>
        SendPlan.Build([new OrderPart([])], Rich).ShouldBeOfType<SendPlan.Refused>().Errors.ShouldHaveSingleItem().Field.ShouldBe("parts[0].type");

    [Fact]
    public void A_caption_that_is_too_long_follows_its_file_as_text() =>
        Units([Picture(caption: "A cat on a roof")], Rich).ShouldBe(
        [
            new PlannedUnit(0, Picture(caption: null)),
            new PlannedUnit(0, new TextPart("A cat on a roof")),
        ]);

    [Fact]
    public void A_caption_of_nothing_but_space_is_dropped() =>
        Units([Picture(caption: " ")], Rich).ShouldBe([new PlannedUnit(0, Picture(caption: null))]);

    public static TheoryData<string, ButtonsPart> UnfitButtons => new()
    {
        { "too many", new ButtonsPart("Sure?", [Yes, No, new("m", "Maybe")]) },
        { "label too long", new ButtonsPart("Sure?", [Yes, new("n", "No, thanks")]) },
        { "id too long", new ButtonsPart("Sure?", [new("żółw-1", "Yes")]) },
    };

    [Theory]
    [MemberData(nameof(UnfitButtons))]
    public void Buttons_that_the_channel_does_not_take_become_numbered_labels(string why, ButtonsPart part)
    {
        string expected = "Sure?\n\n" + string.Join('\n', part.Buttons.Select((button, index) => $"{index + 1}. {button.Label}"));
        Units([part], Rich with { MaxText = 100 }).ShouldBe([new PlannedUnit(0, new TextPart(expected))], why);
    }

    [Fact]
    public void Links_places_and_cards_are_written_out_where_the_channel_has_no_shape_for_them() =>
        Units(
            [
                new ButtonsPart("See", [new Button("t", "Track", "https://shop/t")]),
                new LocationPart(52.2297, -21.0122, "Shop", "Main St 1"),
                new ContactPart("Ann", ["+48600100200"], ["ann@example.com"]),
            ],
            Plain).Select(unit => ((TextPart)unit.Part).Text).ShouldBe(
        [
            "See\n\n1. Track: https://shop/t",
            "Shop\nMain St 1\n52.2297, -21.0122",
            "Ann\n+48600100200\nann@example.com",
        ]);

    public static TheoryData<string, Part> Unsendable => new()
    {
        { "parts[1].type", new MediaPart(MediaKind.Audio, new MediaReference { Stored = "att_1" }) },
        { "parts[1].attachment", Picture(caption: null, size: 101) },
        { "parts[1].text", new TextPart(" \n") },
        { "parts[1].text", new ButtonsPart("", [Yes]) },
        { "parts[1].buttons[1].label", new ButtonsPart("Sure?", [Yes, new("n", "")]) },
        { "parts[1].latitude", new LocationPart(90.1, 0) },
        { "parts[1].longitude", new LocationPart(0, double.NaN) },
        { "parts[1].name", new ContactPart("", ["1"], []) },
        { "parts[1].type", new ReplyPart("y", "Yes") },
        { "parts[1].type", new UnsupportedPart("poll") },
    };

    [Theory]
    [MemberData(nameof(Unsendable))]
    public void What_cannot_be_sent_is_named_by_its_field(string field, Part part) =>
        SendPlan.Build([new TextPart("Hello"), part], Rich).ShouldBeOfType<SendPlan.Refused>().Errors.ShouldHaveSingleItem().Field.ShouldBe(field);

    [Fact]
    public void All_faults_are_reported_at_once() =>
        SendPlan.Build([new TextPart(""), new UnsupportedPart("poll"), new LocationPart(91, 181)], Plain)
            .ShouldBeOfType<SendPlan.Refused>().Errors.Count.ShouldBe(4);

    [Fact]
    public void A_message_of_nothing_is_refused() =>
        SendPlan.Build([], Plain).ShouldBeOfType<SendPlan.Refused>().Errors.ShouldHaveSingleItem().Field.ShouldBe("parts");

    [Fact]
    public void A_channel_without_text_refuses_text() =>
        SendPlan.Build([new TextPart("Hello")], Plain with { MaxText = 0 }).ShouldBeOfType<SendPlan.Refused>().Errors.ShouldHaveSingleItem()
            .Field.ShouldBe("parts[0].type");

    [Fact]
    public void No_unit_is_over_any_limit_and_no_word_is_lost() =>
        Property.Holds(3_000, Messages, given =>
        {
            IReadOnlyList<PlannedUnit> units = Units(given.Parts, given.Limits);
            foreach (PlannedUnit unit in units)
                ShouldBeWithin(unit.Part, given.Limits);
            units.Select(unit => unit.Source).Distinct().ShouldBe(Enumerable.Range(0, given.Parts.Length));
            Words(units.Select(unit => unit.Part)).ShouldBe(Words(given.Parts), ignoreOrder: false);
        });

    private static readonly Gen<string> Text =
        from count in Gen.Choose(1, 40)
        from words in Gen.Elements("order", "Zażółć", "👍🏽", "x", "thanks").ArrayOf(count)
        from gap in Gen.Elements(" ", "\n", "\n\n")
        select string.Join(gap, words);

    private static readonly Gen<Part> AnyPart = Gen.OneOf(
        Text.Select(Part (text) => new TextPart(text)),
        Text.Select(Part (text) => Picture(text)),
        from text in Text from count in Gen.Choose(0, 5) select (Part)new ButtonsPart(text, [.. Enumerable.Range(1, count).Select(id => new Button($"{id}", "x"))]));

    private static readonly Gen<(Part[] Parts, ChannelLimits Limits)> Messages =
        from count in Gen.Choose(1, 4)
        from parts in AnyPart.ArrayOf(count)
        from text in Gen.Choose(30, 200)
        from caption in Gen.Choose(0, 100)
        from buttons in Gen.Choose(0, 4)
        from unit in Gen.Elements(TextUnit.Utf16, TextUnit.Utf8)
        select (parts, Rich with { MaxText = text, MaxCaption = caption, MaxButtons = buttons, TextUnit = unit });

    private static void ShouldBeWithin(Part part, ChannelLimits limits)
    {
        switch (part)
        {
            case MediaPart media:
                TextSplit.Length(media.Caption, limits.TextUnit).ShouldBeLessThanOrEqualTo(limits.MaxCaption);
                break;
            case ButtonsPart buttons:
                buttons.Buttons.Count.ShouldBeInRange(1, limits.MaxButtons);
                TextSplit.Length(buttons.Text, limits.TextUnit).ShouldBeLessThanOrEqualTo(limits.MaxText);
                break;
            default:
                TextSplit.Length(part.ShouldBeOfType<TextPart>().Text, limits.TextUnit).ShouldBeLessThanOrEqualTo(limits.MaxText);
                break;
        }
    }

    // Numbers of written-out buttons are not words of the message.
    private static string[] Words(IEnumerable<Part> parts) =>
        [.. parts.SelectMany(part => part switch
        {
            TextPart text => text.Text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries),
            ButtonsPart buttons => [.. buttons.Text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries), .. buttons.Buttons.Select(button => button.Label)],
            MediaPart media => media.Caption?.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries) ?? [],
            _ => [],
        }).Where(word => !word.EndsWith('.'))];

    private static IReadOnlyList<PlannedUnit> Units(Part[] parts, ChannelLimits limits) =>
        SendPlan.Build(parts, limits).ShouldBeOfType<SendPlan.Ready>().Units;

    private static MediaPart Picture(string? caption, long size = 10) =>
        new(MediaKind.Image, new MediaReference { Stored = "att_1", Size = size }, caption);

    private static readonly IEqualityComparer<Part> PartsAreEqual = EqualityComparer<Part>.Create(
        (left, right) => left is ButtonsPart a && right is ButtonsPart b ? a.Text == b.Text && a.Buttons.SequenceEqual(b.Buttons) : Equals(left, right));
}
