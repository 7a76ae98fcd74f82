namespace ChannelHub.Mail.Tests.Corpora;

/// <summary>Real input that lies beside the repository on machines that have it.</summary>
internal static class Corpus
{
    public static string? Folder { get; } = Find();

    /// <summary>Mails of the corpus; empty, with a printed reason, where it is absent.</summary>
    public static IEnumerable<string> Mails(Action<string> print) => Files("mail", print)
        .Where(f => Path.GetExtension(f) is ".eml" or ".msg" or ".txt" or "")
        .Where(f => !f.Contains("/expected/", StringComparison.Ordinal));

    public static IEnumerable<string> Files(string folder, Action<string> print)
    {
        if (Folder is null)
        {
            print("skipped: ../shared/corpora is not beside the repository");
            return [];
        }
        return Directory.EnumerateFiles(Path.Combine(Folder, folder), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
    }

    private static string? Find()
    {
        for (DirectoryInfo? up = new(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            string candidate = Path.Combine(up.FullName, "shared", "corpora");
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }
}
