using System.Text;

namespace ChannelHub.Adapters.Conformance;

/// <summary>
/// One input as a provider sent it. The file is the request in the order of the wire: a line <c>POST sub/path?query</c>, the headers, an
/// empty line, and the exact body. The method <c>PULL</c> marks an item that the adapter fetches itself. Beside <c>text.http</c> lies
/// <c>text.approved.json</c>, what parsing it must give.
/// </summary>
public sealed record Recording
{
    /// <summary>File name without extension; shown when a test fails.</summary>
    public required string Name { get; init; }

    /// <summary>Where the approved normalised form is kept; null compares nothing.</summary>
    public string? ApprovedPath { get; init; }

    /// <summary><c>POST</c>, <c>GET</c>, or <c>PULL</c>.</summary>
    public string Method { get; init; } = "POST";

    /// <inheritdoc cref="WebhookRequest.SubPath"/>
    public string SubPath { get; init; } = "";

    /// <summary>The query without its question mark.</summary>
    public string Query { get; init; } = "";

    /// <summary>Headers; names compare without case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The exact bytes of the body.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The body as text, for functions that sign or change it.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>
    /// Loads every <c>*.http</c> of a folder, by name. The folder is looked for from the test's own folder upwards, so that a path from the
    /// repository's root works and approving writes to the sources.
    /// </summary>
    public static IReadOnlyList<Recording> LoadFolder(string folder)
    {
        for (string? above = AppContext.BaseDirectory; above is not null; above = Path.GetDirectoryName(above))
        {
            string candidate = Path.Combine(above, folder);
            if (Directory.Exists(candidate))
                return [.. Directory.EnumerateFiles(candidate, "*.http").Order(StringComparer.Ordinal).Select(Load)];
        }
        throw new DirectoryNotFoundException($"no folder {folder} beside or above {AppContext.BaseDirectory}");
    }

    /// <summary>Loads one recording.</summary>
    public static Recording Load(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int end = bytes.AsSpan().IndexOf("\n\n"u8);
        string[] head = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (head.Length == 0)
            throw new InvalidDataException($"{path} is empty");
        string[] line = head[0].Split(' ', 2);
        string[] target = line.ElementAtOrDefault(1)?.Split('?', 2) ?? [""];
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string header in head.Skip(1))
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            headers[header[..colon].Trim()] = header[(colon + 1)..].Trim();
        }
        return new Recording
        {
            Name = Path.GetFileNameWithoutExtension(path),
            ApprovedPath = Path.ChangeExtension(path, ".approved.json"),
            Method = line[0],
            SubPath = target[0].TrimStart('/'),
            Query = target.ElementAtOrDefault(1) ?? "",
            Headers = headers,
            Body = end < 0 ? ReadOnlyMemory<byte>.Empty : bytes.AsMemory(end + 2),
        };
    }

    /// <summary>The same request with another header; null removes it.</summary>
    public Recording WithHeader(string name, string? value)
    {
        var headers = new Dictionary<string, string>(Headers, StringComparer.OrdinalIgnoreCase);
        if (value is null)
            headers.Remove(name);
        else
            headers[name] = value;
        return this with { Headers = headers };
    }

    /// <summary>The same request with another body; its headers stay, signatures too.</summary>
    public Recording WithBody(ReadOnlyMemory<byte> body) => this with { Body = body };

    /// <summary>What a channel makes of this input, verified and parsed as the hub does it; null if it is forged.</summary>
    /// <param name="type">The channel's type; it says which headers are kept.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="receivedAt">When it came.</param>
    public Received? ReceiveBy(ChannelType type, IChannel channel, DateTimeOffset receivedAt) =>
        channel is IReceiver receiver && Authenticate(receiver, type.Info, receivedAt) is { } input ? receiver.Parse(input) : null;

    internal AuthenticInput? Authenticate(IReceiver receiver, ChannelInfo info, DateTimeOffset receivedAt) => Method == "PULL"
        ? AuthenticInput.Pulled(Body, receivedAt)
        : AuthenticInput.From((IWebhookReceiver)receiver, ToRequest(receivedAt), info, QueryValues());

    internal WebhookRequest ToRequest(DateTimeOffset receivedAt) => new()
    {
        Method = Method,
        SubPath = SubPath,
        Url = new Uri($"https://hub.example/hooks/chn_conformance{(SubPath.Length == 0 ? "" : "/")}{SubPath}{(Query.Length == 0 ? "" : "?")}{Query}"),
        Headers = Headers,
        Body = Body,
        ReceivedAt = receivedAt,
    };

    internal IReadOnlyDictionary<string, string> QueryValues()
    {
        var values = new Dictionary<string, string>();
        foreach (string pair in Query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = pair.Split('=', 2);
            values.TryAdd(Decode(sides[0]), Decode(sides.ElementAtOrDefault(1) ?? ""));
        }
        return values;

        static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
    }
}
