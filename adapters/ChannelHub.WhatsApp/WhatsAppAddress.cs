using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.WhatsApp;

/// <summary>Whom a message goes to, as the API is told: a number in <c>to</c>, an id of a business's customer in <c>recipient</c>.</summary>
internal sealed record WhatsAppAddress(string Field, string Value)
{
    /// <summary>The kind of key that a customer's id within a business portfolio is.</summary>
    public const string IdKind = "whatsapp";

    private const int LongestId = 140;

    /// <summary>Null for what WhatsApp cannot write to.</summary>
    public static WhatsAppAddress? Of(Key key, string? address)
    {
        string told = address ?? key.Value;
        if (key.Kind is not (KeyKinds.Phone or IdKind))
            return null;
        if (IsScopedId(told))
            return new("recipient", told);
        // A number is written as WhatsApp itself writes it; only a typed one brings its plus.
        string digits = told.StartsWith('+') ? told[1..] : told;
        return IsNumber(digits) ? new("to", digits) : null;
    }

    /// <summary>Digits without a plus.</summary>
    public static bool IsNumber(string? text) => text is { Length: >= 5 and <= 20 } && text.All(char.IsAsciiDigit);

    /// <summary>Two letters of a country, a dot, and what is the customer's own; met also where a number is expected.</summary>
    public static bool IsScopedId(string? text) =>
        text is { Length: >= 4 and <= LongestId } && char.IsAsciiLetterUpper(text[0]) && char.IsAsciiLetterUpper(text[1]) && text[2] == '.'
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');

    public void Write(Utf8JsonWriter writer) => writer.WriteString(Field, Value);
}
