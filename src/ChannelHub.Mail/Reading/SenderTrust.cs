using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Reading;

/// <summary>The servers of the mailbox's own side, whose word counts.</summary>
/// <param name="ServerIds">Their names in Authentication-Results, such as <c>mx.google.com</c>.</param>
/// <param name="Hosts">Their host names or domains in Received headers; taken from <paramref name="ServerIds"/> when empty.</param>
public sealed record OwnServers(IReadOnlyList<string> ServerIds, IReadOnlyList<string> Hosts)
{
    /// <summary>Nobody's word counts.</summary>
    public static OwnServers None { get; } = new([], []);

    internal bool Checks(string serverId) => ServerIds.Contains(serverId, StringComparer.OrdinalIgnoreCase);

    internal bool Owns(string host)
    {
        foreach (string own in Hosts.Count > 0 ? Hosts : ServerIds.Select(Parent))
        {
            if (host.Equals(own, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + own, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>mx.google.com stands for the other hosts of google.com too.</summary>
    private static string Parent(string id) => id.Count(c => c == '.') >= 2 ? id[(id.IndexOf('.') + 1)..] : id;
}

/// <summary>How far the From address can be believed.</summary>
public enum SenderTrust
{
    /// <summary>Nothing proves it and nothing speaks against it.</summary>
    Claimed,

    /// <summary>The domain's own rules and signatures vouch for it.</summary>
    Proven,

    /// <summary>The domain's own rules say that this mail is not from there.</summary>
    Refuted,
}

/// <summary>The judgement on a mail's From.</summary>
/// <param name="Trust">How far it can be believed.</param>
/// <param name="Evidence">Why, in a few words without addresses.</param>
public sealed record SenderVerdict(SenderTrust Trust, string Evidence)
{
    /// <summary>Judges the very address that <see cref="MimeMessage.From"/> shows.</summary>
    public static SenderVerdict Of(MimeMessage mail, OwnServers servers)
    {
        if (mail.Headers.All("From").Count() != 1 || mail.From is not [{ } from] || mail.From.IsDamaged)
            return new(SenderTrust.Claimed, "From is not one address");
        if (Own(mail.Headers, servers) is not { } results)
            return new(SenderTrust.Claimed, "no Authentication-Results of a configured server");
        string domain = MailAddress.AsciiDomain(from.Domain);
        AuthenticationResult? dmarc = results.Results.FirstOrDefault(r => r.Method == "dmarc" && r.Result != "pass")
            ?? results.Results.FirstOrDefault(r => r.Method == "dmarc");
        if (dmarc is { Result: "fail" })
            return new(SenderTrust.Refuted, "dmarc=fail");
        if (dmarc is { Result: "pass" })
        {
            bool same = dmarc["header.from"] is not { } judged || Domain(judged) == domain;
            return same ? new(SenderTrust.Proven, "dmarc=pass") : new(SenderTrust.Claimed, "dmarc=pass for another domain");
        }
        if (dmarc is { Result: not ("none" or "bestguesspass") })
            return new(SenderTrust.Claimed, "dmarc=" + dmarc.Result);
        foreach (AuthenticationResult result in results.Results.Where(r => r.Result == "pass"))
        {
            string? signer = result.Method switch
            {
                "dkim" => result["header.d"] ?? result["header.i"],
                "spf" => result["smtp.mailfrom"] ?? result["smtp.from"],
                _ => null,
            };
            if (signer is not null && Aligned(Domain(signer), domain))
                return new(SenderTrust.Proven, result.Method + "=pass, aligned");
        }
        return new(SenderTrust.Claimed, "nothing aligned passed");
    }

    /// <summary>
    /// The topmost header of a configured server, if it stands where only our own servers write: above the border's Received, or between it
    /// and the next one. Below that, whoever sent the mail wrote what he liked.
    /// </summary>
    private static AuthenticationResults? Own(HeaderList headers, OwnServers servers)
    {
        bool crossed = false;
        foreach (HeaderField header in headers)
        {
            if (header.Is("Received"))
            {
                if (crossed)
                    return null;
                ReceivedHop hop = ReceivedHop.Parse(header.Value);
                if (hop.By is not null && !servers.Owns(hop.By) && hop.From is not null)
                    return null;
                crossed = hop.From is { } sender && !servers.Owns(sender);
            }
            else if (header.Is("Authentication-Results") && AuthenticationResults.Parse(header.Value) is { } results && servers.Checks(results.ServerId))
            {
                return results;
            }
        }
        return null;
    }

    private static string Domain(string value)
    {
        int at = value.LastIndexOf('@');
        return MailAddress.AsciiDomain(value[(at + 1)..].Trim('<', '>', ' '));
    }

    /// <summary>
    /// Equal, or one the parent of the other. Without a list of public suffixes this is narrower than the standard: sisters are not
    /// aligned, and a domain too near the root vouches for nobody.
    /// </summary>
    private static bool Aligned(string signer, string from)
    {
        if (signer == from)
            return signer.Contains('.');
        string parent = signer.Length < from.Length ? signer : from;
        string child = signer.Length < from.Length ? from : signer;
        return child.EndsWith("." + parent, StringComparison.Ordinal) && !IsSuffix(parent);
    }

    private static bool IsSuffix(string domain)
    {
        string[] labels = domain.Split('.');
        return labels.Length < 2 || (labels.Length == 2 && (labels[1].Length == 2 && labels[0].Length <= 3
            || labels[0] is "blogspot" or "herokuapp" or "github" or "appspot" or "azurewebsites" or "wordpress"));
    }
}

/// <summary>Two words of a Received header.</summary>
internal sealed record ReceivedHop(string? From, string? By)
{
    public static ReceivedHop Parse(string value)
    {
        string? from = null;
        string? by = null;
        string[] words = (value.Length > 2_000 ? value[..2_000] : value).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int depth = 0;
        for (int i = 0; i + 1 < words.Length; i++)
        {
            if (depth == 0 && from is null && by is null && words[i].Equals("from", StringComparison.OrdinalIgnoreCase))
                from = Sender(words, i + 1);
            else if (depth == 0 && by is null && words[i].Equals("by", StringComparison.OrdinalIgnoreCase))
                by = words[i + 1].Trim(';', ',');
            depth = Math.Max(0, depth + words[i].Count(c => c == '(') - words[i].Count(c => c == ')'));
        }
        return new ReceivedHop(from, by);
    }

    /// <summary>The name the receiving server looked up, if it wrote one down: the name before it is what the sender called himself.</summary>
    private static string Sender(string[] words, int at)
    {
        string greeted = words[at].Trim(';', ',');
        string noted = at + 1 < words.Length ? words[at + 1] : "";
        if (!noted.StartsWith('('))
            return greeted;
        string name = noted.Trim('(', ')', '.', '[', ']');
        bool address = name.Length == 0 || name.Contains(':') || char.IsAsciiDigit(name[^1]);
        return address || name.Contains('=') || !name.Contains('.') ? name.Equals("unknown", StringComparison.OrdinalIgnoreCase) ? name : greeted : name;
    }
}
