using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using ChannelHub.Adapters;

namespace ChannelHub.Channels;

/// <summary>The kinds of channel this hub knows: the built-in ones and those of plug-ins. Two with one id stop the start.</summary>
public sealed class ChannelTypes
{
    private readonly FrozenDictionary<string, ChannelType> byId;

    public ChannelTypes(IReadOnlyList<ChannelType> types)
    {
        string[] doubled = [.. types.GroupBy(t => t.Info.Id).Where(g => g.Count() > 1)
            .Select(g => $"'{g.Key}' ({string.Join(", ", g.Select(t => t.GetType().Assembly.GetName().Name))})")];
        if (doubled.Length > 0)
            throw new DuplicateChannelTypeException("two channel types have the same id: " + string.Join("; ", doubled));
        byId = types.ToFrozenDictionary(t => t.Info.Id);
    }

    /// <summary>All of them, by id.</summary>
    public IEnumerable<ChannelType> All => byId.Values.OrderBy(t => t.Info.Id, StringComparer.Ordinal);

    public bool TryGet(string id, [NotNullWhen(true)] out ChannelType? type) => byId.TryGetValue(id, out type);
}

/// <summary>Two channel types claim one id.</summary>
public sealed class DuplicateChannelTypeException(string message) : Exception(message);
