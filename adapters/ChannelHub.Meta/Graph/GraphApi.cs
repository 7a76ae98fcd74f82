using System.Net.Http.Headers;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Meta.Graph;

/// <summary>The one road to the Graph API. What it says in words never shows a secret.</summary>
/// <param name="http">The channel's client.</param>
/// <param name="baseUrl">Where the API is, its version included.</param>
/// <param name="token">The access token.</param>
/// <param name="judge">What an error of the API means; null leaves it to the status.</param>
internal sealed class GraphApi(HttpClient http, string baseUrl, string? token, Func<GraphError, SendResult?> judge)
{
    private readonly string? root = RootOf(baseUrl);

    /// <summary>Calls the API. What failed is told as a send would tell it, so that every ability judges alike.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Without a leading slash; what was put into it is escaped.</param>
    /// <param name="body">The body; disposed here.</param>
    /// <param name="attempt">Which try it is.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async ValueTask<GraphAnswer> CallAsync(HttpMethod method, string path, HttpContent? body, int attempt, CancellationToken cancellation)
    {
        if (Missing is { } missing)
        {
            body?.Dispose();
            return new(default, new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, missing) { WholeChannel = true }));
        }
        JsonElement result = default;
        var request = new HttpRequestMessage(method, $"{root}/{path}") { Content = body };
        request.Headers.Authorization = Credentials;
        SendResult outcome = await ProviderHttp.SendAsync(http, request, Read, cancellation);
        return outcome is SendResult.Sent ? new(result, null) : new(default, outcome);

        SendResult? Read(ProviderAnswer answer)
        {
            using JsonDocument? document = ProviderJson.TryParse(answer.Body);
            if (document?.RootElement is not { ValueKind: JsonValueKind.Object } told)
                return null;
            if (told.Child("error") is { ValueKind: JsonValueKind.Object } error)
                return Judge(GraphError.Read(error, answer, Redact) with { Attempt = attempt });
            if (!answer.IsSuccess)
                return null;
            result = told.Clone();
            return new SendResult.Sent(default);
        }
    }

    /// <summary>A question: no body, and no matter how often it is asked.</summary>
    public ValueTask<GraphAnswer> AskAsync(string path, CancellationToken cancellation) => CallAsync(HttpMethod.Get, path, body: null, attempt: 1, cancellation);

    /// <summary>Fetches a file. The token goes only to the API itself and to hosts that are known to ask for it.</summary>
    public ValueTask<MediaResult> DownloadAsync(string address, bool withToken, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? file) || !IsOfMeta(file))
            return ValueTask.FromResult<MediaResult>(new MediaResult.Gone("the file is not at a host of Meta's"));
        return ProviderMedia.OpenAsync(http, address, cancellation, at => withToken && IsOfMeta(at) ? Credentials : null);
    }

    private string? Missing =>
        string.IsNullOrEmpty(token) ? "access_token is not set"
        : token.Any(letter => letter is <= ' ' or > '~') ? "access_token holds characters that no token has"
        : root is null ? "api_base_url is not an http address" : null;

    private AuthenticationHeaderValue? Credentials => Missing is null ? new("Bearer", token) : null;

    // Without an opinion of the adapter, a refusal is about the message; only the provider's own trouble is worth another try.
    private SendResult? Judge(GraphError error) =>
        judge(error) ?? (error.Status is >= 400 and < 500 and not 401 and not 408 and not 425 and not 429
            ? new SendResult.Rejected(new Fault(FaultKind.ContentRefused, error.Words)) : null);

    private string Redact(string words) => Missing is null ? words.Replace(token!, "•••", StringComparison.Ordinal) : words;

    // The simulator's files are where its API is.
    private bool IsOfMeta(Uri file) =>
        (Uri.TryCreate(root, UriKind.Absolute, out Uri? api) && api.Authority == file.Authority && api.Scheme == file.Scheme)
        || (file is { Scheme: "https", IsDefaultPort: true } && Hosts.Any(host => file.Host.EndsWith(host, StringComparison.OrdinalIgnoreCase)));

    private static readonly string[] Hosts = [".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net", ".cdninstagram.com", ".instagram.com"];

    private static string? RootOf(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" }
            ? uri.AbsoluteUri.TrimEnd('/') : null;
}

/// <summary>What a call gave: its result, or what went wrong.</summary>
internal sealed record GraphAnswer(JsonElement Result, SendResult? Failure)
{
    public Fault? Fault => Failure switch
    {
        SendResult.Rejected rejected => rejected.Fault,
        SendResult.Deferred deferred => deferred.Fault,
        SendResult.Unconfirmed unconfirmed => new(FaultKind.ProviderDown, unconfirmed.Reason),
        _ => null,
    };

    /// <summary>For a call that reaches no customer: unanswered is as good as not made.</summary>
    public SendResult? Preparing => Failure is SendResult.Unconfirmed unconfirmed
        ? new SendResult.Deferred(new Fault(FaultKind.ProviderDown, unconfirmed.Reason)) : Failure;

    public static GraphAnswer Of(SendResult failure) => new(default, failure);
}
