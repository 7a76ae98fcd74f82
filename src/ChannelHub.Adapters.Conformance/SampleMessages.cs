namespace ChannelHub.Adapters.Conformance;

/// <summary>Units to send, for <see cref="ConformanceFacts.Outbound"/>.</summary>
public static class SampleMessages
{
    private static readonly byte[] Pixel = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    /// <summary>A text.</summary>
    public static OutboundMessage Text(Key to, string? address = null) => Of(to, address, new TextPart("Grüße aus Łódź, your parcel is on its way 📦"));

    /// <summary>A picture with a caption, with bytes and a link.</summary>
    public static OutboundMessage Picture(Key to, string? address = null) =>
        Of(to, address, new MediaPart(MediaKind.Image, new MediaReference { Stored = "att_0000000000001" }, "The parcel as it left us")) with
        {
            Media = new OutboundMedia
            {
                FileName = "parcel.png",
                ContentType = "image/png",
                Size = Pixel.Length,
                OpenAsync = _ => ValueTask.FromResult<Stream>(new MemoryStream(Pixel, writable: false)),
                Link = new Uri("https://hub.example/v1/attachments/att_0000000000001?signature=abc"),
            },
        };

    /// <summary>A text with two buttons.</summary>
    public static OutboundMessage Buttons(Key to, string? address = null) =>
        Of(to, address, new ButtonsPart("Shall we deliver tomorrow?", [new Button("yes", "Yes, please"), new Button("no", "No")]));

    /// <summary>A place.</summary>
    public static OutboundMessage Location(Key to, string? address = null) =>
        Of(to, address, new LocationPart(52.2297, 21.0122, "The shop", "Marszałkowska 1, Warszawa"));

    /// <summary>A contact card.</summary>
    public static OutboundMessage Contact(Key to, string? address = null) =>
        Of(to, address, new ContactPart("Service desk", ["+48221234567"], ["desk@shop.example"]));

    /// <summary>A message that the provider approved beforehand.</summary>
    public static OutboundMessage Template(Key to, string? address = null) =>
        Of(to, address, new TemplatePart("order_shipped", "en_GB", ["Ada", "17"]) { Header = ["17"], Buttons = [new TemplateButton(0, "track-17")] });

    /// <summary>Any part.</summary>
    public static OutboundMessage Of(Key to, string? address, Part part) => new() { Key = "msg_0000000000001.0", To = to, Address = address, Part = part };
}
