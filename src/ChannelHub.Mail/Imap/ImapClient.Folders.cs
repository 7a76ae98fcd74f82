using System.Buffers;
using System.Globalization;
using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Imap;

// Folders, and the mails in them.
public sealed partial class ImapClient
{
    private static readonly SearchValues<char> NoFlag = SearchValues.Create(" (){%*\"]\r\n\0");

    /// <summary>The folders of the mailbox.</summary>
    public async Task<IReadOnlyList<ImapFolder>> ListAsync(CancellationToken cancellation)
    {
        List<ImapFolder> folders = [];
        await RunAsync(["LIST", ImapArgument.String(""), ImapArgument.String("*")], response =>
        {
            if (response.Word == "LIST" && response.Values() is [_, { List: { } attributes }, _, { } name, ..])
                folders.Add(new ImapFolder(Utf7.DecodeFolder(name.AsText), [.. attributes.Select(a => a.AsText)]));
        }, cancellation);
        return folders;
    }

    /// <summary>Opens a folder; null when the server refuses, with its words in <see cref="Alert"/>.</summary>
    public async Task<ImapSelected?> SelectAsync(string folder, bool readOnly, CancellationToken cancellation)
    {
        ImapSelected selected = new(0, 0, 0, readOnly);
        ImapReply reply = await RunAsync([readOnly ? "EXAMINE" : "SELECT", ImapArgument.String(Utf7.EncodeFolder(folder))], response =>
        {
            if (response.Word == "OK")
                selected = Numbered(selected, response.Reply().Code);
            else if (response.Values() is [{ } count, { Text: { } what }, ..] && what.Equals("EXISTS", StringComparison.OrdinalIgnoreCase))
                selected = selected with { Exists = count.AsNumber };
        }, cancellation);
        if (!reply.IsOk)
        {
            Alert = reply.Text;
            return null;
        }
        return selected with { IsReadOnly = readOnly || reply.Code.Equals("READ-ONLY", StringComparison.OrdinalIgnoreCase) };
    }

    /// <summary>The UIDs above that one, lowest first, at most <paramref name="most"/>; and how many there are altogether.</summary>
    public async Task<(IReadOnlyList<uint> Uids, int All)> SearchAboveAsync(uint last, int most, CancellationToken cancellation)
    {
        if (last == uint.MaxValue)
            return ([], 0);
        hasNews = false;
        // The range always matches the newest mail, even when that is an old one.
        SortedSet<uint> found = await SearchAsync(string.Create(CultureInfo.InvariantCulture, $"{last + 1}:*"), uid => uid > last, cancellation);
        return ([.. found.Take(most)], found.Count);
    }

    /// <summary>The UIDs up to that one of mails that are not marked as deleted, lowest first, at most <paramref name="most"/>.</summary>
    public async Task<IReadOnlyList<uint>> SearchUpToAsync(uint last, int most, CancellationToken cancellation) => last == 0
        ? []
        : [.. (await SearchAsync(string.Create(CultureInfo.InvariantCulture, $"1:{last} UNDELETED"), uid => uid > 0 && uid <= last, cancellation)).Take(most)];

    /// <summary>What the server tells about those mails; the ones that are gone are left out.</summary>
    public async Task<IReadOnlyList<ImapMail>> DescribeAsync(IReadOnlyList<uint> uids, CancellationToken cancellation)
    {
        Dictionary<uint, ImapMail> mails = [];
        HashSet<uint> wanted = [.. uids];
        foreach (uint[] piece in uids.Chunk(options.PieceMails))
        {
            await RunAsync(["UID", "FETCH", string.Join(',', piece), "(UID FLAGS RFC822.SIZE INTERNALDATE)"], response =>
            {
                if (ImapFetch.Read(response) is { Uid: { } uid, Size: { } size } fetch && wanted.Contains(uid))
                    mails[uid] = new ImapMail(uid, size, fetch.Flags ?? [], fetch.Received);
            }, cancellation);
        }
        return [.. uids.Where(mails.ContainsKey).Select(u => mails[u])];
    }

    /// <summary>Writes a mail to a stream piece by piece and leaves its flags alone; stops at <paramref name="most"/> bytes.</summary>
    public async Task<ImapFetched> FetchAsync(uint uid, Stream target, long most, CancellationToken cancellation)
    {
        long offset = 0;
        while (true)
        {
            int wanted = (int)Math.Min(options.PieceBytes, most - offset + 1);
            byte[]? piece = null;
            string part = string.Create(CultureInfo.InvariantCulture, $"(UID BODY.PEEK[]<{offset}.{wanted}>)");
            await RunAsync(["UID", "FETCH", uid.ToString(CultureInfo.InvariantCulture), part], response =>
            {
                if (ImapFetch.Read(response) is { Body: { } body } fetch && (fetch.Uid is null || fetch.Uid == uid))
                    piece = body;
            }, cancellation);
            if (piece is null)
                return offset == 0 ? ImapFetched.Gone : ImapFetched.Whole;
            if (piece.Length > wanted)
                throw new MailConnectionException("the server sent more than was asked for");
            int take = (int)Math.Min(piece.Length, most - offset);
            await target.WriteAsync(piece.AsMemory(0, take), cancellation);
            offset += take;
            if (take < piece.Length)
                return ImapFetched.Cut;
            if (piece.Length < wanted)
                return ImapFetched.Whole;
        }
    }

    /// <summary>Sets or takes away flags such as <c>\Seen</c>.</summary>
    public Task<ImapReply> FlagAsync(uint uid, IReadOnlyList<string> flags, bool set, CancellationToken cancellation)
    {
        if (flags.Any(f => f.AsSpan().ContainsAny(NoFlag)))
            throw new ArgumentException("a flag holds what no flag can", nameof(flags));
        return RunAsync(["UID", "STORE", uid.ToString(CultureInfo.InvariantCulture), set ? "+FLAGS.SILENT" : "-FLAGS.SILENT", "(" + string.Join(' ', flags) + ")"], null, cancellation);
    }

    /// <summary>Moves a mail into another folder; copies and removes it where the server knows no move.</summary>
    public async Task<ImapReply> MoveAsync(uint uid, string folder, CancellationToken cancellation)
    {
        string number = uid.ToString(CultureInfo.InvariantCulture);
        ImapArgument target = ImapArgument.String(Utf7.EncodeFolder(folder));
        if (Has("MOVE"))
            return await RunAsync(["UID", "MOVE", number, target], null, cancellation);
        ImapReply copied = await RunAsync(["UID", "COPY", number, target], null, cancellation);
        if (!copied.IsOk)
            return copied;
        ImapReply marked = await FlagAsync(uid, ["\\Deleted"], set: true, cancellation);
        // Without UIDPLUS an expunge would take along what others have marked, so ours stays marked.
        return marked.IsOk && Has("UIDPLUS") ? await RunAsync(["UID", "EXPUNGE", number], null, cancellation) : marked;
    }

    /// <summary>
    /// Returns when there is reason to look for mail: something changed since the last search began, or the time is over. Uses IDLE where
    /// there is it, issued anew on every call, else waits <paramref name="poll"/> and asks.
    /// </summary>
    public async Task WaitAsync(TimeSpan idle, TimeSpan poll, CancellationToken cancellation)
    {
        // A server that told of a mail while it searched does not tell of it again.
        if (hasNews)
            return;
        if (Has("IDLE") && await IdleAsync(idle, cancellation))
            return;
        capabilities.Remove("IDLE"); // offered and then refused
        await Task.Delay(poll, options.Clock, cancellation);
        await RunAsync(["NOOP"], null, cancellation);
    }

    private async Task<SortedSet<uint>> SearchAsync(string range, Func<uint, bool> isWanted, CancellationToken cancellation)
    {
        SortedSet<uint> found = [];
        await RunAsync(["UID", "SEARCH", "UID", range], response =>
        {
            if (response.Word == "SEARCH")
                found.UnionWith(response.Values().Skip(1).Select(value => value.AsNumber).Where(isWanted));
        }, cancellation);
        return found;
    }

    /// <summary>False when the server refuses to.</summary>
    private async Task<bool> IdleAsync(TimeSpan longest, CancellationToken cancellation)
    {
        string tag = await wire.SendAsync(["IDLE"], cancellation);
        using CancellationTokenSource over = new(longest, options.Clock);
        TaskCompletionSource timeUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = over.Token.Register(() => timeUp.TrySetResult());
        bool done = false;
        for (int count = 0; count < options.Responses; count++)
        {
            // The read goes on while we say DONE: a read broken off would lose what it has begun.
            Task<ImapResponse> reading = wire.ReadAsync(cancellation, done ? null : longest + options.Patience);
            if (!done && await Task.WhenAny(reading, timeUp.Task) != reading)
            {
                done = true;
                await wire.SendLineAsync("DONE", cancellation);
            }
            ImapResponse response = await reading;
            if (response.Tag == tag)
                return done || response.Reply().IsOk;
            if (response.Tag == "*" && response.Word == "BYE")
                throw new MailConnectionException("the server ended the connection: " + response.Reply().Text);
            bool changed = response.Tag == "*" && (response.Line.EndsWith(" EXISTS", StringComparison.OrdinalIgnoreCase) || response.Line.EndsWith(" EXPUNGE", StringComparison.OrdinalIgnoreCase));
            if (changed && !done)
            {
                done = true;
                await wire.SendLineAsync("DONE", cancellation);
            }
        }
        throw new MailConnectionException("the server does not stop talking");
    }

    private static ImapSelected Numbered(ImapSelected selected, string code)
    {
        string[] words = code.Split(' ');
        if (words.Length < 2 || words[0].ToUpperInvariant() is not ("UIDVALIDITY" or "UIDNEXT"))
            return selected;
        uint number = new ImapValue(words[1], null, null).AsNumber;
        return words[0].Equals("UIDNEXT", StringComparison.OrdinalIgnoreCase) ? selected with { UidNext = number } : selected with { UidValidity = number };
    }
}
