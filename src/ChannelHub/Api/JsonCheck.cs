using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ChannelHub.Adapters;
using ChannelHub.Options;

namespace ChannelHub.Api;

/// <summary>
/// Looks through a JSON body before anything reads it, so that whatever reads it later meets no surprise: well-formed, in UTF-8, within the limits, no
/// property twice, no half characters, no NUL, no number beyond a double. Says what is wrong and where.
/// </summary>
internal ref struct JsonCheck
{
    internal const int LongestPath = 200;

    private readonly JsonLimits limits;
    private readonly List<Level> levels = [];
    private Utf8JsonReader reader;

    private JsonCheck(ReadOnlySpan<byte> json, JsonLimits limits)
    {
        this.limits = limits;
        reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = limits.Depth + 1 });
    }

    /// <summary>What is wrong with the text; null if nothing is.</summary>
    public static FieldError? Find(ReadOnlySpan<byte> json, JsonLimits limits)
    {
        if (!Utf8.IsValid(json))
            return new FieldError("", "the body is not UTF-8");
        var check = new JsonCheck(json, limits);
        try
        {
            while (check.reader.Read())
            {
                if (check.Look() is { } wrong)
                    return new FieldError(check.Path(), wrong);
            }
            return null;
        }
        catch (JsonException fault)
        {
            return new FieldError(check.Path(), string.Create(CultureInfo.InvariantCulture, $"the body is not JSON at line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}"));
        }
    }

    private string? Look()
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                levels.RemoveAt(levels.Count - 1);
                return null;
            case JsonTokenType.PropertyName:
                return Text() ?? Name();
        }
        if (levels.Count > 0)
            levels[^1].Item++;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                if (levels.Count >= limits.Depth)
                    return string.Create(CultureInfo.InvariantCulture, $"is nested deeper than {limits.Depth} levels");
                levels.Add(new Level(reader.TokenType == JsonTokenType.StartObject));
                return null;
            case JsonTokenType.String:
                return Text();
            case JsonTokenType.Number:
                return reader.TryGetDouble(out double number) && double.IsFinite(number) ? null : "is a number too large";
            default:
                return null;
        }
    }

    private string? Text()
    {
        if (reader.ValueSpan.Length > limits.StringBytes)
            return string.Create(CultureInfo.InvariantCulture, $"is longer than {limits.StringBytes} bytes");
        return reader.ValueIsEscaped ? Escapes(reader.ValueSpan) : null;
    }

    private string? Name()
    {
        Level level = levels[^1];
        level.Name = reader.GetString()!;
        if (!level.Names!.Add(level.Name))
            return "stands there twice";
        return level.Names.Count > limits.Properties ? string.Create(CultureInfo.InvariantCulture, $"is one property more than {limits.Properties} in one object") : null;
    }

    /// <summary>Escapes can spell what UTF-8 cannot: half of a pair, and NUL, which no store keeps.</summary>
    private static string? Escapes(ReadOnlySpan<byte> text)
    {
        bool open = false; // the first half of a pair has been read
        for (int i = 0; i < text.Length; i++)
        {
            bool escape = text[i] == (byte)'\\';
            int code = escape && text[i + 1] == (byte)'u' ? int.Parse(text.Slice(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : -1;
            if (code == 0)
                return "holds a NUL character";
            if (open != (code is >= 0xDC00 and <= 0xDFFF))
                return "holds half a character (a lone surrogate)";
            open = code is >= 0xD800 and <= 0xDBFF;
            i += code >= 0 ? 5 : escape ? 1 : 0;
        }
        return open ? "holds half a character (a lone surrogate)" : null;
    }

    private readonly string Path()
    {
        var path = new StringBuilder();
        foreach (Level level in levels)
        {
            if (level.Names is null)
                path.Append(CultureInfo.InvariantCulture, $"[{Math.Max(0, level.Item)}]");
            else
                path.Append(path.Length == 0 ? "" : ".").Append(level.Name);
            if (path.Length > LongestPath)
                return path.ToString(0, LongestPath);
        }
        return path.ToString();
    }

    /// <summary>An object or array that is not closed yet.</summary>
    private sealed class Level(bool isObject)
    {
        public HashSet<string>? Names { get; } = isObject ? new(StringComparer.Ordinal) : null;
        public string Name { get; set; } = "";
        public int Item { get; set; } = -1;
    }
}
