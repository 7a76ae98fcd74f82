using ChannelHub.Api;
using ChannelHub.Attachments;
using ChannelHub.Core.Ids;
using ChannelHub.Events;
using ChannelHub.Storage.Access;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Search;
using ChannelHub.WebChat;

namespace ChannelHub.Customers;

/// <summary>Erases people: the rows in one transaction, and then what is outside of them.</summary>
internal sealed class CustomerErasure(Database database, SearchFollower search, UnusedFiles files, EventTail tail, VisitorStreams streams) : IDisposable
{
    private readonly SemaphoreSlim scrubbing = new(1);
    private int asked;
    private int scrubbed;

    /// <summary>Erases a customer by the id of its oldest identity; false if it is not one any more.</summary>
    public async Task<bool> EraseAsync(long customer, string actor, IdempotencyClaim? claim)
    {
        ErasedPerson? person = await database.WriteAsync(session =>
        {
            if (IdentityStore.CustomerOf(session, customer) != customer)
                return null;
            ErasedPerson erased = Erasure.Erase(session, customer, actor);
            claim?.Complete(session, StatusCodes.Status204NoContent, location: null, [], contentType: null);
            session.AfterCommit(tail.Drop);
            return erased;
        });
        if (person is null)
            return false;
        foreach (VisitorKey visitor in person.Visitors)
            streams.End(visitor.ChannelId, visitor.Value, "ended");
        foreach (string sha256 in person.Files.Select(f => f.Sha256).OfType<string>().Distinct())
            await files.DeleteAsync(sha256);
        await BlankAnswersAsync(person);
        await ForgetWordsAsync(person);
        await ScrubAsync();
        return true;
    }

    public void Dispose() => scrubbing.Dispose();

    /// <summary>First answers that are kept for repetitions show customers as they were.</summary>
    private async Task BlankAnswersAsync(ErasedPerson person)
    {
        string[] ids = [.. person.Identities.SelectMany(id => new[] { HubId.Format(IdPrefix.Customer, id), HubId.Format(IdPrefix.Identity, id) })
            .Concat(person.Files.Select(file => HubId.Format(IdPrefix.Attachment, file.Id)))];
        List<IdempotencyKey> keys = [.. ids.SelectMany(id => database.Read(session => IdempotencyStore.Showing(session, id))).Distinct()];
        if (keys.Count > 0)
            await database.WriteAsync(session => keys.ForEach(key => IdempotencyStore.Blank(session, key)));
    }

    private async Task ForgetWordsAsync(ErasedPerson person)
    {
        try
        {
            await Task.Run(() => search.Forget(person.Identities));
        }
        catch (StoreUnavailableException)
        {
            // The log tells the index again as soon as it can be written.
        }
    }

    /// <summary>Ends once the data has been scrubbed after this call; people who are erased at the same time share one.</summary>
    private async Task ScrubAsync()
    {
        int mine = Interlocked.Increment(ref asked);
        await scrubbing.WaitAsync();
        try
        {
            if (scrubbed >= mine)
                return;
            int upTo = Volatile.Read(ref asked);
            await Task.Run(database.Scrub);
            scrubbed = upTo;
        }
        finally
        {
            scrubbing.Release();
        }
    }
}
