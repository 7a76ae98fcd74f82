using System.Net;
using System.Net.Http.Headers;

namespace ChannelHub.Adapters;

/// <summary>
/// Fetches a received file by its address. Redirects are followed by hand, so that each hop is judged by the guarded client; credentials
/// never leave the host they are for, and what began under TLS stays there.
/// </summary>
public static class ProviderMedia
{
    private const int MostRedirects = 3;

    /// <summary>Opens the file. Throws only on cancellation.</summary>
    /// <param name="http">The client of <see cref="ChannelEnvironment"/>.</param>
    /// <param name="reference">The address; anything else is gone.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="credentials">The credentials a host is given; null, or a null answer, gives none.</param>
    public static async ValueTask<MediaResult> OpenAsync(
        HttpClient http, string reference, CancellationToken cancellation, Func<Uri, AuthenticationHeaderValue?>? credentials = null)
    {
        if (!Uri.TryCreate(reference, UriKind.Absolute, out Uri? address) || !IsWeb(address))
            return new MediaResult.Gone("the reference is not an http or https address");
        try
        {
            for (int hop = 0; hop <= MostRedirects; hop++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                request.Headers.Authorization = credentials?.Invoke(address);
                HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
                if (response.StatusCode == HttpStatusCode.OK)
                    return new MediaResult.Opened(await response.Content.ReadAsStreamAsync(cancellation), response.Content.Headers.ContentType?.MediaType);
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
