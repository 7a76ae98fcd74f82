using System.Globalization;

namespace ChannelHub.Mail.Mime;

/// <summary>Dates in headers: of today's form, of the old ones, and of none.</summary>
public static class MailDate
{
    private const string Months = "janfebmaraprmayjunjulaugsepoctnovdec";

    /// <summary>Reads a date; null when there is none in it.</summary>
    public static DateTimeOffset? Parse(string value)
    {
        Draft draft = new();
        foreach (string word in Words(value))
            draft.Take(word);
        if (draft.Result() is { } date)
            return date;
        bool iso = value.Length is >= 10 and < 40 && value.AsSpan().Trim()[..Math.Min(4, value.Trim().Length)].ContainsAnyExceptInRange('0', '9') is false;
        return iso && DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset read) ? read : null;
    }

    /// <summary>The form that every mail program writes today.</summary>
    public static string Format(DateTimeOffset date)
    {
        string text = date.ToString("ddd, dd MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture);
        TimeSpan offset = date.Offset.Duration();
        return text + (date.Offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hhmm", CultureInfo.InvariantCulture);
    }

    /// <summary>Words outside of comments; a header's worth of them is enough.</summary>
    private static IEnumerable<string> Words(string value)
    {
        int depth = 0;
        int start = -1;
        string text = value.Length > 200 ? value[..200] : value;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : ' ';
            depth = Math.Max(0, depth + (c == '(' ? 1 : c == ')' ? -1 : 0));
            bool inWord = depth == 0 && c is not (' ' or ',' or ')' or '\t');
            if (inWord && start < 0)
                start = i;
            if (inWord || start < 0)
                continue;
            yield return text[start..i];
            start = -1;
        }
    }

    private sealed class Draft
    {
        private int? day;
        private int? month;
        private int? year;
        private TimeSpan? time;
        private TimeSpan? zone;
        private bool senseless;

        public void Take(string word)
        {
            if (time is null && (word.Contains(':') || (word.Contains('.') && char.IsAsciiDigit(word[0]))))
                Time(word);
            else if (month is null && MonthOf(word) is { } named)
                month = named;
            else if (word.Contains('-') && word.Length > 5 && word[0] is not '-')
                Dashed(word);
            else if (word[0] is '+' or '-')
                zone ??= Offset(word);
            else if (char.IsAsciiDigit(word[0]) && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                Number(number, word.Length);
            else if (time is not null)
                zone ??= Named(word);
        }

        public DateTimeOffset? Result()
        {
            if (senseless || day is not { } d || month is not { } m || year is not { } y || y is < 1900 or > 9998 || d < 1 || d > DateTime.DaysInMonth(y, m))
                return null;
            DateTime local = new DateTime(y, m, d, 0, 0, 0, DateTimeKind.Unspecified) + (time ?? TimeSpan.Zero);
            return new DateTimeOffset(local, zone ?? TimeSpan.Zero);
        }

        private void Number(int number, int digits)
        {
            if (day is null && digits <= 2 && number is >= 1 and <= 31)
                day = number;
            else if (year is null && digits >= 2 && number < 10_000)
                year = digits > 2 ? number < 1000 ? number + 1900 : number : number < 50 ? number + 2000 : number + 1900;
            else if (digits == 4 && time is not null)
                zone ??= Offset("+" + number.ToString("0000", CultureInfo.InvariantCulture));
        }

        /// <summary>21-Nov-1997.</summary>
        private void Dashed(string word)
        {
            foreach (string piece in word.Split('-'))
            {
                if (piece.Length > 0)
                    Take(piece);
            }
        }

        private void Time(string word)
        {
            int end = 0;
            while (end < word.Length && (char.IsAsciiDigit(word[end]) || word[end] is ':' or '.'))
                end++;
            string[] pieces = word[..end].Split(':', '.');
            int[] numbers = new int[3];
            for (int i = 0; i < Math.Min(3, pieces.Length); i++)
            {
                if (pieces[i].Length > 2 || !int.TryParse(pieces[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                    return;
            }
            senseless |= numbers[0] > 24 || numbers[1] > 59 || numbers[2] > 60;
            if (senseless)
                return;
            time = new TimeSpan(numbers[0], numbers[1], Math.Min(numbers[2], 59));
            if (end < word.Length)
                Take(word[end..]);
        }

        private static int? MonthOf(string word)
        {
            if (word.Length < 3 || !char.IsAsciiLetter(word[2]))
                return null;
            int at = Months.IndexOf(word[..3].ToLowerInvariant(), StringComparison.Ordinal);
            return at >= 0 && at % 3 == 0 ? (at / 3) + 1 : null;
        }

        private static TimeSpan? Offset(string word)
        {
            string digits = word[1..].Replace(":", "", StringComparison.Ordinal);
            if (digits.Length is not (4 or 2) || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                return null;
            TimeSpan offset = digits.Length == 2 ? TimeSpan.FromHours(number) : new TimeSpan(number / 100, number % 100, 0);
            // Beyond what the earth has, the offset says nothing.
            return offset > TimeSpan.FromHours(14) || number % 100 > 59 ? TimeSpan.Zero : word[0] == '-' ? -offset : offset;
        }

        private static TimeSpan? Named(string word) => word.ToUpperInvariant() switch
        {
            "UT" or "GMT" or "UTC" or "Z" => TimeSpan.Zero,
            "EDT" => TimeSpan.FromHours(-4),
            "EST" or "CDT" => TimeSpan.FromHours(-5),
            "CST" or "MDT" => TimeSpan.FromHours(-6),
            "MST" or "PDT" => TimeSpan.FromHours(-7),
            "PST" => TimeSpan.FromHours(-8),
            "CET" or "MET" or "BST" => TimeSpan.FromHours(1),
            "CEST" or "EET" or "MEST" => TimeSpan.FromHours(2),
            "EEST" or "MSK" => TimeSpan.FromHours(3),
            "JST" or "KST" => TimeSpan.FromHours(9),
            { Length: > 3 } zone when zone.StartsWith("GMT", StringComparison.Ordinal) || zone.StartsWith("UTC", StringComparison.Ordinal) =>
                zone[3] is '+' or '-' ? Offset(zone[3..]) : null,
            _ => null, // single letters of the military were defined the wrong way round: no knowledge
        };
    }
}
