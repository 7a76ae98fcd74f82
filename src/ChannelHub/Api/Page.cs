using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Api;

/// <summary>One page of a list.</summary>
/// <param name="Data">The entries.</param>
/// <param name="Next">Cursor of the next page; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Data, string? Next);

/// <summary>Reading <c>limit</c> and <c>cursor</c>. A cursor is opaque to clients: the sort key of the last entry, as numbers, in base64url.</summary>
public static class Paging
{
    public const int Default = 50;
    public const int Max = 200;

    /// <summary>Reads <c>limit</c>; false with the answer to give.</summary>
    public static bool TryLimit(string? text, out int limit, [NotNullWhen(false)] out ProblemHttpResult? problem, int max = Max, int @default = Default)
    {
        limit = @default;
        problem = null;
        if (text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= max))
            return true;
        problem = Problem.Invalid("limit", string.Create(CultureInfo.InvariantCulture, $"must be a number from 1 to {max}"));
        return false;
    }

    /// <summary>Makes a cursor of numbers.</summary>
    public static string Encode(params ReadOnlySpan<long> key)
    {
        var text = new StringBuilder();
        foreach (long number in key)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length == 0 ? "" : ".")}{number}");
        return Base64Url.EncodeToString(Encoding.ASCII.GetBytes(text.ToString()));
    }

    /// <summary>Reads a cursor of exactly as many numbers as <paramref name="key"/> has room for; false with the answer to give.</summary>
    public static bool TryDecode(string cursor, Span<long> key, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        problem = null;
        if (cursor.Length <= 200 && Base64Url.IsValid(cursor))
        {
            string[] numbers = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor)).Split('.');
            bool good = numbers.Length == key.Length;
            for (int i = 0; good && i < numbers.Length; i++)
                good = long.TryParse(numbers[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out key[i]);
            if (good)
                return true;
        }
        problem = Problem.Invalid("cursor", "is not a cursor of this list; begin without one");
        return false;
    }
}
