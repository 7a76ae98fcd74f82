using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ChannelHub.Core.Customers.Suggestions;

/// <summary>
/// Order numbers that a message speaks of. What counts: a metadata value or a field of an <c>order</c> part that is named after an order's number; in a
/// text, a number after the word for an order in the languages of our shops, or after <c>#</c> or <c>№</c>. A number has at least four digits; case and
/// dashes do not count.
/// </summary>
public static partial class OrderNumbers
{
    private const int FewestDigits = 4;
    private const int Longest = 32;
    private const int LongestText = 4_000;
    private const int Most = 10;

    /// <summary>The numbers in a message.</summary>
    /// <param name="parts">The rendered parts: a JSON array.</param>
    /// <param name="metadata">A JSON object, or null.</param>
    public static IReadOnlyList<string> In(string parts, string? metadata)
    {
        // Nearly every message can be told at a glance to hold none.
        if (parts.Length == 0 || parts[0] != '[' || (metadata is null && !parts.AsSpan().ContainsAnyInRange('0', '9')))
            return [];
        var found = new List<string>();
        using (JsonDocument content = JsonDocument.Parse(parts))
        {
            foreach (JsonElement part in content.RootElement.EnumerateArray())
            {
                if (part.TryGetProperty("type", out JsonElement type) && type.ValueEquals("order"))
                    AddFields(found, part, deep: true);
                else if (part.TryGetProperty("text", out JsonElement text) && text.ValueKind == JsonValueKind.String)
                    AddWords(found, text.GetString()!);
            }
        }
        if (metadata is not null)
        {
            using JsonDocument facts = JsonDocument.Parse(metadata);
            AddFields(found, facts.RootElement, deep: false);
        }
        return [.. found.Distinct().Take(Most)];
    }

    private static void AddFields(List<string> found, JsonElement fields, bool deep)
    {
        if (fields.ValueKind != JsonValueKind.Object)
            return;
        foreach (JsonProperty field in fields.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.Object && deep)
                AddFields(found, field.Value, deep: false);
            else if (IsNumberName(field.Name) && field.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                Add(found, field.Value.ToString());
        }
    }

    private static bool IsNumberName(string name) => Letters(name) is "order" or "orderid" or "ordernumber" or "orderno" or "ordernr";

    private static void AddWords(List<string> found, string text)
    {
        try
        {
            foreach (Match match in Spoken().Matches(text.Length > LongestText ? text[..LongestText] : text))
                Add(found, match.Groups["number"].Value);
        }
        catch (RegexMatchTimeoutException)
        {
            // What has been found by then is enough; nobody wrote that by hand.
        }
    }

    private static void Add(List<string> found, string written)
    {
        string number = Letters(written).ToUpperInvariant();
        if (number.Length <= Longest && number.Count(char.IsAsciiDigit) >= FewestDigits && !Date().IsMatch(written))
            found.Add(number);
    }

    private static string Letters(string text)
    {
        var letters = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (char.IsAsciiLetterOrDigit(c))
                letters.Append(char.ToLowerInvariant(c));
        }
        return letters.ToString();
    }

    [GeneratedRegex(
        @"(?:\b(?:order|zam[oó]wieni\w{1,3}|заказ\w{0,3}|замовлен\w{1,4}|bestellung|commande|pedido|ordine|objedn[aá]vk\w{1,3})\b[^\p{L}\p{N}]{0,3}(?:(?:no|nr|number|nummer|num[eé]ro|numer)\b)?[^\p{L}\p{N}]{0,4}|[#№] ?)(?<number>[A-Za-z]{0,6}-?\d[A-Za-z0-9-]{2,24})",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 200)]
    private static partial Regex Spoken();

    [GeneratedRegex(@"^\s*(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-\d{4})\s*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 200)]
    private static partial Regex Date();
}
