using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>
/// Encoded words in headers. Neighbours of one charset are joined as bytes first, since many senders cut in the middle of a character;
/// what is no whole encoded word stays as it is.
/// </summary>
public static class EncodedWords
{
    /// <summary>The text with every encoded word decoded.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains("=?", StringComparison.Ordinal))
            return text;
        StringBuilder decoded = new(text.Length);
        Pending pending = new(decoded);
        WordFinder finder = new(text);
        int at = 0;
        while (finder.Next(at) is { } word)
        {
            ReadOnlySpan<char> between = text.AsSpan(at, word.Start - at);
            if (pending.IsEmpty || !between.IsWhiteSpace())
            {
                pending.Flush();
                decoded.Append(between);
            }
            pending.Add(word);
            at = word.End;
        }
        pending.Flush();
        decoded.Append(text, at, text.Length - at);
        return HeaderText.OneLine(decoded.ToString());
    }

    internal readonly record struct Word(int Start, int End, string Charset, bool Quoted, string Content);

    /// <summary>Walks a text once; a failed search for an end is remembered, so a flood of beginnings costs nothing.</summary>
    internal sealed class WordFinder(string text)
    {
        private bool noMoreEnds;
        private int knownEnd = -1;

        public Word? Next(int from)
        {
            int start = from;
            while (!noMoreEnds && (start = text.IndexOf("=?", start, StringComparison.Ordinal)) >= 0)
            {
                if (At(start) is { } word)
                    return word;
                start += 2;
            }
            return null;
        }

        /// <summary>The encoded word that begins just there, if one does.</summary>
        public Word? At(int start)
        {
            if (noMoreEnds || string.CompareOrdinal(text, start, "=?", 0, 2) != 0)
                return null;
            ReadOnlySpan<char> head = text.AsSpan(start + 2, Math.Min(64, text.Length - start - 2));
            int question = head.IndexOf('?');
            if (question <= 0 || question + 2 >= head.Length || head[question + 2] != '?')
                return null;
            char kind = char.ToLowerInvariant(head[question + 1]);
            if (kind is not ('q' or 'b') || head[..question].ContainsAny(' ', '=', '"'))
                return null;
            int content = start + 2 + question + 3;
            if (knownEnd < content)
                knownEnd = text.IndexOf("?=", content, StringComparison.Ordinal);
            int end = knownEnd;
            noMoreEnds = end < 0;
            if (noMoreEnds)
                return null;
            // Another beginning inside means that this word lost its end.
            int another = text.IndexOf("=?", content, end - content, StringComparison.Ordinal);
            if (another > content && another + 2 < end)
                return null;
            return new Word(start, end + 2, head[..question].ToString(), kind == 'q', text[content..end]);
        }
    }

    private sealed class Pending(StringBuilder target)
    {
        private readonly List<byte[]> chunks = [];
        private string charset = "";

        public bool IsEmpty => chunks.Count == 0;

        public void Add(Word word)
        {
            if (!IsEmpty && !charset.Equals(word.Charset, StringComparison.OrdinalIgnoreCase))
                Flush();
            charset = word.Charset;
            // Illegal 8-bit content is kept: as UTF-8 it is what the sender meant.
            byte[] content = Encoding.UTF8.GetBytes(word.Content);
            chunks.Add(word.Quoted ? TransferDecoding.QuotedPrintable(content, underscoreIsSpace: true) : TransferDecoding.Base64Bytes(content));
        }

        public void Flush()
        {
            if (IsEmpty)
                return;
            byte[] bytes = chunks.Count == 1 ? chunks[0] : [.. chunks.SelectMany(c => c)];
            // Charsets with shift states begin anew in every word.
            if (charset.StartsWith("iso-2022", StringComparison.OrdinalIgnoreCase))
                chunks.ForEach(c => target.Append(Charsets.Decode(c, charset)));
            else
                target.Append(Charsets.Decode(bytes, charset));
            chunks.Clear();
        }
    }
}
