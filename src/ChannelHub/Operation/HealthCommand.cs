namespace ChannelHub.Operation;

/// <summary><c>channelhub health</c>: asks the hub on this machine whether it is ready. For containers, which have no curl.</summary>
internal static class HealthCommand
{
    public static async Task<int> RunAsync(string? urls, TextWriter output)
    {
        string first = (urls ?? Options.HubOptions.DefaultUrls).Split(';')[0];
        var address = new UriBuilder(first.Replace("://+", "://127.0.0.1", StringComparison.Ordinal).Replace("://*", "://127.0.0.1", StringComparison.Ordinal)) { Path = "/readyz" };
        if (address.Host is "0.0.0.0" or "[::]")
            address.Host = "127.0.0.1";
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
            using HttpResponseMessage answer = await http.GetAsync(address.Uri);
            await output.WriteLineAsync(answer.IsSuccessStatusCode ? "ready" : $"not ready: HTTP {(int)answer.StatusCode}");
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            await output.WriteLineAsync("not ready: no answer from " + address.Uri);
            return 1;
        }
    }
}
