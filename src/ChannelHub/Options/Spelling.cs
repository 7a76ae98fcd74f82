namespace ChannelHub.Options;

/// <summary>Guesses what somebody meant to write.</summary>
internal static class Spelling
{
    /// <summary>
    /// The candidate nearest to <paramref name="written"/>, or null when none is near. A name without its section, or in another one, is
    /// compared by its last word too.
    /// </summary>
    public static T? Nearest<T>(string written, IEnumerable<T> candidates, Func<T, string> name)
        where T : class
    {
        string leaf = Leaf(written);
        (T? nearest, double best) = (null, double.MaxValue);
        foreach (T candidate in candidates)
        {
            string known = name(candidate);
            // A right last word in a wrong section counts a little more than one wrong letter.
            double distance = Math.Min(Distance(written, known), Distance(leaf, Leaf(known)) + 1.5);
            if (distance < best)
                (nearest, best) = (candidate, distance);
        }
        return best <= Math.Max(2, leaf.Length / 3.0) ? nearest : null;
    }

    private static string Leaf(string path) => path[(path.LastIndexOf('.') + 1)..];

    // Letters to change, insert or remove until one is the other.
    private static int Distance(string left, string right)
    {
        int[] above = [.. Enumerable.Range(0, right.Length + 1)];
        int[] row = new int[right.Length + 1];
        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                row[j] = Math.Min(change, Math.Min(above[j], row[j - 1]) + 1);
            }
            (above, row) = (row, above);
        }
        return above[right.Length];
    }
}
