using System.Collections;
using System.Reflection;
using System.Text;

namespace ChannelHub.Adapters.Conformance;

/// <summary>Walks what an adapter made.</summary>
internal static class Strings
{
    /// <summary>Every string anywhere inside.</summary>
    public static IEnumerable<string> In(object? value) => value switch
    {
        null => [],
        string text => [text],
        ExternalId id => [id.Value],
        IEnumerable list => list.Cast<object?>().SelectMany(In),
        _ => value.GetType().Namespace?.StartsWith("System", StringComparison.Ordinal) == true && !IsPair(value.GetType())
            ? []
            : Members(value).SelectMany(In),
    };

    /// <summary>Whether a text holds a NUL or half of a surrogate pair.</summary>
    public static bool CannotBeStored(string text)
    {
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (rest[0] == '\0' || Rune.DecodeFromUtf16(rest, out _, out int used) != System.Buffers.OperationStatus.Done)
                return true;
            rest = rest[used..];
        }
        return false;
    }

    /// <summary>Everybody an event speaks of.</summary>
    public static IEnumerable<Sender> Senders(ChannelEvent happened) => Members(happened).OfType<Sender>();

    private static bool IsPair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);

    private static IEnumerable<object?> Members(object value) => value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.GetIndexParameters().Length == 0)
        .Select(property => property.GetValue(value));
}
