using System.Collections.Frozen;
using ChannelHub.Adapters;

namespace ChannelHub.Core.Keys;

/// <summary>
/// Addresses behind which several people are to be expected: the mailbox of a role, the telephone line of a house, a service number. To have proven one
/// says where somebody sits and not who they are.
/// </summary>
public static class SharedKeys
{
    private static readonly FrozenSet<string> Roles =
    [
        "abuse", "accounting", "accounts", "admin", "administration", "administrator", "all", "billing", "booking", "bookings", "career", "careers", "contact", "customercare",
        "customerservice", "donotreply", "enquiries", "feedback", "finance", "general", "hello", "help", "helpdesk", "hostmaster", "hr", "info", "inquiries", "invoice", "invoices",
        "jobs", "legal", "mail", "mailer-daemon", "marketing", "media", "newsletter", "no-reply", "noc", "noreply", "office", "order", "orders", "post", "postmaster", "press",
        "privacy", "purchasing", "reception", "reservations", "returns", "root", "sales", "security", "service", "shop", "staff", "store", "support", "team", "warehouse", "webmaster",
        "welcome",
        "bestellung", "buchhaltung", "einkauf", "empfang", "kontakt", "rechnung", "vertrieb", "verkauf", // de
        "biuro", "faktury", "ksiegowosc", "rekrutacja", "sekretariat", "sklep", "zamowienia", // pl
        "achat", "commande", "commercial", "comptabilite", "facturation", "secretariat", // fr
        "administracion", "compras", "contacto", "facturacion", "pedidos", "ventas", // es
        "acquisti", "amministrazione", "commerciale", "ordini", "ufficio", "vendite", // it
        "objednavky", "obchod", "iroda", "zakaz", // cs, hu, ru
    ];

    /// <summary>Whether equal keys of this value are no reason to take two identities for one person. Keys are in canonical form.</summary>
    public static bool IsShared(Key key) => key.Kind switch
    {
        KeyKinds.Email => IsRole(key.Value),
        // Short codes and names of senders are services.
        KeyKinds.Phone => !key.Value.StartsWith('+') || FixedLines.IsFixed(key.Value),
        _ => false,
    };

    /// <summary>Whether a mailbox belongs to a role, whatever tag it carries.</summary>
    public static bool IsRole(string email)
    {
        int at = email.LastIndexOf('@');
        string local = at < 0 ? email : email[..at];
        int tag = local.IndexOf('+', StringComparison.Ordinal);
        return Roles.Contains(tag > 0 ? local[..tag] : local);
    }
}
