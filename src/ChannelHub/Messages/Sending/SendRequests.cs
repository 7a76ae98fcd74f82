using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ChannelHub.Messages.Sending;

/// <summary>A message to a conversation. It goes where the customer last wrote, unless channel or identity are named.</summary>
public sealed record SendMessageRequest
{
    /// <summary>What it consists of, at least one part. What the channel cannot take as one message is sent as several, in order.</summary>
    public IReadOnlyList<PartInput?>? Parts { get; init; }

    /// <summary>The channel to send by (<c>chn_…</c>).</summary>
    public string? ChannelId { get; init; }

    /// <summary>The identity of the customer to send to (<c>idn_…</c>).</summary>
    public string? IdentityId { get; init; }

    /// <summary>The message it answers (<c>msg_…</c>); quoted where that is on the same channel and the channel can.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>Who writes; an agent by default.</summary>
    public AuthorInput? Author { get; init; }

    /// <summary>Small facts to keep with it: a JSON object of at most 16 KiB, given back as it is.</summary>
    public JsonObject? Metadata { get; init; }
}

/// <summary>A message to an address. Identity and customer are made if they are new.</summary>
public sealed record SendToAddressRequest
{
    /// <summary>To whom.</summary>
    public AddressInput? To { get; init; }

    /// <summary>The channel to send by (<c>chn_…</c>).</summary>
    public string? ChannelId { get; init; }

    /// <inheritdoc cref="SendMessageRequest.Parts"/>
    public IReadOnlyList<PartInput?>? Parts { get; init; }

    /// <inheritdoc cref="SendMessageRequest.Author"/>
    public AuthorInput? Author { get; init; }

    /// <inheritdoc cref="SendMessageRequest.Metadata"/>
    public JsonObject? Metadata { get; init; }
}

/// <summary>An address to write to.</summary>
/// <param name="Kind">phone, email, telegram, …: what the channel writes to.</param>
/// <param name="Value">The address; a phone number with its plus and calling code.</param>
/// <param name="Scope">Where the value is unique; absent for kinds that are unique everywhere.</param>
public sealed record AddressInput(string? Kind, string? Value, string? Scope);

/// <summary>Who writes a message.</summary>
/// <param name="Kind"><c>agent</c> (default), <c>bot</c> or <c>system</c>.</param>
/// <param name="Name">Name to show, where the channel shows one.</param>
public sealed record AuthorInput(string? Kind, string? Name);

/// <summary>One part of a message to send.</summary>
public sealed record PartInput
{
    /// <summary>
    /// <c>text</c>, <c>image</c>, <c>audio</c>, <c>video</c>, <c>file</c>, <c>sticker</c>, <c>location</c>, <c>contact</c>, <c>buttons</c> or <c>template</c>.
    /// </summary>
    public string? Type { get; init; }

    /// <summary>The words of <c>text</c> and <c>buttons</c>; of a <c>template</c> what the customer reads, for the thread and for channels without templates.</summary>
    public string? Text { get; init; }

    /// <summary>Of a file: the attachment that was uploaded (<c>att_…</c>).</summary>
    public string? AttachmentId { get; init; }

    /// <summary>The same as <c>attachment_id</c>, in the shape in which messages show it.</summary>
    public AttachmentInput? Attachment { get; init; }

    /// <summary>Of a file: text that belongs to it.</summary>
    public string? Caption { get; init; }

    /// <summary>Of a place: degrees north.</summary>
    public double? Latitude { get; init; }

    /// <summary>Of a place: degrees east.</summary>
    public double? Longitude { get; init; }

    /// <summary>Name of a place, of a contact, or of a template at the provider.</summary>
    public string? Name { get; init; }

    /// <summary>Of a place: its address.</summary>
    public string? Address { get; init; }

    /// <summary>Of a contact.</summary>
    public IReadOnlyList<string?>? Phones { get; init; }

    /// <summary>Of a contact.</summary>
    public IReadOnlyList<string?>? Emails { get; init; }

    /// <summary>What can be pressed.</summary>
    public IReadOnlyList<ButtonInput?>? Buttons { get; init; }

    /// <summary>Of a template: its language as the provider writes it, such as <c>en_GB</c>.</summary>
    public string? Language { get; init; }

    /// <summary>Of a template: what stands in the places of its body, in their order.</summary>
    public IReadOnlyList<string?>? Variables { get; init; }

    /// <summary>Of a template: what stands in the places of its heading, in their order.</summary>
    public IReadOnlyList<string?>? Header { get; init; }

    /// <summary>Of a template: what its buttons carry; those without a variable are left out.</summary>
    public IReadOnlyList<ButtonVariableInput?>? ButtonVariables { get; init; }
}

/// <summary>A file by its id.</summary>
/// <param name="Id"><c>att_…</c></param>
public sealed record AttachmentInput(string? Id);

/// <summary>A button.</summary>
/// <param name="Id">Comes back when it is pressed.</param>
/// <param name="Label">What stands on it.</param>
/// <param name="Url">A page to open instead; http or https.</param>
public sealed record ButtonInput(string? Id, string? Label, string? Url);

/// <summary>The variable of one button of a template.</summary>
/// <param name="Index">The button's place, from 0.</param>
/// <param name="Value">What comes back when it is pressed or, with <c>link</c>, the end of the address it opens.</param>
/// <param name="Link">Whether it opens a page.</param>
public sealed record ButtonVariableInput(int? Index, string? Value, bool? Link);

/// <summary>New words for a message that was sent.</summary>
public sealed record EditMessageRequest
{
    /// <summary>Exactly one part of type <c>text</c>.</summary>
    public IReadOnlyList<PartInput?>? Parts { get; init; }
}

/// <summary>The shop's reaction on a message.</summary>
public sealed record ReactionRequest
{
    /// <summary>An emoji; null takes the reaction back.</summary>
    [JsonRequired]
    public string? Reaction { get; init; }
}

/// <summary>What became of an unconfirmed message, as far as a person knows.</summary>
/// <param name="As"><c>sent</c>: it arrived. <c>failed</c>: it did not. <c>resend</c>: send it again, even if it may then arrive twice.</param>
public sealed record SettleRequest(string? As);
