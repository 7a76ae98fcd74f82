using System.Runtime.CompilerServices;
using ChannelHub.Adapters;
using ChannelHub.Mail;
using ChannelHub.Mail.Imap;

namespace ChannelHub.Email;

/// <summary>One mailbox that this hub reads by IMAP.</summary>
internal sealed class EmailPollingChannel(EmailSettings settings, ChannelEnvironment environment) : EmailChannel(settings, environment), IMessagePuller
{
    private const int MostMails = 25;
    private const int MostSearched = 1_000;
    private const long BatchBytes = 16L * 1024 * 1024;

    // Long before anything on the way forgets a silent connection, and so that a server that has vanished is found out within a minute.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(30);

    private readonly EmailImap folder = settings.Imap!;

    public async IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellation)
    {
        (ImapClient? client, Fault? fault) = await Servers.ImapAsync(cancellation);
        if (client is null)
            throw fault!.Kind == FaultKind.NotAuthorized ? new PullRefusedException(fault) : new IOException(fault.Detail);
        await using (client)
        {
            bool moves = !string.IsNullOrEmpty(folder.ProcessedFolder);
            ImapSelected selected = await Told(client.SelectAsync(folder.Folder, readOnly: !moves, cancellation))
                ?? throw new PullRefusedException(new Fault(FaultKind.NotAuthorized, $"the mailbox has no folder {folder.Folder}"));
            ImapCursor at = selected.Resume(MailCursor.Read(cursor));
            // The first word tells the hub that the mailbox can be reached.
            yield return new PulledBatch([], MailCursor.Write(at));
            // What is behind the cursor is stored; a stop between storing and moving has left it here.
            if (moves)
                await MoveAsync(client, await Told(client.SearchUpToAsync(at.LastUid, MostSearched, cancellation)), cancellation);
            while (true)
            {
                (IReadOnlyList<uint> uids, int waiting) = await Told(client.SearchAboveAsync(at.LastUid, MostSearched, cancellation));
                if (uids.Count == 0)
                {
                    await Told(WaitAsync(client, cancellation));
                    continue;
                }
                Queue<ImapMail> mails = new(await Told(client.DescribeAsync(uids, cancellation)));
                waiting -= uids.Count;
                while (mails.Count > 0)
                {
                    List<uint> taken = [];
                    PulledBatch batch = await TakeAsync(client, mails, taken, at.UidValidity, cancellation);
                    yield return batch with { Waiting = waiting + mails.Count };
                    // The hub has stored the batch, since it asks for the next.
                    at = MailCursor.Read(batch.Cursor)!;
                    if (moves)
                        await MoveAsync(client, taken, cancellation);
                }
                // Numbers that were found and are described no more are of mails that somebody has just removed.
                at = at with { LastUid = Math.Max(at.LastUid, uids[^1]) };
            }
        }
    }

    private static async Task<PulledBatch> TakeAsync(
        ImapClient client, Queue<ImapMail> mails, List<uint> taken, uint validity, CancellationToken cancellation)
    {
        var items = new List<ReadOnlyMemory<byte>>();
        long bytes = 0;
        uint last = 0;
        while (mails.TryPeek(out ImapMail? mail) && items.Count < MostMails && (bytes == 0 || bytes + mail.Size <= BatchBytes))
        {
            mails.Dequeue();
            last = mail.Uid;
            if (mail.IsDeleted || await Told(FetchAsync(client, mail, cancellation)) is not { } item)
                continue;
            items.Add(item);
            taken.Add(mail.Uid);
            bytes += item.Length;
        }
        return new PulledBatch(items, MailCursor.Write(new ImapCursor(validity, last)));
    }

    /// <summary>The mail under its line; of one that is too large only the beginning. Null if it is gone.</summary>
    private static async Task<byte[]?> FetchAsync(ImapClient client, ImapMail mail, CancellationToken cancellation)
    {
        bool tooLarge = mail.Size > EmailChannelType.MaxMailBytes;
        using var content = new MemoryStream();
        ImapFetched fetched = await client.FetchAsync(mail.Uid, content, tooLarge ? EmailChannelType.StubBytes : EmailChannelType.MaxMailBytes, cancellation);
        if (fetched == ImapFetched.Gone)
            return null;
        byte[] line = MailItem.Line(mail.Received, fetched == ImapFetched.Cut ? Math.Max(mail.Size, content.Length) : null);
        return [.. line, .. content.GetBuffer().AsSpan(0, (int)content.Length)];
    }

    private async Task MoveAsync(ImapClient client, IReadOnlyList<uint> taken, CancellationToken cancellation)
    {
        foreach (uint uid in taken)
        {
            // One that cannot be moved stays where it is; it is stored, and the cursor is behind it.
            await Told(client.MoveAsync(uid, folder.ProcessedFolder!, cancellation));
        }
    }

    private static async Task<bool> WaitAsync(ImapClient client, CancellationToken cancellation)
    {
        await client.WaitAsync(Idle, Poll, cancellation);
        return true;
    }

    private static async Task<T> Told<T>(Task<T> asked)
    {
        try
        {
            return await asked;
        }
        catch (MailConnectionException lost)
        {
            throw new IOException(lost.Message, lost);
        }
    }
}
