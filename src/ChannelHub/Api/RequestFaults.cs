using System.Text.Json;
using ChannelHub.Adapters;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Api;

/// <summary>Says in the API's words what the server and the binding of parameters found wrong with a request.</summary>
public static class RequestFaults
{
    public static ProblemHttpResult Read(BadHttpRequestException fault) => fault.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => Problem.Of(fault.StatusCode, "too-large", "Too large", "The body of the request is larger than allowed here."),
        StatusCodes.Status415UnsupportedMediaType => UnsupportedMediaType(),
        StatusCodes.Status408RequestTimeout => Problem.Of(fault.StatusCode, "too-slow", "Too slow", "The body of the request came too slowly."),
        StatusCodes.Status400BadRequest => Problem.Invalid(fault.InnerException is JsonException json ? OfJson(json) : OfBinding(fault.Message)),
        _ => Problem.Of(fault.StatusCode, "malformed", "The request is malformed", "The request does not follow HTTP."),
    };

    public static ProblemHttpResult UnsupportedMediaType() => Problem.Of(
        StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "Unsupported media type", "Send 'Content-Type: application/json', in UTF-8.");

    /// <summary>The path is the client's; the rest of the library's message speaks of our types.</summary>
    private static FieldError OfJson(JsonException fault)
    {
        string field = (fault.Path ?? "").TrimStart('$').TrimStart('.');
        string said = fault.InnerException?.Message ?? fault.Message;
        string expected = Expectations.FirstOrDefault(e => said.Contains(e.Said, StringComparison.Ordinal)).Meant ?? "see /openapi/v1.json";
        return new FieldError(field.Length <= JsonCheck.LongestPath ? field : field[..JsonCheck.LongestPath], "has the wrong type or an impossible value; " + expected);
    }

    /// <summary>What the library says, and what it means.</summary>
    private static readonly (string Said, string Meant)[] Expectations =
    [
        ("as a string", "a string is expected"),
        ("as a boolean", "true or false is expected"),
        ("Boolean", "true or false is expected"),
        ("DateTimeOffset", "a time such as 2026-01-31T12:00:00.000Z is expected"),
        ("for an Int", "a whole number is expected"),
        ("as a number", "a number is expected"),
        ("System.Collections", "a list is expected"),
        ("[]", "a list is expected"),
        ("ChannelHub.", "see its schema in /openapi/v1.json"),
    ];

    /// <summary>The library quotes type and name of the parameter, such as <c>"int limit"</c>; the name is all that concerns the client.</summary>
    private static FieldError OfBinding(string message)
    {
        string[] quoted = message.Split('"');
        string name = quoted.Length > 2 ? JsonNamingPolicy.SnakeCaseLower.ConvertName(quoted[1].Split(' ')[^1]) : "";
        if (message.StartsWith("Failed to bind parameter", StringComparison.Ordinal))
            return new FieldError(name, "cannot be read");
        if (message.Contains("body", StringComparison.Ordinal))
            return new FieldError("", "the body is missing or cannot be read");
        return new FieldError(name, name.Length == 0 ? "the request does not follow HTTP" : "is required");
    }
}
