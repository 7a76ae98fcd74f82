using ChannelHub.Adapters;

namespace ChannelHub.Channels;

/// <summary>Opens the DLLs of the plug-in folder.</summary>
public static class PluginLoader
{
    public static IReadOnlyList<ChannelType> Load(string? folder) => [];
}

/// <summary>A plug-in cannot be loaded.</summary>
public sealed class PluginException(string message, Exception? inner = null) : Exception(message, inner);
