using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace ChannelHub.Api.Description;

/// <summary>
/// The schema of a message's parts. Parts are written as stored JSON and have no type of their own here, so their schema is written by hand, one for each
/// kind of part.
/// </summary>
internal static class PartSchemas
{
    public const string Part = "Part";
    public const string Fault = "Fault";

    /// <summary>Adds <c>Part</c> and its kinds to the document; files are described by <paramref name="attachment"/>.</summary>
    public static void AddTo(OpenApiDocument document, IOpenApiSchema attachment)
    {
        var part = new OpenApiSchema
        {
            Description = "One thing a message consists of; its type says which. New types may be added: treat those you do not know like unsupported.",
            OneOf = [],
            Discriminator = new OpenApiDiscriminator { PropertyName = "type", Mapping = new Dictionary<string, OpenApiSchemaReference>(StringComparer.Ordinal) },
        };
        foreach ((string name, string description, string[] types, Field[] fields) in Kinds(attachment))
        {
            document.AddComponent(name, Kind(description, types, fields));
            var reference = new OpenApiSchemaReference(name, document);
            part.OneOf.Add(reference);
            foreach (string type in types)
                part.Discriminator.Mapping![type] = reference;
        }
        document.AddComponent(Part, part);
    }

    private static IEnumerable<(string Name, string Description, string[] Types, Field[] Fields)> Kinds(IOpenApiSchema attachment) =>
    [
        ("TextPart", "Text.", ["text"],
        [
            new("text", "The new words.", Text),
            new("full_text", "With quotes and signature, where the channel has them.", Text, Optional: true),
            new("html", "As the sender laid it out, made safe; where the channel has it.", Text, Optional: true),
        ]),
        ("MediaPart", "A file.", ["image", "audio", "video", "file", "sticker"],
        [
            new("attachment", "The file.", attachment),
            new("caption", "Text that belongs to the file.", Text, Optional: true),
        ]),
        ("LocationPart", "A place.", ["location"],
        [
            new("latitude", "Degrees north.", Number), new("longitude", "Degrees east.", Number),
            new("name", "What is there.", Text, Optional: true), new("address", "Its postal address.", Text, Optional: true),
        ]),
        ("ContactPart", "Somebody's card.", ["contact"],
        [
            new("name", "Whose.", Text), new("phones", "Phone numbers as written.", ListOf(Text)), new("emails", "Mail addresses as written.", ListOf(Text)),
        ]),
        ("ButtonsPart", "A text with buttons to press.", ["buttons"],
        [
            new("text", "Text above the buttons.", Text),
            new("buttons", "The buttons.", ListOf(Kind("One button.", null,
            [
                new("id", "Comes back when it is pressed.", Text), new("label", "What stands on it.", Text),
                new("url", "It opens this page instead of coming back.", Text, Optional: true),
            ]))),
        ]),
        ("ReplyPart", "A press of a button.", ["reply"],
        [
            new("button_id", "The id the button was sent with.", Text), new("label", "What stood on it, where the channel repeats it.", NullableText, Optional: true),
        ]),
        ("OrderPart", "An order placed in the customer's app.", ["order"],
        [
            new("items", "What was ordered.", ListOf(Kind("One line.", null,
            [
                new("id", "The shop's own number of the product.", Text), new("name", "Its name, where the provider tells it.", Text, Optional: true),
                new("quantity", "How many.", Number), new("price", "Of one, where the provider tells it.", Number, Optional: true),
            ]))),
            new("total", "The sum; null where it is not known.", Any), new("currency", "ISO 4217 code; null where it is not known.", NullableText),
            new("raw", "As the provider sent it.", Any),
        ]),
        ("TemplatePart", "A message that the provider approved beforehand, with its variables filled in.", ["template"],
        [
            new("name", "Its name at the provider.", Text), new("language", "Its language as the provider writes it.", Text, Optional: true),
            new("variables", "What stands in the places of its body.", ListOf(Text)), new("header", "What stands in the places of its heading.", ListOf(Text), Optional: true),
            new("button_variables", "What its buttons carry.", ListOf(Kind("One button.", null,
            [
                new("index", "Its place, from 0.", Whole), new("value", "What comes back when it is pressed, or the end of its address.", Text),
                new("link", "Whether it opens a page.", new OpenApiSchema { Type = JsonSchemaType.Boolean }),
            ])), Optional: true),
            new("text", "What the customer reads, if whoever sent it said so.", Text, Optional: true),
        ]),
        ("CallPart", "A phone call.", ["call"],
        [
            new("direction", "in or out.", Text), new("status", "How far it came: ringing, in_progress, completed, missed, voicemail or answered.", Text),
            new("duration_s", "Its length in seconds; 0 while unknown.", Number),
            new("attestation", "How far the network vouches for the number: A wholly, B, C or failed.", Text, Optional: true),
            new("choices", "What the caller chose in the menu, in order.", ListOf(Text), Optional: true),
            new("callback_requested", "True if the caller asked to be called back.", new OpenApiSchema { Type = JsonSchemaType.Boolean }, Optional: true),
            new("recording", "The recording.", attachment, Optional: true), new("transcript", "What was said.", Text, Optional: true),
        ]),
        ("UnsupportedPart", "Something the channel delivers and the hub has no shape for.", ["unsupported"],
        [
            new("kind", "The provider's own word for it.", Text),
        ]),
    ];

    /// <summary>Why something was not sent; the same on a message and on its parts.</summary>
    public static OpenApiSchema FaultSchema() => Kind("Why something failed.", null,
        [new("kind", "What to do about it: a stable word.", Text), new("detail", "What the provider said.", Text)]);

    private static OpenApiSchema Kind(string description, string[]? types, IEnumerable<Field> fields)
    {
        var schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = description,
            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal),
            Required = new HashSet<string>(StringComparer.Ordinal),
        };
        foreach (Field field in types is null ? fields : [.. Common(types), .. fields])
        {
            schema.Properties[field.Name] = field.Described();
            if (!field.Optional)
                schema.Required.Add(field.Name);
        }
        return schema;
    }

    private static IEnumerable<Field> Common(string[] types) =>
    [
        new("type", "The kind of part.", new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. types.Select(t => (JsonNode)JsonValue.Create(t))] }),
        new("index", "Its place in the message, from 0.", Whole),
        new("state", "State of this part, on outgoing messages.", Text, Optional: true),
        new("provider_id", "The provider's id of this part, on outgoing messages once they are sent.", NullableText, Optional: true),
        new("error", "Why this part failed or is unconfirmed.", FaultSchema(), Optional: true),
    ];

    private static OpenApiSchema Text => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema NullableText => new() { Type = JsonSchemaType.String | JsonSchemaType.Null };

    private static OpenApiSchema Number => new() { Type = JsonSchemaType.Number };

    private static OpenApiSchema Whole => new() { Type = JsonSchemaType.Integer };

    private static OpenApiSchema Any => new();

    private static OpenApiSchema ListOf(OpenApiSchema item) => new() { Type = JsonSchemaType.Array, Items = item };

    private sealed record Field(string Name, string Description, IOpenApiSchema Schema, bool Optional = false)
    {
        /// <summary>Beside a reference a description may stand; in a schema of its own it is part of it.</summary>
        public IOpenApiSchema Described()
        {
            if (Schema is OpenApiSchema own)
                own.Description = Description;
            else if (Schema is OpenApiSchemaReference { Reference.Id: { } id } reference)
                return new OpenApiSchemaReference(id, reference.Reference.HostDocument) { Description = Description };
            return Schema;
        }
    }
}
