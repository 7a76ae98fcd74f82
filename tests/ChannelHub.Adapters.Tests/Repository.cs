namespace ChannelHub.Adapters.Tests;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>A file of it, by its path from the root.</summary>
    public static string File(string path)
    {
        for (string? above = AppContext.BaseDirectory; above is not null; above = Path.GetDirectoryName(above))
        {
            if (System.IO.File.Exists(Path.Combine(above, "ChannelHub.sln")))
                return Path.Combine(above, path);
        }
        throw new DirectoryNotFoundException($"no checkout above {AppContext.BaseDirectory}");
    }
}
