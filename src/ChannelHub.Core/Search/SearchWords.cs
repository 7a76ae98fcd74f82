using System.Buffers;
using System.Text;

namespace ChannelHub.Core.Search;

/// <summary>
/// The words of a text as the search compares them: without case and accents, split wherever neither letter nor digit stands. Both engines store and ask for
/// nothing else, so both find the same. A number written in groups, as telephone numbers are, is also one word, and so is each of its endings: it is found by
/// any of its parts, however it was written.
/// </summary>
public static class SearchWords
{
    /// <summary>Longer words are compared by so many characters.</summary>
    public const int LongestWord = 40;

    /// <summary>A text is searched by so many different words; what comes after them is not found.</summary>
    public const int MostWords = 5_000;

    private static readonly SearchValues<char> WithinNumbers = SearchValues.Create(" -./()\u00A0");

    private const int FewestDigits = 7;
    private const int MostDigits = 15;
    private const int ShortestEnding = 3;

    /// <summary>The different words of some texts.</summary>
    public static HashSet<string> Of(IEnumerable<string?> texts)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (string text in texts.OfType<string>())
        {
            foreach (string[] run in Runs(text))
            {
                if (words.Count >= MostWords)
                    return words;
                words.UnionWith(run);
                AddEndings(words, string.Concat(run));
            }
        }
        return words;
    }

    /// <summary>The words of a text in their order; groups of digits that only what stands within a telephone number keeps apart stay together.</summary>
    internal static IEnumerable<string[]> Runs(string text)
    {
        var digits = new List<string>();
        int end = 0;
        foreach ((string word, int from, int to) in Words(text))
        {
            if (digits.Count > 0 && !(IsNumber(word) && IsWithinNumber(text.AsSpan(end, from - end))))
            {
                yield return [.. digits];
                digits.Clear();
            }
            if (IsNumber(word))
                digits.Add(word);
            else
                yield return [word];
            end = to;
        }
        if (digits.Count > 0)
            yield return [.. digits];
    }

    private static void AddEndings(HashSet<string> words, string number)
    {
        if (number.Length is < FewestDigits or > MostDigits || !IsNumber(number))
            return;
        for (int at = 0; at <= number.Length - ShortestEnding; at++)
            words.Add(number[at..]);
    }

    private static IEnumerable<(string Word, int From, int To)> Words(string text)
    {
        var word = new StringBuilder();
        int from = 0;
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isPart = Folding.IsPart(rune);
            bool alone = isPart && Folding.StandsAlone(rune);
            if (word.Length > 0 && (alone || !(isPart || Folding.IsMark(rune))))
            {
                yield return (word.ToString(), from, at);
                word.Clear();
            }
            if (word.Length == 0)
                from = at;
            if (isPart && word.Length < LongestWord)
                Folding.Append(word, rune);
            at += rune.Utf16SequenceLength;
            if (alone)
            {
                yield return (word.ToString(), from, at);
                word.Clear();
            }
        }
        if (word.Length > 0)
            yield return (word.ToString(), from, at);
    }

    private static bool IsNumber(string word) => !word.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static bool IsWithinNumber(ReadOnlySpan<char> between) => between.Length <= 2 && !between.ContainsAnyExcept(WithinNumbers);
}
