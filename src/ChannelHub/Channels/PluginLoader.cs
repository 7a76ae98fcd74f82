using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using ChannelHub.Adapters;

namespace ChannelHub.Channels;

/// <summary>
/// Opens the plug-in folder. A DLL that names channel types is a plug-in; every other is somebody's dependency and left alone. Anything wrong with a plug-in
/// stops the start: a channel that is silently missing would lose messages.
/// </summary>
public static class PluginLoader
{
    /// <summary>The channel types of every plug-in in the folder; none without a folder.</summary>
    /// <exception cref="PluginException">A file cannot be read or does not hold what it promises.</exception>
    public static IReadOnlyList<ChannelType> Load(string? folder)
    {
        if (folder is null)
            return [];
        string path = Path.GetFullPath(folder);
        if (!Directory.Exists(path))
            throw new PluginException($"The plug-in folder {path} is not there; make it, or leave CHANNELHUB_PLUGINS out.");
        return [.. Directory.EnumerateFiles(path, "*.dll").Order(StringComparer.Ordinal).Where(IsPlugin).SelectMany(LoadFile)];
    }

    /// <summary>Whether a file names channel types. Its metadata is read; none of its code is loaded.</summary>
    private static bool IsPlugin(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            using var pe = new PEReader(stream);
            if (!pe.HasMetadata)
                return false; // native code that some plug-in brings along
            MetadataReader metadata = pe.GetMetadataReader();
            return metadata.IsAssembly && metadata.GetAssemblyDefinition().GetCustomAttributes().Any(handle => IsMarker(metadata, metadata.GetCustomAttribute(handle)));
        }
        catch (Exception failure) when (failure is BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            throw Refuse(file, failure is BadImageFormatException ? "it is not a .NET assembly; is the file damaged?" : failure.Message, failure);
        }
    }

    private static bool IsMarker(MetadataReader metadata, CustomAttribute attribute)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference
            || metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is not { Kind: HandleKind.TypeReference } parent)
        {
            return false;
        }
        TypeReference type = metadata.GetTypeReference((TypeReferenceHandle)parent);
        return metadata.StringComparer.Equals(type.Name, nameof(ChannelPluginAttribute))
            && metadata.StringComparer.Equals(type.Namespace, typeof(ChannelPluginAttribute).Namespace!);
    }

    private static ChannelType[] LoadFile(string file)
    {
        try
        {
            Assembly assembly = new PluginLoadContext(file).LoadFromAssemblyPath(file);
            return [.. assembly.GetCustomAttributes<ChannelPluginAttribute>().Select(plugin => Make(file, plugin.Type))];
        }
        catch (Exception failure) when (failure is not PluginException)
        {
            // Loading runs the plug-in's own code, so it may fail in any way.
            Exception cause = failure is TargetInvocationException { InnerException: { } inner } ? inner : failure;
            throw Refuse(file, cause.Message, cause);
        }
    }

    private static ChannelType Make(string file, Type type)
    {
        if (!type.IsSubclassOf(typeof(ChannelType)) || type.IsAbstract || !type.IsPublic || type.GetConstructor(Type.EmptyTypes) is null)
            throw Refuse(file, $"{type.FullName} is not a public class derived from ChannelType<TSettings> with a parameterless constructor");
        var made = (ChannelType)Activator.CreateInstance(type)!;
        if (made.Info.Id is not { Length: > 0 and <= 64 } id || !id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            throw Refuse(file, $"{type.FullName} has an id that is not of a-z, 0-9 and _");
        return made;
    }

    private static PluginException Refuse(string file, string reason, Exception? inner = null) => new($"The plug-in {file} cannot be loaded: {reason}", inner);
}

/// <summary>A plug-in cannot be loaded.</summary>
public sealed class PluginException(string message, Exception? inner = null) : Exception(message, inner);
