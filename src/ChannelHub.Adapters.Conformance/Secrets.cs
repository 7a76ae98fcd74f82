using System.Collections;
using System.Reflection;
using Xunit;

namespace ChannelHub.Adapters.Conformance;

/// <summary>The secret values of one settings object, to be looked for where they must not be.</summary>
internal sealed class Secrets(object settings)
{
    private readonly IReadOnlyList<string> values = [.. Find(settings, secret: false).Where(value => value.Length >= 4).Distinct()];

    /// <summary>Fails when a text shows a secret, as it stands or escaped for an address.</summary>
    public void AreNotIn(string text, string where)
    {
        foreach (string secret in values)
        {
            bool shown = text.Contains(secret, StringComparison.Ordinal) || text.Contains(Uri.EscapeDataString(secret), StringComparison.OrdinalIgnoreCase);
            Assert.False(shown, $"{where} shows a value marked [Secret]");
        }
    }

    private static IEnumerable<string> Find(object? value, bool secret)
    {
        switch (value)
        {
            case null:
                return [];
            case string text:
                return secret ? [text] : [];
            case IEnumerable list:
                return list.Cast<object?>().SelectMany(item => Find(item, secret));
            default:
                return value.GetType().Namespace?.StartsWith("System", StringComparison.Ordinal) == true
                    ? []
                    : value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
                        .Where(property => property.GetIndexParameters().Length == 0)
                        .SelectMany(property => Find(property.GetValue(value), secret || property.IsDefined(typeof(SecretAttribute))));
        }
    }
}
