using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;

namespace ChannelHub.WebChat;

/// <summary>
/// What a visitor said or proved, once the hub knows who it was: the form in which it goes to the channel and stays in the raw inbox.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(VisitorMessage), "message")]
[JsonDerivedType(typeof(VisitorSignedIn), "signed_in")]
[JsonDerivedType(typeof(VisitorClaim), "claim")]
public abstract record VisitorInput
{
    /// <summary>The visitor's key value.</summary>
    public required string Visitor { get; init; }

    /// <summary>The bytes that <see cref="WebChatChannel.Parse"/> reads.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, VisitorJson.Default.VisitorInput);
}

/// <summary>A visitor wrote.</summary>
public sealed record VisitorMessage : VisitorInput
{
    /// <summary>Given by the browser; one message however often it is repeated.</summary>
    public required string ClientId { get; init; }

    /// <summary>What it consists of.</summary>
    public required IReadOnlyList<VisitorPart> Parts { get; init; }

    /// <summary>The channel's id of the message it answers.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The page on which the chat was opened, without its query.</summary>
    public string? Page { get; init; }

    /// <summary>The channel's id of a visitor's message.</summary>
    public static string IdOf(string visitor, string clientId) => $"v:{visitor}:{clientId}";

    /// <summary>The browser's id in a message id of this visitor; null for any other.</summary>
    public static string? ClientIdIn(string? externalId, string visitor)
    {
        string prefix = $"v:{visitor}:";
        return externalId?.StartsWith(prefix, StringComparison.Ordinal) == true ? externalId[prefix.Length..] : null;
    }
}

/// <summary>One part of a visitor's message: a <c>text</c>, a <c>reply</c> or a file.</summary>
public sealed record VisitorPart
{
    /// <summary><c>text</c>, <c>reply</c>, <c>image</c>, <c>audio</c>, <c>video</c> or <c>file</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Of a text.</summary>
    public string? Text { get; init; }

    /// <summary>Of a press.</summary>
    public string? ButtonId { get; init; }

    /// <summary>Of a press.</summary>
    public string? Label { get; init; }

    /// <summary>Of a file: the hub's id of an upload of this visitor.</summary>
    public string? AttachmentId { get; init; }
}

/// <summary>The shop's server signed who the visitor is. The token itself is not kept: it would let others in.</summary>
public sealed record VisitorSignedIn : VisitorInput
{
    /// <summary>Hash that names the token; its every use is the same event.</summary>
    public required string TokenId { get; init; }

    /// <summary>The shop's own id of its customer.</summary>
    public required string Subject { get; init; }

    /// <summary>The customer's name.</summary>
    public string? Name { get; init; }

    /// <summary>BCP 47.</summary>
    public string? Locale { get; init; }

    /// <summary>E-mail address.</summary>
    public string? Email { get; init; }

    /// <summary>Whether the shop signed that the address is the customer's.</summary>
    public bool EmailVerified { get; init; }

    /// <summary>Telephone number.</summary>
    public string? Phone { get; init; }

    /// <summary>Whether the shop signed that the number is the customer's.</summary>
    public bool PhoneVerified { get; init; }
}

/// <summary>A visitor typed an address of theirs. Nobody has proven it.</summary>
public sealed record VisitorClaim : VisitorInput
{
    /// <summary><c>email</c> or <c>phone</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>As typed.</summary>
    public required string Value { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    RespectNullableAnnotations = true, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(VisitorInput))]
internal sealed partial class VisitorJson : JsonSerializerContext;
