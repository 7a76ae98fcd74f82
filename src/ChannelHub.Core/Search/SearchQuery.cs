using System.Diagnostics.CodeAnalysis;

namespace ChannelHub.Core.Search;

/// <summary>What somebody searches for: all of some words, the last one perhaps unfinished.</summary>
public sealed record SearchQuery
{
    /// <summary>So many characters a query may have.</summary>
    public const int LongestText = 500;

    /// <summary>So many words a query may have.</summary>
    public const int MostWords = 16;

    private SearchQuery(IReadOnlyList<SearchClause> clauses) => Clauses = clauses;

    /// <summary>All of them must hold.</summary>
    public IReadOnlyList<SearchClause> Clauses { get; }

    /// <summary>Reads what somebody typed; false with what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SearchQuery? query, [NotNullWhen(false)] out string? problem)
    {
        query = null;
        problem = text.Length > LongestText ? $"must not be longer than {LongestText} characters" : null;
        if (problem is not null)
            return false;
        string[][] runs = [.. SearchWords.Runs(text)];
        int words = runs.Sum(run => run.Length);
        problem = words == 0 ? "must hold a letter or a digit" : words > MostWords ? $"must not hold more than {MostWords} words" : null;
        if (problem is not null)
            return false;
        query = new SearchQuery([.. runs.Select((run, i) => new SearchClause(run, i == runs.Length - 1))]);
        return true;
    }

    /// <summary>Whether it matches a text's words.</summary>
    /// <param name="line">The words, a space before and after each.</param>
    public bool Matches(string line) => Clauses.All(clause => clause.Matches(line));
}

/// <summary>A word, or the groups of a number.</summary>
/// <param name="Words">All of them must be there.</param>
/// <param name="IsLast">Whether of the last word the beginning is enough.</param>
public sealed record SearchClause(IReadOnlyList<string> Words, bool IsLast)
{
    /// <summary>The groups as one number, which is enough too.</summary>
    public string? Joined => Words.Count == 1 ? null : string.Concat(Words);

    /// <summary>The clause as an engine spells it.</summary>
    /// <param name="word">Spells a word, which is of letters and digits only; whether its beginning is enough.</param>
    /// <param name="and">Between what must both hold.</param>
    /// <param name="or">Between what is enough by itself.</param>
    public string Spell(Func<string, bool, string> word, string and, string or)
    {
        string words = string.Join(and, Words.Select((w, i) => word(w, IsLast && i == Words.Count - 1)));
        return Joined is { } joined ? $"(({words}){or}{word(joined, IsLast)})" : words;
    }

    internal bool Matches(string line)
    {
        return Words.Select((w, i) => Has(w, IsLast && i == Words.Count - 1)).All(has => has) || (Joined is { } joined && Has(joined, IsLast));

        bool Has(string word, bool isBeginning) => line.Contains(isBeginning ? " " + word : $" {word} ", StringComparison.Ordinal);
    }
}
