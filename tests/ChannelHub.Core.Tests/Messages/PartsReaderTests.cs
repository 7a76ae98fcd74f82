using ChannelHub.Adapters;
using ChannelHub.Core.Messages;

namespace ChannelHub.Core.Tests.Messages;

public sealed class PartsReaderTests
{
    public static TheoryData<Part> Parts => new(
    [
        new TextPart("Grüße \"aus\" Łódź\n📦 </script>"),
        new LocationPart(52.2297, 21.0122, "The shop", Address: null),
        new LocationPart(-0.0001, 180),
        new ReplyPart("yes", Label: null),
        new UnsupportedPart("poll"),
    ]);

    [Theory]
    [MemberData(nameof(Parts))]
    public void What_was_written_is_read_back(Part part) => RoundTrip(part).ShouldBe(part);

    [Fact]
    public void Lists_are_read_back()
    {
        var contact = new ContactPart("Desk", ["+48221234567"], []);
        var read = (ContactPart)RoundTrip(contact);
        (read.Name, read.Phones.Single(), read.Emails.Count).ShouldBe(("Desk", "+48221234567", 0));

        var buttons = (ButtonsPart)RoundTrip(new ButtonsPart("Tomorrow?", [new Button("y", "Yes"), new Button("m", "Map", "https://shop.example/")]));
        buttons.Text.ShouldBe("Tomorrow?");
        buttons.Buttons.ShouldBe([new Button("y", "Yes"), new Button("m", "Map", "https://shop.example/")]);
    }

    [Fact]
    public void Orders_and_templates_are_read_back()
    {
        var order = (OrderPart)RoundTrip(new OrderPart([new OrderItem("SKU-17", 2, 12.50m, "Kite"), new OrderItem("SKU-18", 1)])
        {
            Total = 25m, Currency = "GBP", Raw = """{"catalog_id":"c1"}""",
        });
        order.Items.ShouldBe([new OrderItem("SKU-17", 2, 12.50m, "Kite"), new OrderItem("SKU-18", 1)]);
        (order.Total, order.Currency, order.Raw).ShouldBe((25m, "GBP", """{"catalog_id":"c1"}"""));

        var template = (TemplatePart)RoundTrip(new TemplatePart("shipped", "en_GB", ["Ada", "17"]) { Header = ["17"], Buttons = [new(1, "orders/17", IsLink: true)], Text = "On its way." });
        (template.Name, template.Language, template.Text).ShouldBe(("shipped", "en_GB", "On its way."));
        template.Variables.ShouldBe(["Ada", "17"]);
        template.Header.ShouldBe(["17"]);
        template.Buttons.ShouldBe([new TemplateButton(1, "orders/17", IsLink: true)]);
        ((OrderPart)RoundTrip(new OrderPart([]))).Raw.ShouldBeNull();
    }

    [Fact]
    public void An_order_that_is_no_JSON_is_not_written() =>
        Should.Throw<System.Text.Json.JsonException>(() => RoundTrip(new OrderPart([]) { Raw = "{" }));

    [Theory]
    [InlineData(MediaKind.Image)]
    [InlineData(MediaKind.Audio)]
    [InlineData(MediaKind.Video)]
    [InlineData(MediaKind.File)]
    [InlineData(MediaKind.Sticker)]
    public void A_file_is_read_back_by_its_attachment(MediaKind kind)
    {
        var part = new MediaPart(kind, new MediaReference { Stored = "att_0000000000007" }, "caption");
        var read = (MediaPart)RoundTrip(part);

        read.Kind.ShouldBe(kind);
        read.Caption.ShouldBe("caption");
        read.Media.ShouldBe(new MediaReference { Stored = "att_0000000000007", FileName = "a.bin", ContentType = "application/octet-stream", Size = 12 });
    }

    [Fact]
    public void One_part_of_several_is_read_by_its_index()
    {
        string json = Write([new TextPart("one"), new TextPart("two")]);

        PartsReader.Read(json, 1).ShouldBe(new TextPart("two"));
        PartsReader.Read(json).ShouldBe([new TextPart("one"), new TextPart("two")]);
    }

    private static Part RoundTrip(Part part) => PartsReader.Read(Write([part]), 0);

    private static string Write(IReadOnlyList<Part> parts) => System.Text.Encoding.UTF8.GetString(PartsJson.Render(
        parts, media => new PartFile(7, media.Media, "a.bin", "application/octet-stream", 12, Ready: true)));
}
