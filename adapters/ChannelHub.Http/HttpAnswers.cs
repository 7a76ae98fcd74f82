using System.Text.Encodings.Web;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>The answers to what was posted, made only from what became of it.</summary>
internal static class HttpAnswers
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static HookReply For(IReadOnlyList<EntryOutcome> outcomes) => outcomes switch
    {
        [{ Kind: EntryOutcomeKind.Rejected } single] => Invalid(single.Errors ?? []),
        [{ Kind: EntryOutcomeKind.Uploaded } file] => Json(200, "application/json", new { FileId = file.UploadId }),
        _ => Counted(outcomes),
    };

    /// <summary>200 with what became of how many.</summary>
    public static HookReply Counted(IReadOnlyList<EntryOutcome> outcomes)
    {
        var rejected = outcomes.Index().Where(outcome => outcome.Item.Kind == EntryOutcomeKind.Rejected).ToList();
        int duplicates = outcomes.Count(outcome => outcome.Kind == EntryOutcomeKind.Duplicate);
        return Json(200, "application/json", new
        {
            Accepted = outcomes.Count - duplicates - rejected.Count,
            Duplicates = duplicates,
            Rejected = rejected.Select(outcome => new { outcome.Index, Errors = ByField(outcome.Item.Errors ?? []) }),
        });
    }

    // Its sender alone can mend it, so it is told what is wrong with each field.
    private static HookReply Invalid(IReadOnlyList<FieldError> errors) => Json(400, "application/problem+json", new
    {
        Type = "/problems/invalid",
        Title = "The request is malformed",
        Status = 400,
        Detail = errors.Count == 1 ? $"{errors[0].Field}: {errors[0].Message}" : $"{errors.Count} fields are wrong; see errors",
        Errors = ByField(errors),
    });

    private static Dictionary<string, string[]> ByField(IReadOnlyList<FieldError> errors) =>
        errors.GroupBy(error => error.Field).ToDictionary(field => field.Key, field => field.Select(error => error.Message).ToArray());

    private static HookReply Json(int status, string contentType, object body) =>
        new(status, contentType, JsonSerializer.SerializeToUtf8Bytes(body, Layout));
}
