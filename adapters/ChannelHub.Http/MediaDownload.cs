using System.Net;
using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>
/// Fetches a file by its address. Redirects are followed by hand, so that each hop is judged by the guarded client; no credentials are sent,
/// and what began under TLS stays there.
/// </summary>
internal static class MediaDownload
{
    private const int MostRedirects = 3;

    public static async ValueTask<MediaResult> OpenAsync(HttpClient http, string reference, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(reference, UriKind.Absolute, out Uri? address) || !IsWeb(address))
            return new MediaResult.Gone("the reference is not an http or https address");
        try
        {
            for (int hop = 0; hop <= MostRedirects; hop++)
            {
                HttpResponseMessage response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation);
                if (response.StatusCode == HttpStatusCode.OK)
                    return await OpenedAsync(response.Content, cancellation);
                using (response)
                {
                    if (Next(address, response) is not { } next)
                        return Failed(response);
                    address = next;
                }
            }
            return new MediaResult.Gone($"more than {MostRedirects} redirects");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return new MediaResult.Later("the file's host cannot be reached");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new MediaResult.Later("the file's host did not answer in time");
        }
    }

    private static async ValueTask<MediaResult> OpenedAsync(HttpContent content, CancellationToken cancellation) =>
        new MediaResult.Opened(await content.ReadAsStreamAsync(cancellation), content.Headers.ContentType?.MediaType);

    private static Uri? Next(Uri from, HttpResponseMessage response)
    {
        if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
            return null;
        return Uri.TryCreate(from, location, out Uri? next) && IsWeb(next) && (from.Scheme == "http" || next.Scheme == "https") ? next : null;
    }

    private static bool IsWeb(Uri address) => address.Scheme is "https" or "http" && address.UserInfo.Length == 0;

    private static MediaResult Failed(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        if (status is not (408 or 425 or 429 or >= 500))
            return new MediaResult.Gone($"HTTP {status}");
        string? wait = response.Headers.TryGetValues("Retry-After", out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
        return new MediaResult.Later($"HTTP {status}", ProviderHttp.ParseRetryAfter(wait, response.Headers.Date));
    }
}
