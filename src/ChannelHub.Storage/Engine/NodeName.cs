using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;

namespace ChannelHub.Storage.Engine;

/// <summary>How a run of the program introduces itself.</summary>
/// <param name="Run">Its number, like no other's.</param>
/// <param name="Name">Machine and process.</param>
/// <param name="Version">Of the program.</param>
internal sealed record NodeName(long Run, string Name, string Version)
{
    public static NodeName New() => new(
        BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue,
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}"),
        typeof(NodeName).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");
}
