namespace ChannelHub.Mail.Mime;

/// <summary>Tells field lines from other lines.</summary>
internal static class HeaderLine
{
    /// <summary>Length of the field name the line begins with; 0 when it begins with none.</summary>
    public static int NameLength(ReadOnlySpan<byte> line)
    {
        int colon = line[..Math.Min(line.Length, 1_000)].IndexOf((byte)':');
        if (colon <= 0)
            return 0;
        ReadOnlySpan<byte> name = line[..colon].TrimEnd(" \t"u8);
        return name.IsEmpty || name.ContainsAnyExceptInRange((byte)'!', (byte)'~') ? 0 : name.Length;
    }
}

/// <summary>Makes fields out of the lines of one header block.</summary>
internal sealed class HeaderCollector(ReadOnlyMemory<byte> memory, HeaderList fields, MimeBudget budget, Func<int, bool> nextIsField)
{
    private int nameStart = -1;
    private int nameLength;
    private int valueStart;
    private int valueEnd;

    /// <summary>Takes a line; false when it is none of the headers and the body begins with it.</summary>
    public bool Take(int start, int end, int after, bool isFirst)
    {
        ReadOnlySpan<byte> line = memory.Span[start..end];
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            if (nameStart >= 0)
                valueEnd = end;
            else
                budget.Note(MailDefects.BadHeaderLine);
            return true;
        }
        int length = HeaderLine.NameLength(line);
        if (length > 0)
        {
            Done();
            nameStart = start;
            nameLength = length;
            valueStart = start + line.IndexOf((byte)':') + 1;
            valueEnd = end;
            return true;
        }
        if (line.StartsWith("From "u8) || line.StartsWith(">From "u8))
            return true; // a mailbox file's separator
        if (!nextIsField(after))
            return false;
        // More headers follow, so this is a continuation that lost its indent.
        budget.Note(MailDefects.BadHeaderLine);
        if (!isFirst && nameStart >= 0)
            valueEnd = end;
        return true;
    }

    public void Done()
    {
        if (nameStart < 0)
            return;
        if (budget.TakeHeader())
        {
            ReadOnlyMemory<byte> value = memory[valueStart..valueEnd];
            if (value.Length > budget.Limits.HeaderBytes)
            {
                budget.Note(MailDefects.HeaderTooLong);
                value = value[..budget.Limits.HeaderBytes];
            }
            if (value.Span.Contains((byte)0))
                budget.Note(MailDefects.NulInHeader);
            if (!System.Text.Ascii.IsValid(value.Span) && !System.Text.Unicode.Utf8.IsValid(value.Span))
                budget.Note(MailDefects.EightBitHeader);
            fields.Add(new HeaderField(memory.Slice(nameStart, nameLength), value));
        }
        nameStart = -1;
    }
}
