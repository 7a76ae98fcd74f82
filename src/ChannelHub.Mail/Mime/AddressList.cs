using System.Collections;

namespace ChannelHub.Mail.Mime;

/// <summary>The mailboxes of an address header, groups dissolved.</summary>
public sealed class AddressList : IReadOnlyList<MailAddress>
{
    /// <summary>More than so many are not read.</summary>
    public const int Most = 1_000;

    private readonly List<MailAddress> mailboxes;

    internal AddressList(List<MailAddress> mailboxes, bool isDamaged)
    {
        this.mailboxes = mailboxes;
        IsDamaged = isDamaged;
    }

    /// <summary>No mailboxes.</summary>
    public static AddressList Empty { get; } = new([], isDamaged: false);

    /// <summary>Something in the header was no mailbox, or was one only by a reading on which programs differ. Trust nothing by such a header.</summary>
    public bool IsDamaged { get; }

    /// <inheritdoc/>
    public int Count => mailboxes.Count;

    /// <inheritdoc/>
    public MailAddress this[int index] => mailboxes[index];

    /// <summary>
    /// Reads a header value with its encoded words still encoded. They are decoded in names only and after the list has been taken
    /// apart, so no name can smuggle in an address.
    /// </summary>
    public static AddressList Parse(string value) => new AddressReader(HeaderText.OneLine(value)).Read();

    /// <inheritdoc/>
    public IEnumerator<MailAddress> GetEnumerator() => mailboxes.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => mailboxes.GetEnumerator();
}
