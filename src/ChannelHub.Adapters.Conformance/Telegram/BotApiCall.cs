using System.Text.Json;

namespace ChannelHub.Adapters.Conformance.Telegram;

/// <summary>One call that a <see cref="FakeBotApi"/> received.</summary>
/// <param name="Number">1 for the first call.</param>
/// <param name="Method">Name of the method, such as <c>sendMessage</c>.</param>
/// <param name="Parameters">Parameters by name; those of a multipart body that hold JSON are parsed, the others are strings.</param>
/// <param name="Files">Uploaded files by parameter name.</param>
/// <param name="ContentType">Media type of the body, without parameters; null if there was none.</param>
public sealed record BotApiCall(
    int Number, string Method, IReadOnlyDictionary<string, JsonElement> Parameters, IReadOnlyDictionary<string, BotApiFile> Files, string? ContentType)
{
    /// <summary>A parameter as text, whether it came as a string or not; null if it did not come.</summary>
    public string? this[string name] => Parameters.TryGetValue(name, out JsonElement value) ? value.ToString() : null;
}

/// <summary>One message that the bot sent.</summary>
/// <param name="Chat">To whom.</param>
/// <param name="Id">Its number.</param>
/// <param name="Call">The call that wrote it, or edited it last.</param>
public sealed record BotApiSent(long Chat, long Id, BotApiCall Call);

/// <summary>A file that was uploaded.</summary>
/// <param name="FileName">Its name as the server read it.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record BotApiFile(string FileName, string ContentType, ReadOnlyMemory<byte> Bytes);

/// <summary>An answer that a test puts in the place of the real one.</summary>
public sealed record BotApiAnswer
{
    private BotApiAnswer() { }

    internal int Status { get; private init; }

    internal string Body { get; private init; } = "";

    internal bool Carried { get; private init; }

    internal Ending Ends { get; private init; }

    internal enum Ending { Answered, Never, Cut }

    /// <summary>An error in the API's own form; HTTP status and <c>error_code</c> agree.</summary>
    public static BotApiAnswer Error(int code, string description, int? retryAfter = null, long? migrateTo = null)
    {
        var parameters = new Dictionary<string, long>();
        if (retryAfter is { } seconds)
            parameters["retry_after"] = seconds;
        if (migrateTo is { } chat)
            parameters["migrate_to_chat_id"] = chat;
        object error = parameters.Count == 0
            ? new { ok = false, error_code = code, description }
            : new { ok = false, error_code = code, description, parameters };
        return new() { Status = code, Body = JsonSerializer.Serialize(error) };
    }

    /// <summary>Any status with any body: a gateway's page, half an answer, nonsense.</summary>
    public static BotApiAnswer Raw(int status, string body) => new() { Status = status, Body = body };

    /// <summary>The call is carried out and never answered, until the caller gives up.</summary>
    public static BotApiAnswer Never { get; } = new() { Ends = Ending.Never, Carried = true };

    /// <summary>The call is carried out and the connection is cut instead of answered.</summary>
    public static BotApiAnswer Cut { get; } = new() { Ends = Ending.Cut, Carried = true };
}

/// <summary>Where a bot told the API to push, as <c>setWebhook</c> left it.</summary>
/// <param name="Url">The address.</param>
/// <param name="SecretToken">Sent with every update; null if none was given.</param>
/// <param name="AllowedUpdates">Kinds of update that are pushed; null if the list was never given.</param>
/// <param name="MaxConnections">How many updates may be under way at once.</param>
public sealed record BotApiWebhook(Uri Url, string? SecretToken, IReadOnlyList<string>? AllowedUpdates, int MaxConnections);
