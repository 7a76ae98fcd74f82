using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>
/// One pass over the bytes of a message. Open containers lie on a stack of our own: depth is a counted limit and never the thread's stack.
/// </summary>
internal sealed class MimeScan(ReadOnlyMemory<byte> memory, MimeBudget budget, int depth, MimePart? parent)
{
    private readonly List<Open> stack = [];
    private readonly MimeBoundaries boundaries = new();
    private readonly List<MimePart> encodedMessages = [];
    private byte lineEnd = (byte)'\n';
    private int position;

    public MimeMessage Run()
    {
        ReadOnlySpan<byte> start = memory.Span[..Math.Min(memory.Length, 65_536)];
        if (!start.Contains((byte)'\n') && start.Contains((byte)'\r'))
        {
            lineEnd = (byte)'\r';
            budget.Note(MailDefects.BareCarriageReturns);
        }

        MimePart root = new("text/plain", parent);
        MimeMessage message = new(root, memory);
        SkipLeadingBlankLines();
        Enter(root);
        Fill();
        foreach (MimePart part in encodedMessages)
            part.Message = new MimeScan(TransferDecoding.Decode(part.Body, part.TransferEncoding), budget, depth + DepthOf(part), part).Run();
        message.Defects = budget.Defects;
        return message;
    }

    /// <summary>Runs from boundary to boundary until the bytes end.</summary>
    private void Fill()
    {
        while (NextBoundary() is { } hit)
        {
            CloseDownTo(hit.Level, hit.ContentEnd);
            position = hit.After;
            if (hit.Closes)
            {
                Pop();
                continue;
            }
            if (!budget.TakePart())
            {
                position = memory.Length;
                break;
            }
            MimePart holder = stack[hit.Level].Part;
            MimePart child = new(holder.MediaType == "multipart/digest" ? "message/rfc822" : "text/plain", holder);
            holder.ChildList.Add(child);
            Enter(child);
        }
        if (stack.Exists(o => o.Boundary is not null))
            budget.Note(MailDefects.NotClosed);
        CloseDownTo(-1, memory.Length);
    }

    /// <summary>Reads a part's headers and opens it; messages inside are entered at once, since their headers follow directly.</summary>
    private void Enter(MimePart part)
    {
        while (true)
        {
            ReadHeaders(part);
            string type = part.MediaType;
            bool tooDeep = depth + stack.Count >= budget.Limits.Depth;
            if (type.StartsWith("multipart/", StringComparison.Ordinal) && !tooDeep)
            {
                Push(part, BoundaryOf(part));
                return;
            }
            bool holdsMessage = type is "message/rfc822" or "message/global" or "message/news";
            if (tooDeep && (holdsMessage || part.IsMultipart))
                budget.Note(MailDefects.TooDeep);
            Push(part, boundary: null);
            if (!holdsMessage || tooDeep || !budget.TakePart())
                return;
            if (TransferDecoding.Changes(part.TransferEncoding))
            {
                encodedMessages.Add(part);
                return;
            }
            MimePart inner = new("text/plain", part);
            part.Message = new MimeMessage(inner, default);
            part = inner;
        }
    }

    private void Push(MimePart part, string? boundary)
    {
        int hidden = boundary is null ? 0 : boundaries.Open(boundary, stack.Count);
        stack.Add(new Open(part, boundary, hidden, position));
    }

    private void Pop()
    {
        Open top = stack[^1];
        stack.RemoveAt(stack.Count - 1);
        if (top.Boundary is null)
            return;
        if (top.Part.ChildList.Count == 0)
            budget.Note(MailDefects.BoundaryMissing);
        boundaries.Close(top.Boundary, top.Hidden);
    }

    /// <summary>Everything above that level ends here; the level itself gets its end too, which the next boundary may move.</summary>
    private void CloseDownTo(int level, int end)
    {
        while (stack.Count - 1 > level)
        {
            End(stack[^1], end);
            if (stack[^1].Boundary is not null && level >= 0)
                budget.Note(MailDefects.NotClosed);
            Pop();
        }
        if (level >= 0)
            End(stack[level], end);
    }

    private void End(Open open, int end)
    {
        int bodyEnd = Math.Max(end, open.BodyStart);
        open.Part.Body = memory[open.BodyStart..bodyEnd];
        if (open.Part.Message is { } inner)
            inner.Raw = open.Part.Body;
    }

    private Hit? NextBoundary()
    {
        ReadOnlySpan<byte> data = memory.Span;
        if (boundaries.None)
            return null;
        int line = position;
        while (line < data.Length)
        {
            if (!data[line..].StartsWith("--"u8))
            {
                int dash = lineEnd == '\n' ? data[line..].IndexOf("\n--"u8) : data[line..].IndexOf("\r--"u8);
                if (dash < 0)
                    return null;
                line += dash + 1;
            }
            int end = LineEnd(line, out int after);
            if (boundaries.Match(data[line..end], out bool closes) is int level)
                return new Hit(level, closes, ContentEnd(line), after);
            line = after;
        }
        return null;
    }

    /// <summary>The line end before a boundary belongs to the boundary.</summary>
    private int ContentEnd(int line)
    {
        ReadOnlySpan<byte> data = memory.Span;
        int end = line;
        if (end > position && data[end - 1] == lineEnd)
            end--;
        if (lineEnd == '\n' && end > position && data[end - 1] == '\r')
            end--;
        return end;
    }

    private string? BoundaryOf(MimePart part)
    {
        string? named = part.ContentType["boundary"];
        if (!string.IsNullOrEmpty(named) && named.Length <= MimeBoundaries.Longest)
            return named;
        budget.Note(MailDefects.BoundaryMissing);
        return GuessBoundary();
    }

    /// <summary>A line of two hyphens with a Content- field right after it can hardly be anything else.</summary>
    private string? GuessBoundary()
    {
        ReadOnlySpan<byte> data = memory.Span;
        int line = position;
        while (line < data.Length)
        {
            int end = LineEnd(line, out int after);
            ReadOnlySpan<byte> text = data[line..end];
            if (text.StartsWith("--"u8))
            {
                if (boundaries.Match(text, out _) is not null)
                    return null;
                ReadOnlySpan<byte> name = text[2..].TrimEnd(" \t"u8);
                if (name.Length is > 0 and <= MimeBoundaries.Longest && data[after..].Length >= 8 && Ascii.EqualsIgnoreCase(data.Slice(after, 8), "content-"u8))
                    return Encoding.Latin1.GetString(name);
            }
            line = after;
        }
        return null;
    }

    private void SkipLeadingBlankLines()
    {
        int line = 0;
        while (line < memory.Length)
        {
            int end = LineEnd(line, out int after);
            if (end > line)
            {
                if (line > 0 && HeaderLine.NameLength(memory.Span[line..end]) > 0)
                    position = line;
                return;
            }
            line = after;
        }
    }

    private void ReadHeaders(MimePart part)
    {
        HeaderCollector fields = new(memory, part.Headers, budget, NextIsField);
        int first = position;
        while (position < memory.Length)
        {
            int end = LineEnd(position, out int after);
            ReadOnlySpan<byte> line = memory.Span[position..end];
            if (line.IsEmpty)
            {
                position = after;
                fields.Done();
                return;
            }
            bool atBoundary = line.StartsWith("--"u8) && boundaries.Match(line, out _) is not null;
            if (atBoundary || !fields.Take(position, end, after, position == first))
            {
                budget.Note(MailDefects.NoHeaderEnd);
                break;
            }
            position = after;
        }
        fields.Done();
    }

    private bool NextIsField(int line)
    {
        // One indented line may come first: the rest of a field that was torn apart.
        if (line < memory.Length && memory.Span[line] is (byte)' ' or (byte)'\t')
            LineEnd(line, out line);
        if (line >= memory.Length)
            return false;
        // Only the name is looked at, so a long line costs nothing here.
        ReadOnlySpan<byte> next = memory.Span[line..Math.Min(memory.Length, line + 80)];
        return HeaderLine.NameLength(next) is > 0 and < 60;
    }

    private int LineEnd(int line, out int after)
    {
        ReadOnlySpan<byte> data = memory.Span;
        int length = data[line..].IndexOf(lineEnd);
        if (length < 0)
        {
            after = data.Length;
            return data.Length;
        }
        after = line + length + 1;
        int end = line + length;
        return lineEnd == '\n' && end > line && data[end - 1] == '\r' ? end - 1 : end;
    }

    private int DepthOf(MimePart part)
    {
        int levels = 1;
        for (MimePart? up = part.Parent; up is not null && up != parent; up = up.Parent)
            levels++;
        return levels;
    }

    private readonly record struct Hit(int Level, bool Closes, int ContentEnd, int After);

    // Hidden: what opening its boundary gave back.
    private sealed record Open(MimePart Part, string? Boundary, int Hidden, int BodyStart);
}
