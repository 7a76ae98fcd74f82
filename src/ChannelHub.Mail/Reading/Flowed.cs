using System.Text;
using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Reading;

/// <summary>Text whose paragraphs were cut into lines to be joined again (RFC 3676).</summary>
internal static class Flowed
{
    public static string Unwrap(string text, ContentHeader type)
    {
        if (!"flowed".Equals(type["format"], StringComparison.OrdinalIgnoreCase))
            return text;
        bool deleteSpace = "yes".Equals(type["delsp"], StringComparison.OrdinalIgnoreCase);
        StringBuilder joined = new(text.Length);
        int openDepth = -1;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int depth = line.IndexOfAnyExcept('>');
            depth = depth < 0 ? line.Length : depth;
            ReadOnlySpan<char> content = line[depth..];
            if (content.StartsWith(" "))
                content = content[1..]; // stuffed
            bool signature = content.SequenceEqual("-- ");
            if (openDepth != depth || signature)
            {
                if (openDepth >= 0)
                    joined.Append('\n');
                joined.Append('>', depth);
                if (depth > 0)
                    joined.Append(' ');
            }
            bool soft = content.EndsWith(" ") && !signature;
            joined.Append(soft && deleteSpace ? content[..^1] : content);
            openDepth = soft ? depth : -1;
            if (!soft)
                joined.Append('\n');
        }
        if (joined.Length > 0 && joined[^1] == '\n' && !text.EndsWith('\n'))
            joined.Length--;
        return joined.ToString();
    }
}
