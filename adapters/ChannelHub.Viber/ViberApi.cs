using System.Net.Http.Headers;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>The one road to the API.</summary>
internal sealed class ViberApi(ViberSettings settings, HttpClient http)
{
    private const string TokenHeader = "X-Viber-Auth-Token";

    private readonly string? root = RootOf(settings.ApiBaseUrl);

    /// <summary>Calls a method. What failed is told as a send would tell it, so that every ability judges alike.</summary>
    public async ValueTask<ViberAnswer> CallAsync(string method, ReadOnlyMemory<byte> json, CancellationToken cancellation)
    {
        if (Missing is { } missing)
            return new(default, new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, missing) { WholeChannel = true }));
        JsonElement body = default;
        var request = new HttpRequestMessage(HttpMethod.Post, $"{root}/pa/{method}") { Content = new ReadOnlyMemoryContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation(TokenHeader, settings.AuthToken);
        SendResult outcome = await ProviderHttp.SendAsync(http, request, answer => ViberErrors.Read(answer, settings.AuthToken!, out body), cancellation);
        return outcome is SendResult.Sent ? new(body, null) : new(default, outcome);
    }

    private string? Missing => string.IsNullOrEmpty(settings.AuthToken) ? "auth_token is not set" : root is null ? "api_base_url is not an http address" : null;

    private static string? RootOf(string? address) =>
        Uri.TryCreate(string.IsNullOrEmpty(address) ? new ViberSettings().ApiBaseUrl : address, UriKind.Absolute, out Uri? uri)
        && uri is { Scheme: "http" or "https", Query: "", Fragment: "" }
            ? uri.AbsoluteUri.TrimEnd('/') : null;
}

/// <summary>What a call gave: its answer, or what went wrong.</summary>
internal sealed record ViberAnswer(JsonElement Body, SendResult? Failure)
{
    public Fault? Fault => Failure switch
    {
        SendResult.Rejected rejected => rejected.Fault,
        SendResult.Deferred deferred => deferred.Fault,
        SendResult.Unconfirmed unconfirmed => new(FaultKind.ProviderDown, unconfirmed.Reason),
        _ => null,
    };
}
