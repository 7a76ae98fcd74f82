namespace ChannelHub.Core.Tests;

/// <summary>
/// A test over collected real-world input, which is not part of this repository. It looks for the folder in CHANNELHUB_CORPORA or as
/// <c>shared/corpora</c> beside the checkout, and is skipped where there is none.
/// </summary>
internal sealed class CorpusFactAttribute : FactAttribute
{
    public CorpusFactAttribute(string file)
    {
        if (Corpus.Find(file) is null)
            Skip = $"{file} is not here; point CHANNELHUB_CORPORA at the folder that holds it.";
    }
}

internal static class Corpus
{
    public static string? Find(string file)
    {
        if (Environment.GetEnvironmentVariable("CHANNELHUB_CORPORA") is { Length: > 0 } given)
            return Existing(Path.Combine(given, file));
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", "corpora", file)) is { } found)
                return found;
        }
        return null;
    }

    private static string? Existing(string path) => Path.Exists(path) ? path : null;
}
