using System.Collections;
using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>One header field as it stands in the message; text is made of it only when asked for.</summary>
public readonly struct HeaderField(ReadOnlyMemory<byte> nameBytes, ReadOnlyMemory<byte> raw) : IEquatable<HeaderField>
{
    /// <summary>The bytes after the colon, folded as they came.</summary>
    public ReadOnlyMemory<byte> Raw { get; } = raw;

    /// <summary>The field's name as written.</summary>
    public string Name => Encoding.Latin1.GetString(nameBytes.Span);

    /// <summary>The value on one line, encoded words still encoded. Control characters are spaces, bytes above 127 are decoded by guess.</summary>
    public string Value => HeaderText.Unfold(Raw.Span);

    /// <summary>The value for people: on one line and decoded.</summary>
    public string Text => EncodedWords.Decode(Value);

    /// <summary>Whether this is the field of that name, case aside.</summary>
    public bool Is(string name) => Ascii.EqualsIgnoreCase(nameBytes.Span, name);

    /// <inheritdoc/>
    public bool Equals(HeaderField other) => nameBytes.Span.SequenceEqual(other.NameBytes.Span) && Raw.Span.SequenceEqual(other.Raw.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HeaderField other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(nameBytes.Length, Raw.Length);

    /// <summary>Same name, same bytes.</summary>
    public static bool operator ==(HeaderField left, HeaderField right) => left.Equals(right);

    /// <summary>Different name or bytes.</summary>
    public static bool operator !=(HeaderField left, HeaderField right) => !left.Equals(right);

    private ReadOnlyMemory<byte> NameBytes => nameBytes;
}

/// <summary>The header fields of a message or part, in their order.</summary>
public sealed class HeaderList : IReadOnlyList<HeaderField>
{
    private readonly List<HeaderField> fields = [];

    /// <inheritdoc/>
    public int Count => fields.Count;

    /// <inheritdoc/>
    public HeaderField this[int index] => fields[index];

    /// <summary>
    /// The first field of that name; the others are ignored everywhere. Programs disagree on which of two counts, so one choice holds for
    /// what is shown and for what is judged.
    /// </summary>
    public HeaderField? First(string name)
    {
        foreach (HeaderField field in fields)
        {
            if (field.Is(name))
                return field;
        }
        return null;
    }

    /// <summary>The value of the first field of that name, on one line, still encoded.</summary>
    public string? Value(string name) => First(name)?.Value;

    /// <summary>The first field of that name for people; null when it is absent.</summary>
    public string? Text(string name) => First(name)?.Text;

    /// <summary>Whether there is such a field.</summary>
    public bool Has(string name) => First(name) is not null;

    /// <summary>Every field of that name, top first.</summary>
    public IEnumerable<HeaderField> All(string name) => fields.Where(f => f.Is(name));

    /// <inheritdoc/>
    public IEnumerator<HeaderField> GetEnumerator() => fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => fields.GetEnumerator();

    internal void Add(HeaderField field) => fields.Add(field);
}
