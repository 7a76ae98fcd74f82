using System.Text;

namespace ChannelHub.Adapters.Conformance;

/// <summary>What a <see cref="ScriptedProvider"/> does with one call.</summary>
public sealed record ScriptedReply
{
    private ScriptedReply() { }

    internal enum Behaviour
    {
        Answer,
        Pieces,
        Cut,
        Stall,
        Hang,
        Reset,
    }

    internal Behaviour Does { get; private init; }

    /// <summary>HTTP status.</summary>
    public int Status { get; private init; } = 200;

    /// <summary>Media type of the body.</summary>
    public string ContentType { get; private init; } = "application/json";

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; private init; }

    /// <summary>Further headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads the call and never answers.</summary>
    public static ScriptedReply Hang { get; } = new() { Does = Behaviour.Hang };

    /// <summary>Reads the call and resets the connection.</summary>
    public static ScriptedReply Reset { get; } = new() { Does = Behaviour.Reset };

    /// <summary>Sends a 200 and half of the body that it promised, then breaks the connection.</summary>
    public static ScriptedReply Cut { get; } = Json("""{"ok":true,"id":"0123456789"}""").CutShort();

    /// <summary>Sends a 200 and half of the body that it promised, then falls silent.</summary>
    public static ScriptedReply Stall { get; } = Json("""{"ok":true,"id":"0123456789"}""").Stalling();

    /// <summary>Answers with JSON.</summary>
    public static ScriptedReply Json(string body, int status = 200) => Text(body, status, "application/json");

    /// <summary>Answers with text.</summary>
    public static ScriptedReply Text(string body, int status = 200, string contentType = "text/html") => Bytes(Encoding.UTF8.GetBytes(body), contentType, status);

    /// <summary>Answers with bytes.</summary>
    public static ScriptedReply Bytes(ReadOnlyMemory<byte> body, string contentType, int status = 200) =>
        new() { Status = status, ContentType = contentType, Body = body };

    /// <summary>The same reply, its body sent byte by byte.</summary>
    public ScriptedReply InPieces() => this with { Does = Behaviour.Pieces };

    /// <summary>The same reply, which breaks after half of the body.</summary>
    public ScriptedReply CutShort() => this with { Does = Behaviour.Cut };

    /// <summary>The same reply, which falls silent after half of the body.</summary>
    public ScriptedReply Stalling() => this with { Does = Behaviour.Stall };

    /// <summary>The same reply with one more header.</summary>
    public ScriptedReply With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };
}

/// <summary>One call as a <see cref="ScriptedProvider"/> saw it.</summary>
/// <param name="Number">0 for the first call since the script began.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path with a leading slash, decoded.</param>
/// <param name="Query">Query with its question mark, or empty.</param>
/// <param name="Headers">Headers; names compare without case.</param>
/// <param name="Body">The exact bytes.</param>
public sealed record ProviderCall(
    int Number, string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);
}
