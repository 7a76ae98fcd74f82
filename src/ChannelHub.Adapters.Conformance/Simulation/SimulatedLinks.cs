namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>Fetches what the hub sends by link, as Viber and Twilio do.</summary>
internal sealed class SimulatedLinks : IDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Null if nothing is there.</summary>
    public async Task<FakeFile?> FetchAsync(string? link, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(link, UriKind.Absolute, out Uri? address) || !address.IsLoopback)
            return null;
        using HttpResponseMessage response = await client.GetAsync(address, cancellation);
        return response.IsSuccessStatusCode
            ? new FakeFile(Uri.UnescapeDataString(address.Segments[^1]), response.Content.Headers.ContentType?.MediaType ?? "", await response.Content.ReadAsByteArrayAsync(cancellation))
            : null;
    }

    public void Dispose() => client.Dispose();
}
