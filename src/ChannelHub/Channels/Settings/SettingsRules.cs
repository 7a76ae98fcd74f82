using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;

namespace ChannelHub.Channels.Settings;

/// <summary>
/// What saving settings checks: presence, type and greatest length. Not the form of a value: a provider may change that any day, and a probe tells
/// better. No message repeats a value, because it may be a secret.
/// </summary>
internal static class SettingsRules
{
    public const string IsRequired = "is required";

    /// <summary>What is wrong with a value by the annotations of its property.</summary>
    /// <param name="rules">The annotations.</param>
    /// <param name="value">The value as the record would hold it; null for a list, a map or a record.</param>
    /// <param name="length">Characters of a text or entries of a list or map; null for anything else.</param>
    /// <param name="entries">Whether <paramref name="length"/> counts entries.</param>
    public static IEnumerable<string> Broken(IReadOnlyList<ValidationAttribute> rules, object? value, int? length, bool entries)
    {
        foreach (ValidationAttribute rule in rules)
        {
            switch (rule)
            {
                case RequiredAttribute { AllowEmptyStrings: false } when length == 0 && !entries:
                    yield return IsRequired;
                    break;
                case MaxLengthAttribute or StringLengthAttribute or LengthAttribute:
                    if (Longest(rule) is { } most && length > most)
                        yield return string.Create(CultureInfo.InvariantCulture, $"must have at most {most} {(entries ? "entries" : "characters")}");
                    break;
                case RequiredAttribute or MinLengthAttribute or RegularExpressionAttribute or DataTypeAttribute or Base64StringAttribute:
                    break;
                case RangeAttribute range:
                    if (!range.IsValid(value))
                        yield return string.Create(CultureInfo.InvariantCulture, $"must be from {range.Minimum} to {range.Maximum}");
                    break;
                default:
                    if (value is not null && !rule.IsValid(value))
                        yield return rule.FormatErrorMessage("the value");
                    break;
            }
        }
    }

    /// <summary>The greatest length that an annotation allows, if it is about length.</summary>
    public static int? Longest(ValidationAttribute rule) => rule switch
    {
        MaxLengthAttribute { Length: > 0 } max => max.Length,
        StringLengthAttribute text => text.MaximumLength,
        LengthAttribute both => both.MaximumLength,
        _ => null,
    };

    /// <summary>What a value of this type looks like, for people.</summary>
    public static string Expected(Type type) => type switch
    {
        _ when type.IsEnum => "one of " + string.Join(", ", NamesOf(type)),
        _ when type == typeof(string) => "a text",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) || type == typeof(short) => "a whole number",
        _ when type == typeof(double) || type == typeof(decimal) || type == typeof(float) => "a number",
        _ when type == typeof(Uri) => "an address such as https://example.com",
        _ when type == typeof(TimeSpan) => "a span of time such as 00:05:00",
        _ => "of another type",
    };

    private static IEnumerable<string> NamesOf(Type type) =>
        Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => JsonSerializer.SerializeToElement(Enum.ToObject(type, value), type, SettingsShape.Json).ToString());
}
