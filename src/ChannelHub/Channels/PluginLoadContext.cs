using System.Reflection;
using System.Runtime.Loader;
using ChannelHub.Adapters;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Channels;

/// <summary>
/// Where a plug-in's assemblies live. It shares the contract and the framework with the hub and nothing else, so that its dependencies may be of other
/// versions than the hub's, and a change inside the hub breaks no plug-in.
/// </summary>
internal sealed class PluginLoadContext(string plugin) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(plugin), isCollectible: false)
{
    private static readonly HashSet<string?> Shared = [typeof(ChannelType).Assembly.GetName().Name, typeof(ILogger).Assembly.GetName().Name];

    private readonly AssemblyDependencyResolver dependencies = new(plugin);

    /// <summary>Null stands for the hub's own copy or the framework's.</summary>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (Shared.Contains(assemblyName.Name))
            return null;
        if (dependencies.ResolveAssemblyToPath(assemblyName) is { } path)
            return LoadFromAssemblyPath(path);
        if (!IsFramework(assemblyName.Name) && File.Exists(Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll")))
            throw new FileNotFoundException($"it needs {assemblyName.Name}, which the hub has and does not share; put it beside the plug-in");
        return null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        dependencies.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    // By name: a self-contained hub has the framework beside its own assemblies.
    private static bool IsFramework(string? name) =>
        name is null or "netstandard" or "mscorlib" || name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal);
}
