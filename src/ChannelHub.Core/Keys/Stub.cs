using System.Diagnostics.CodeAnalysis;
using ChannelHub.Adapters;
namespace ChannelHub.Core.Keys;
public static class KeyNormalizer { public static bool TryNormalise(Key key, string? country, [NotNullWhen(true)] out Key? normal, [NotNullWhen(false)] out string? problem) { normal = key; problem = null; return true; } }
