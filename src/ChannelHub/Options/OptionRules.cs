using ChannelHub.Attachments;
using ChannelHub.Security;
using ChannelHub.Storage.Engine.Postgres;

namespace ChannelHub.Options;

/// <summary>What must hold of the settings beyond the type and range of each.</summary>
internal static class OptionRules
{
    public static void Check(HubOptions options, List<OptionError> errors, List<string> warnings)
    {
        if (options.Database is { } database)
        {
            if (PostgresDialect.Problem(database) is { } problem)
                errors.Add(new OptionError("database", problem, "Give a connection string of PostgreSQL, such as Host=db;Database=channelhub;Username=channelhub;Password=…"));
            if (options.MasterKey is null)
                errors.Add(new OptionError("master_key", "with PostgreSQL it must be given, the same to every node", "Make one with: openssl rand -base64 32"));
        }
        errors.AddRange(options.Rabbitmq.Problems());
        if (options.Data.Trim().Length == 0)
            errors.Add(new OptionError("data", "it is empty", "Name a folder"));
        if (options.PublicUrl is { } url && (url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0))
            errors.Add(new OptionError("public_url", "it carries a query, a fragment or a user", "Give scheme, host and, if need be, port and path"));
        if (options.MasterKey is { } key && !MasterKey.IsWellFormed(key))
            errors.Add(new OptionError("master_key", "the value is not the base64 of 32 bytes", "Make one with: openssl rand -base64 32"));
        CheckAdminKey(options.AdminKey, errors, warnings);
        CheckList("egress_allow", options.EgressAllow, text => EgressAllowance.TryParse(text, out _), "an address or CIDR with an optional port, such as 10.1.0.0/16:443", errors);
        CheckList("trusted_proxies", options.TrustedProxies, text => NetworkRange.TryParse(text, out _), "an address or CIDR, such as 10.1.2.3 or 10.1.0.0/16", errors);
        CheckList("media.refused_types", options.Media.RefusedTypes, TypePolicy.IsEntry, "a media type, such as application/zip or video/*, or 'program'", errors);
        if (options.Outbox.LeaseSeconds <= options.Outbox.SendSeconds)
        {
            errors.Add(new OptionError("outbox.lease_seconds", "it is not longer than outbox.send_seconds",
                "Make it longer, or a send that is still under way is taken for lost"));
        }
        if (options.Codes.TriesPerAddress < options.Codes.Tries)
            errors.Add(new OptionError("codes.tries_per_address", "it is less than codes.tries", "Allow at least the tries of one code"));
    }

    private static void CheckAdminKey(string? key, List<OptionError> errors, List<string> warnings)
    {
        if (key is null)
            return;
        if (!ApiKeys.IsWellFormed(key))
            errors.Add(new OptionError("admin_key", "the value is not 8 to 200 visible ASCII characters without spaces", "Give a long random one"));
        else if (key.Length < 32)
            warnings.Add("The admin key is shorter than 32 characters and might be guessed; remove CHANNELHUB_ADMIN_KEY and let the hub make one, or give a longer one.");
    }

    private static void CheckList(string key, IReadOnlyList<string> entries, Predicate<string> isGood, string expected, List<OptionError> errors)
    {
        foreach (string entry in entries.Where(e => !isGood(e)))
            errors.Add(new OptionError(key, $"'{entry}' is not {expected}", "Mend the entry or remove it"));
    }
}
