using System.Globalization;
using System.Text.Json;

namespace ChannelHub.Adapters.Conformance.Meta;

/// <summary>Which of Meta's products a <see cref="FakeGraphApi"/> is.</summary>
public enum GraphProduct
{
    /// <summary>WhatsApp Business Platform, Cloud API.</summary>
    WhatsApp,

    /// <summary>Messenger of a Facebook Page.</summary>
    Messenger,

    /// <summary>Direct messages of an Instagram professional account.</summary>
    Instagram,
}

/// <summary>One call that a <see cref="FakeGraphApi"/> received.</summary>
/// <param name="Number">1 for the first call.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path without version and slash, such as <c>me/messages</c>.</param>
/// <param name="Query">The query by name.</param>
/// <param name="Body">The JSON body, or the fields of a form as a JSON object; undefined if there was none.</param>
/// <param name="Files">Uploaded files by field name.</param>
/// <param name="ContentType">Media type of the body, without parameters; null if there was none.</param>
public sealed record GraphCall(
    int Number, string Method, string Path, IReadOnlyDictionary<string, string> Query, JsonElement Body, IReadOnlyDictionary<string, GraphFile> Files, string? ContentType)
{
    /// <summary>The call as scripts name it: method and last step of the path, such as <c>POST messages</c>; a look-up by id is <c>GET id</c>.</summary>
    public string Name => Path.Contains('/', StringComparison.Ordinal) ? $"{Method} {Path[(Path.LastIndexOf('/') + 1)..]}" : $"{Method} {(Path == "me" ? "me" : "id")}";

    /// <summary>A member of the body by its path, such as <c>message.text</c>, as text; null if it is not there.</summary>
    public string? this[string path]
    {
        get
        {
            JsonElement at = Body;
            foreach (string step in path.Split('.'))
            {
                if (at.ValueKind == JsonValueKind.Array && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < at.GetArrayLength())
                    at = at[index];
                else if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(step, out at))
                    return null;
            }
            return at.ToString();
        }
    }
}

/// <summary>One message that the account sent.</summary>
/// <param name="Id">The id it was given.</param>
/// <param name="Customer">To whom.</param>
/// <param name="Call">The call.</param>
public sealed record GraphSent(string Id, string Customer, GraphCall Call);

/// <summary>A file that was uploaded.</summary>
/// <param name="FileName">Its name as the server read it.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record GraphFile(string FileName, string ContentType, ReadOnlyMemory<byte> Bytes);

/// <summary>An answer that a test puts in the place of the real one.</summary>
public sealed record GraphReply
{
    private GraphReply() { }

    internal enum Ending { Answered, Never, Cut }

    internal int Status { get; private init; } = 200;

    internal string Body { get; private init; } = "";

    internal bool Carried { get; private init; }

    internal Ending Ends { get; private init; }

    /// <summary>Further headers of the answer.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The call is carried out and never answered, until the caller gives up.</summary>
    public static GraphReply Never { get; } = new() { Ends = Ending.Never, Carried = true };

    /// <summary>The call is carried out and the connection is cut instead of answered.</summary>
    public static GraphReply Cut { get; } = new() { Ends = Ending.Cut, Carried = true };

    /// <summary>An error in the API's own form.</summary>
    public static GraphReply Error(int code, string message = "Invented error", int status = 400, int? subcode = null, string? details = null)
    {
        var error = new Dictionary<string, object> { ["message"] = $"(#{code}) {message}", ["type"] = "OAuthException", ["code"] = code, ["fbtrace_id"] = "Afake" };
        if (subcode is { } sub)
            error["error_subcode"] = sub;
        if (details is not null)
            error["error_data"] = new { messaging_product = "whatsapp", details };
        return Raw(status, JsonSerializer.Serialize(new { error }));
    }

    /// <summary>Any status with any body: a gateway's page, half an answer, nonsense.</summary>
    public static GraphReply Raw(int status, string body) => new() { Status = status, Body = body };

    /// <summary>The same answer with one more header.</summary>
    public GraphReply With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };
}
