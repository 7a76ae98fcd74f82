namespace ChannelHub.Adapters;

/// <summary>One thing a message consists of. The set is closed: an adapter maps what it does not know to <see cref="UnsupportedPart"/>.</summary>
public abstract record Part
{
    private protected Part() { }
}

/// <summary>Plain text.</summary>
/// <param name="Text">The words. Text offsets elsewhere count UTF-16 units of this string.</param>
public sealed record TextPart(string Text) : Part
{
    /// <summary>With quotes and signature, where <see cref="Text"/> is only the new words of more.</summary>
    public string? FullText { get; init; }

    /// <summary>
    /// The same as HTML, sanitised by the adapter: it is shown to agents as it is, and fetches nothing. A picture that lies elsewhere is
    /// <c>&lt;img data-remote-src="https://…"</c>, with that attribute first; the hub shows it to who asks.
    /// </summary>
    public string? Html { get; init; }
}

/// <summary>A file of any kind.</summary>
/// <param name="Kind">How the customer's app shows it.</param>
/// <param name="Media">Where the bytes are.</param>
/// <param name="Caption">Text that belongs to the file.</param>
public sealed record MediaPart(MediaKind Kind, MediaReference Media, string? Caption = null) : Part;

/// <summary>A place.</summary>
public sealed record LocationPart(double Latitude, double Longitude, string? Name = null, string? Address = null) : Part;

/// <summary>Somebody's card.</summary>
public sealed record ContactPart(string Name, IReadOnlyList<string> Phones, IReadOnlyList<string> Emails) : Part;

/// <summary>A text with buttons to press.</summary>
public sealed record ButtonsPart(string Text, IReadOnlyList<Button> Buttons) : Part;

/// <summary>A press of a button that an earlier message offered. Untrusted: it may be replayed.</summary>
/// <param name="ButtonId">The id the button was sent with.</param>
/// <param name="Label">The label, where the provider repeats it.</param>
public sealed record ReplyPart(string ButtonId, string? Label) : Part;

/// <summary>An order that the customer placed in their app.</summary>
/// <param name="Items">What was ordered.</param>
public sealed record OrderPart(IReadOnlyList<OrderItem> Items) : Part
{
    /// <summary>The sum as the provider says it, or as the items add up; null where neither is known.</summary>
    public decimal? Total { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public string? Currency { get; init; }

    /// <summary>As the provider sent it: a JSON object.</summary>
    public string? Raw { get; init; }
}

/// <summary>One line of an order.</summary>
/// <param name="Id">The shop's own number of the product.</param>
/// <param name="Quantity">How many.</param>
/// <param name="Price">Of one, in the order's currency.</param>
/// <param name="Name">Name of the product, where the provider tells it.</param>
public sealed record OrderItem(string Id, decimal Quantity, decimal? Price = null, string? Name = null);

/// <summary>
/// A message that the provider approved beforehand, with its variables filled in. Where the provider has a messaging window it is the only thing that may be
/// sent outside it.
/// </summary>
/// <param name="Name">The template's name or id at the provider.</param>
/// <param name="Language">Its language as the provider writes it, such as <c>en_GB</c>; null where the name says it all.</param>
/// <param name="Variables">What stands in the places of its body, in their order.</param>
public sealed record TemplatePart(string Name, string? Language, IReadOnlyList<string> Variables) : Part
{
    /// <summary>What stands in the places of its heading, in their order.</summary>
    public IReadOnlyList<string> Header { get; init; } = [];

    /// <summary>What its buttons carry; those without a variable are left out.</summary>
    public IReadOnlyList<TemplateButton> Buttons { get; init; } = [];

    /// <summary>What the customer reads, for the thread; it is not sent.</summary>
    public string? Text { get; init; }
}

/// <summary>The variable of one button of a template.</summary>
/// <param name="Index">The button's place, from 0.</param>
/// <param name="Value">What comes back when it is pressed or, with <paramref name="IsLink"/>, the end of the address it opens.</param>
/// <param name="IsLink">Whether it opens a page.</param>
public sealed record TemplateButton(int Index, string Value, bool IsLink = false);

/// <summary>A telephone call. What is known of it grows while it lasts and after: see <see cref="CallReported"/>.</summary>
/// <param name="Status">How far it came; of several reports the highest counts.</param>
public sealed record CallPart(CallStatus Status) : Part
{
    /// <summary>Whether the shop called.</summary>
    public bool Outgoing { get; init; }

    /// <summary>Its length in seconds; null while unknown.</summary>
    public long? DurationSeconds { get; init; }

    /// <summary>How far the network vouches for the caller's number: <c>A</c> wholly, <c>B</c>, <c>C</c>, or <c>failed</c>; null if it says nothing.</summary>
    public string? Attestation { get; init; }

    /// <summary>What the caller chose in the menu, in order.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether the caller asked to be called back.</summary>
    public bool CallbackWanted { get; init; }

    /// <summary>What the caller left behind.</summary>
    public MediaPart? Recording { get; init; }

    /// <summary>The recording's words.</summary>
    public string? Transcript { get; init; }
}

/// <summary>How far a call came, lowest first.</summary>
public enum CallStatus
{
    /// <summary>It rings, or the menu has just begun.</summary>
    Ringing = 0,

    /// <summary>The caller is in the menu, or talks.</summary>
    InProgress = 1,

    /// <summary>It ended in the menu.</summary>
    Completed = 2,

    /// <summary>Nobody took it.</summary>
    Missed = 3,

    /// <summary>The caller left a message.</summary>
    Voicemail = 4,

    /// <summary>Somebody took it.</summary>
    Answered = 5,
}

/// <summary>Something the channel delivers and the hub has no shape for.</summary>
/// <param name="Kind">The provider's own word for it, such as <c>poll</c>.</param>
public sealed record UnsupportedPart(string Kind) : Part;

/// <summary>One button. With a <paramref name="Url"/> it opens a page, otherwise a press comes back as <see cref="ReplyPart"/>.</summary>
public sealed record Button(string Id, string Label, string? Url = null);

/// <summary>How a file is shown.</summary>
public enum MediaKind
{
    /// <summary>A still picture.</summary>
    Image,

    /// <summary>Sound, voice notes included.</summary>
    Audio,

    /// <summary>A moving picture.</summary>
    Video,

    /// <summary>Anything to download.</summary>
    File,

    /// <summary>A sticker.</summary>
    Sticker,
}

/// <summary>
/// Where the bytes of a received file are. Exactly one of <see cref="Reference"/> and <see cref="Stored"/> is set. What the
/// provider says of name, type and size is a claim; the hub checks it when the bytes arrive.
/// </summary>
public sealed record MediaReference
{
    /// <summary>What <see cref="IMediaSource"/> needs to open the file; opaque to the hub. It must not hold a secret.</summary>
    public string? Reference { get; init; }

    /// <summary>The hub's id of a file that was uploaded to it before (<c>att_…</c>).</summary>
    public string? Stored { get; init; }

    /// <summary>File name as claimed by the sender.</summary>
    public string? FileName { get; init; }

    /// <summary>Media type as claimed by the sender.</summary>
    public string? ContentType { get; init; }

    /// <summary>Size in bytes as claimed by the provider.</summary>
    public long? Size { get; init; }

    /// <summary>Lower-case hex SHA-256 the bytes must have, if the provider tells it.</summary>
    public string? Sha256 { get; init; }
}
