using System.Text.Json;

namespace ChannelHub.Options;

/// <summary>
/// Reads the settings: compiled-in defaults, then the file that <c>CHANNELHUB_CONFIG</c> names, then the environment. Finds every error, not
/// only the first, so that the operator mends all in one go.
/// </summary>
public sealed class HubOptionsLoader
{
    private const string Prefix = "CHANNELHUB_";
    private const string FileVariable = "CHANNELHUB_CONFIG";

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly HubOptions options = new();
    private readonly List<OptionError> errors = [];
    private readonly List<string> warnings = [];

    private HubOptionsLoader() { }

    /// <summary>Reads the settings. Only variables that begin with <c>CHANNELHUB_</c> are looked at.</summary>
    public static OptionsResult Load(IReadOnlyDictionary<string, string> environment)
    {
        var loader = new HubOptionsLoader();
        if (environment.TryGetValue(FileVariable, out string? file) && file.Length > 0)
            loader.ReadFile(file);
        loader.ReadEnvironment(environment);
        OptionRules.Check(loader.options, loader.errors, loader.warnings);
        return loader.errors.Count == 0
            ? new OptionsResult.Loaded(loader.options, loader.warnings)
            : new OptionsResult.Refused(loader.errors);
    }

    private void ReadFile(string path)
    {
        try
        {
            ReadOnlyMemory<byte> bytes = File.ReadAllBytes(path);
            if (bytes.Span.StartsWith("\uFEFF"u8))
                bytes = bytes[3..];
            using JsonDocument document = JsonDocument.Parse(bytes, Lenient);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                ReadSection(document.RootElement, "");
            else
                errors.Add(new OptionError(FileVariable, $"the file '{path}' holds no JSON object", "Begin it with { and end it with }"));
        }
        catch (JsonException fault)
        {
            errors.Add(new OptionError(FileVariable,
                $"the file '{path}' is not JSON at line {fault.LineNumber + 1}, column {fault.BytePositionInLine + 1}", "Mend it there"));
        }
        catch (InvalidOperationException)
        {
            errors.Add(new OptionError(FileVariable, $"the file '{path}' holds half a character written as \\u", "Write the character itself"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            errors.Add(new OptionError(FileVariable, $"the file '{path}' cannot be read", "Name a file that exists and that the program may read"));
        }
    }

    private void ReadSection(JsonElement section, string prefix)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty property in section.EnumerateObject())
        {
            string path = prefix + property.Name;
            bool isSection = SettingKey.All.Any(k => k.Path.StartsWith(path + ".", StringComparison.Ordinal));
            if (!seen.Add(property.Name))
                errors.Add(new OptionError(path, "the key stands twice in the file", "Keep one of them"));
            else if (SettingKey.All.FirstOrDefault(k => k.Path == path) is { } key)
                Take(key, key.Read(property.Value, path));
            else if (!isSection)
                errors.Add(Unknown(path, path, k => k.Path));
            else if (property.Value.ValueKind == JsonValueKind.Object)
                ReadSection(property.Value, path + ".");
            else
                errors.Add(new OptionError(path, "it is a section and not a value", "Give an object with the keys of the section"));
        }
    }

    private void ReadEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach ((string name, string text) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            // Composed files say ${NAME:-}; an empty variable means that nobody gave a value.
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || name == FileVariable || text.Length == 0 || IsServiceLink(name, text))
                continue;
            if (SettingKey.All.FirstOrDefault(k => k.Variable.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } key)
                Take(key, key.Read(text, name));
            else
                errors.Add(Unknown(name, name[Prefix.Length..].Replace("__", ".", StringComparison.Ordinal).ToLowerInvariant(), k => k.Variable));
        }
    }

    private void Take(SettingKey key, (object? Value, OptionError? Error) read)
    {
        if (read.Error is { } error)
            errors.Add(error);
        else
            key.Set(options, read.Value);
    }

    private static OptionError Unknown(string name, string path, Func<SettingKey, string> written)
    {
        SettingKey? nearest = SettingKey.All.FirstOrDefault(k => k.Path.StartsWith(path + ".", StringComparison.Ordinal)) ?? Spelling.Nearest(path, SettingKey.All, k => k.Path);
        return new OptionError(name, "there is no such setting",
            nearest is null ? "Remove it; config/hub.json shows every setting" : $"Did you mean {written(nearest)}?");
    }

    // Kubernetes and Docker put CHANNELHUB_PORT, CHANNELHUB_SERVICE_HOST, CHANNELHUB_PORT_8080_TCP_ADDR … beside every container
    // when a service is called channelhub. They are nobody's mistake.
    private static bool IsServiceLink(string name, string text) =>
        name.EndsWith("_SERVICE_HOST", StringComparison.Ordinal)
        || name.Contains("_SERVICE_PORT", StringComparison.Ordinal)
        || (name.EndsWith("_PORT", StringComparison.Ordinal) && text.Contains("://", StringComparison.Ordinal))
        || (name.Contains("_PORT_", StringComparison.Ordinal)
            && (name.Contains("_TCP", StringComparison.Ordinal) || name.Contains("_UDP", StringComparison.Ordinal)));
}
