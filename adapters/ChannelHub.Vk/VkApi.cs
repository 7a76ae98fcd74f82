using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>The one road to the API. The token goes in a header, so that no address and no error can quote it.</summary>
internal sealed class VkApi(VkSettings settings, HttpClient http)
{
    /// <summary>Fields change with the version, so both the calls and the pushed events are asked for in this one.</summary>
    public const string Version = "5.199";

    private readonly string? root = RootOf(settings.ApiBaseUrl);

    /// <summary>Calls a method. What failed is told as a send would tell it, so that every ability judges alike.</summary>
    public async ValueTask<VkAnswer> CallAsync(string method, IEnumerable<(string Name, string? Value)> parameters, CancellationToken cancellation)
    {
        if (Missing is { } missing)
            return new(default, new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, missing) { WholeChannel = true }));
        var form = new FormUrlEncodedContent(parameters.Append(("v", Version)).Where(pair => pair.Item2 is not null).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2!)));
        var request = new HttpRequestMessage(HttpMethod.Post, $"{root}/method/{method}") { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.AccessToken);
        return await AskAsync(request, cancellation);
    }

    /// <summary>Posts a file to where VK wants it. The token stays here.</summary>
    public async ValueTask<VkAnswer> UploadAsync(Uri address, string field, OutboundMedia media, Stream bytes, CancellationToken cancellation)
    {
        var file = new StreamContent(bytes);
        file.Headers.TryAddWithoutValidation("Content-Type", media.ContentType);
        file.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"{field}\"; filename=\"{Quotable(media.FileName)}\"");
        if (!bytes.CanSeek)
            file.Headers.ContentLength = media.Size;
        // File names go as plain UTF-8; the encoded words that .NET would write are shown as they are.
        var form = new MultipartFormDataContent { HeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        form.Add(file);
        JsonElement body = default;
        SendResult outcome = await ProviderHttp.SendAsync(http, new HttpRequestMessage(HttpMethod.Post, address) { Content = form }, Read, cancellation);
        return outcome is SendResult.Sent ? new(body, null) : new(default, outcome);

        SendResult? Read(ProviderAnswer answer)
        {
            using JsonDocument? document = ProviderJson.TryParse(answer.Body);
            if (!answer.IsSuccess || document is null || document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            body = document.RootElement.Clone();
            return body.Has("error") ? new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "VK did not take the file: " + (body.Text("error", 200) ?? "no reason was given"))) : new SendResult.Sent(default);
        }
    }

    private async ValueTask<VkAnswer> AskAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        JsonElement response = default;
        SendResult outcome = await ProviderHttp.SendAsync(http, request, answer => VkErrors.Read(answer, Redact, out response), cancellation);
        return outcome is SendResult.Sent ? new(response, null) : new(default, outcome);
    }

    private string? Missing => string.IsNullOrEmpty(settings.AccessToken) ? "access_token is not set" : root is null ? "api_base_url is not an http address" : null;

    private string Redact(string words)
    {
        foreach (string? secret in (string?[])[settings.AccessToken, settings.Secret])
        {
            if (!string.IsNullOrEmpty(secret))
                words = words.Replace(secret, "•••", StringComparison.Ordinal);
        }
        return words;
    }

    private static string Quotable(string name) =>
        string.Concat(name.Select(letter => letter is '"' or '\\' or '/' || char.IsControl(letter) ? '_' : letter));

    private static string? RootOf(string? address) =>
        Uri.TryCreate(string.IsNullOrEmpty(address) ? new VkSettings().ApiBaseUrl : address, UriKind.Absolute, out Uri? uri)
        && uri is { Scheme: "http" or "https", Query: "", Fragment: "" }
            ? uri.AbsoluteUri.TrimEnd('/') : null;
}

/// <summary>What a call gave: its response, or what went wrong.</summary>
internal sealed record VkAnswer(JsonElement Response, SendResult? Failure)
{
    public Fault? Fault => Failure switch
    {
        SendResult.Rejected rejected => rejected.Fault,
        SendResult.Deferred deferred => deferred.Fault,
        SendResult.Unconfirmed unconfirmed => new(FaultKind.ProviderDown, unconfirmed.Reason),
        _ => null,
    };
}
