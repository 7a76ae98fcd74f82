using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ChannelHub.Adapters.Conformance.Simulation;
using ChannelHub.Options;

namespace ChannelHub.Simulation;

/// <summary>
/// <c>--simulate</c>: the hub with simulated providers, to be tried without an account anywhere. It listens on loopback only. Its data is its own and gone
/// afterwards, and no setting is looked at that could lead to a real hub's data, keys or providers.
/// </summary>
internal static class SimulatedRun
{
    public const string Switch = "--simulate";

    private static readonly string[] Heeded = ["CHANNELHUB_ADMIN_KEY", "CHANNELHUB_LOG__LEVEL", "CHANNELHUB_LOG__FORMAT"];

    public static async Task<int> RunAsync(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("channelhub-simulated-");
        try
        {
            await using ProviderSimulator simulator = await ProviderSimulator.StartAsync();
            Uri address = Address(environment, arguments);
            var settings = new Dictionary<string, string>(environment.Where(pair => Heeded.Contains(pair.Key)), StringComparer.Ordinal)
            {
                ["CHANNELHUB_DATA"] = folder.FullName,
                ["CHANNELHUB_PUBLIC_URL"] = address.AbsoluteUri,
                ["CHANNELHUB_EGRESS_ALLOW"] = string.Join(',', simulator.Endpoints),
            };
            return await Startup.RunAsync(settings, ["--urls", address.AbsoluteUri], output, errors, services =>
            {
                services.AddSingleton(simulator);
                services.AddSingleton(new SimulatedSettings(address, output));
                services.AddHostedService<SimulatedChannels>();
            });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The port that was asked for, on loopback. It has to be known before the hub listens, so where any will do, a free one is chosen here.</summary>
    internal static Uri Address(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments)
    {
        int at = arguments.ToList().IndexOf("--urls");
        string asked = at >= 0 && at + 1 < arguments.Count ? arguments[at + 1] : environment.GetValueOrDefault("ASPNETCORE_URLS") ?? "";
        // Of http://+:8080;https://… the first, which is no address as it stands.
        string first = (asked.Length > 0 ? asked : HubOptions.DefaultUrls).Split(';')[0];
        int port = Uri.TryCreate(first.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out Uri? uri) ? uri.Port : 0;
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{(port > 0 ? port : FreePort())}"));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>What a simulated run is told.</summary>
/// <param name="Hub">Where the hub listens.</param>
/// <param name="Output">Where the address of the page is shown.</param>
internal sealed record SimulatedSettings(Uri Hub, TextWriter Output);
