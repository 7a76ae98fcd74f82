using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Options;

/// <summary>One setting of <see cref="HubOptions"/>: where it stands and what values it takes.</summary>
internal sealed class SettingKey
{
    private readonly IReadOnlyList<PropertyInfo> sections;
    private readonly PropertyInfo property;
    private readonly Type type;
    private readonly RangeAttribute? range;

    private SettingKey(IReadOnlyList<PropertyInfo> sections, PropertyInfo property)
    {
        this.sections = sections;
        this.property = property;
        type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        range = property.GetCustomAttribute<RangeAttribute>();
        IsSecret = property.IsDefined(typeof(SecretAttribute));
        IsOptional = type != property.PropertyType
            || new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        Path = string.Join('.', sections.Append(property).Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name)));
        Variable = "CHANNELHUB_" + Path.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();
    }

    /// <summary>All settings, in the order of their declaration.</summary>
    public static IReadOnlyList<SettingKey> All { get; } = [.. Describe([], typeof(HubOptions))];

    /// <summary>Such as <c>events.retention_days</c>.</summary>
    public string Path { get; }

    /// <summary>Such as <c>CHANNELHUB_EVENTS__RETENTION_DAYS</c>.</summary>
    public string Variable { get; }

    public bool IsSecret { get; }

    private bool IsOptional { get; }

    /// <summary>Sets the value on options that nobody else has seen yet.</summary>
    public void Set(HubOptions options, object? value)
    {
        object owner = options;
        foreach (PropertyInfo section in sections)
            owner = section.GetValue(owner)!;
        property.SetValue(owner, value);
    }

    /// <summary>Reads a value from the file; the problem is null when it is good.</summary>
    public (object? Value, OptionError? Error) Read(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Null when IsOptional => (null, null),
        JsonValueKind.Null => (null, new OptionError(name, "it cannot be null", "Leave the key out to have the default")),
        JsonValueKind.String when type == typeof(string) || type == typeof(Uri) || type.IsEnum => Judge(Parse(element.GetString()!), element.GetString()!, name),
        JsonValueKind.Number when IsNumber => Judge(Parse(element.GetRawText()), element.GetRawText(), name),
        JsonValueKind.True or JsonValueKind.False when type == typeof(bool) => (element.GetBoolean(), null),
        JsonValueKind.Array when IsList && element.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String)
            => (element.EnumerateArray().Select(e => e.GetString()!).ToArray(), null),
        _ => (null, new OptionError(name, $"{Shown(element.GetRawText())} is not {Expected}", $"Give {Expected}")),
    };

    /// <summary>Reads a value from the environment.</summary>
    public (object? Value, OptionError? Error) Read(string text, string name) => Judge(Parse(text), text, name);

    private static IEnumerable<SettingKey> Describe(IReadOnlyList<PropertyInfo> sections, Type type)
    {
        foreach (PropertyInfo member in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            if (member.PropertyType.Namespace == typeof(HubOptions).Namespace && member.PropertyType.IsClass)
            {
                foreach (SettingKey inner in Describe([.. sections, member], member.PropertyType))
                    yield return inner;
            }
            else
            {
                yield return new SettingKey(sections, member);
            }
        }
    }

    private bool IsNumber => type == typeof(int) || type == typeof(long) || type == typeof(double);

    private bool IsList => type == typeof(IReadOnlyList<string>);

    private object? Parse(string text)
    {
        if (type == typeof(string))
            return text;
        if (IsList)
            return text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (type == typeof(int))
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;
        if (type == typeof(long))
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
        if (type == typeof(double))
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;
        if (type == typeof(bool))
            return bool.TryParse(text, out bool flag) ? flag : null;
        if (type == typeof(Uri))
            return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? uri : null;
        return Names.Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse(type, text, ignoreCase: true) : null;
    }

    private (object? Value, OptionError? Error) Judge(object? value, string text, string name)
    {
        if (value is null)
            return (null, new OptionError(name, $"{Shown(text)} is not {Expected}", $"Give {Expected}"));
        if (range is not null && !range.IsValid(value))
            return (null, new OptionError(name, $"{Shown(text)} is out of range", $"Give {Expected}"));
        return (value, null);
    }

    private IEnumerable<string> Names => Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName);

    private string Expected
    {
        get
        {
            string kind = type switch
            {
                _ when type == typeof(int) || type == typeof(long) => "a whole number",
                _ when type == typeof(double) => "a number",
                _ when type == typeof(bool) => "true or false",
                _ when type == typeof(Uri) => "an absolute http or https address",
                _ when IsList => "a list of texts",
                _ when type.IsEnum => "one of " + string.Join(", ", Names),
                _ => "a text",
            };
            return range is null ? kind : string.Create(CultureInfo.InvariantCulture, $"{kind} from {range.Minimum} to {range.Maximum}");
        }
    }

    private string Shown(string text) => IsSecret ? "the value" : text.Length <= 60 ? $"'{text}'" : $"'{text[..60]}…'";
}
