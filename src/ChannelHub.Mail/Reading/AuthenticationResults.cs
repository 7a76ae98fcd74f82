using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Reading;

/// <summary>One method's outcome in an Authentication-Results header.</summary>
/// <param name="Method"><c>dkim</c>, <c>spf</c>, <c>dmarc</c>, … in lower case.</param>
/// <param name="Result"><c>pass</c>, <c>fail</c>, <c>none</c>, … in lower case.</param>
/// <param name="Properties"><c>header.from</c>, <c>smtp.mailfrom</c>, … with their values.</param>
public sealed record AuthenticationResult(string Method, string Result, IReadOnlyList<KeyValuePair<string, string>> Properties)
{
    /// <summary>The first property of that name.</summary>
    public string? this[string name]
    {
        get
        {
            foreach ((string key, string value) in Properties)
            {
                if (key == name)
                    return value;
            }
            return null;
        }
    }
}

/// <summary>An Authentication-Results header (RFC 8601). Who wrote it must be known before a word of it counts.</summary>
/// <param name="ServerId">The server that claims to have checked.</param>
/// <param name="Results">What it found.</param>
public sealed record AuthenticationResults(string ServerId, IReadOnlyList<AuthenticationResult> Results)
{
    private const int MostResults = 100;

    /// <summary>Reads a header's value; never throws, and reads nothing out of what is damaged.</summary>
    public static AuthenticationResults Parse(string value)
    {
        List<List<string>> clauses = Clauses(value);
        string server = clauses.Count > 0 && clauses[0].Count > 0 ? clauses[0][0].ToLowerInvariant() : "";
        List<AuthenticationResult> results = [];
        foreach (List<string> clause in clauses.Skip(1).Take(MostResults))
        {
            if (Read(clause) is { } result)
                results.Add(result);
        }
        return new AuthenticationResults(server, results);
    }

    private static AuthenticationResult? Read(List<string> words)
    {
        List<KeyValuePair<string, string>> pairs = [];
        for (int i = 0; i + 2 < words.Count; i++)
        {
            if (words[i + 1] == "=")
                pairs.Add(new(words[i].ToLowerInvariant(), words[i + 2]));
        }
        if (pairs.Count == 0 || words.Count < 3 || words[1] != "=")
            return null;
        string method = pairs[0].Key;
        int version = method.IndexOf('/');
        return new AuthenticationResult(version < 0 ? method : method[..version], pairs[0].Value.ToLowerInvariant(), pairs[1..]);
    }

    /// <summary>Words and equals signs between semicolons; comments are passed over, quotes undone.</summary>
    private static List<List<string>> Clauses(string value)
    {
        List<List<string>> clauses = [[]];
        int at = 0;
        while (at < value.Length)
        {
            char c = value[at];
            if (c == ';')
            {
                clauses.Add([]);
                at++;
            }
            else if (c == '(')
            {
                at = AfterComment(value, at);
            }
            else if (c == '"')
            {
                int end = value.IndexOf('"', at + 1);
                end = end < 0 ? value.Length : end;
                clauses[^1].Add(value[(at + 1)..end]);
                at = end + 1;
            }
            else if (c is ' ' or '=')
            {
                if (c == '=')
                    clauses[^1].Add("=");
                at++;
            }
            else
            {
                int length = value.AsSpan(at).IndexOfAny(" ;=(\"");
                int end = length < 0 ? value.Length : at + length;
                clauses[^1].Add(value[at..end]);
                at = end;
            }
        }
        return clauses;
    }

    private static int AfterComment(string value, int at)
    {
        int depth = 0;
        do
        {
            char c = value[at++];
            if (c == '\\')
                at++;
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        }
        while (depth > 0 && at < value.Length);
        return at;
    }
}
