using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;

namespace ChannelHub.Email;

/// <summary>What a token endpoint answers.</summary>
internal sealed record AccessToken(
    [property: JsonPropertyName("access_token")] string? Value,
    [property: JsonPropertyName("expires_in")] double? Seconds,
    [property: JsonPropertyName("refresh_token")] string? Rotated);

/// <summary>Buys access tokens with the refresh token, one at a time: two refreshes at once make some providers revoke both.</summary>
#pragma warning disable CA1001 // The semaphore's handle is never asked for, so there is nothing to dispose.
internal sealed class AccessTokens(EmailOAuth oauth, ChannelEnvironment environment)
#pragma warning restore CA1001
{
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim turn = new(1, 1);
    private string refresh = oauth.RefreshToken;
    private string? current;
    private DateTimeOffset until;

    /// <summary>Forgets a token that was refused.</summary>
    public void Forget() => until = default;

    /// <summary>A token that is good for some time yet, or what is wrong.</summary>
    public async Task<(string? Token, Fault? Fault)> GetAsync(CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation);
        try
        {
            return current is not null && environment.Clock.GetUtcNow() < until - Early ? (current, null) : await RefreshAsync(cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<(string? Token, Fault? Fault)> RefreshAsync(CancellationToken cancellation)
    {
        if (!Uri.TryCreate(oauth.TokenUrl, UriKind.Absolute, out Uri? address) || address.Scheme is not ("https" or "http"))
            return (null, new Fault(FaultKind.NotAuthorized, "oauth.token_url is no address") { WholeChannel = true });
        var form = new List<KeyValuePair<string, string>>
        {
            new("grant_type", "refresh_token"), new("refresh_token", refresh), new("client_id", oauth.ClientId),
        };
        if (!string.IsNullOrEmpty(oauth.ClientSecret))
            form.Add(new("client_secret", oauth.ClientSecret));
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form) };
        ProviderAnswer answer;
        try
        {
            answer = await ProviderHttp.AskAsync(environment.Http, request, cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (null, new Fault(FaultKind.ProviderDown, "the token endpoint does not answer") { WholeChannel = true });
        }
        if (!answer.IsSuccess)
            return (null, Refusal(answer.Status));
        if (Read(answer.Body) is not { Value: { Length: > 0 } token } read)
            return (null, new Fault(FaultKind.ProviderDown, "the token endpoint answered without a token") { WholeChannel = true });
        refresh = read.Rotated is { Length: > 0 } rotated ? rotated : refresh;
        (current, until) = (token, environment.Clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Clamp(read.Seconds ?? 3600, 60, 86_400)));
        return (token, null);
    }

    private static Fault Refusal(int status) => new(status is 429 or >= 500 ? FaultKind.ProviderDown : FaultKind.NotAuthorized,
        $"the token endpoint refuses the refresh token (HTTP {status})") { WholeChannel = true };

    private static AccessToken? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, MailJson.Default.AccessToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
