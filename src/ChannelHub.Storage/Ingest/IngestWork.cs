using ChannelHub.Adapters;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>An input on its way through the writer. One that fails for its data is written again as quarantined: it is authentic, so it is kept.</summary>
internal sealed class IngestWork(Intake intake, Action<Writer.Work> post) : Writer.Work
{
    private readonly TaskCompletionSource<IngestOutcome> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Intake current = intake;
    private bool isolated;
    private IngestOutcome? outcome;

    public Task<IngestOutcome> Task => answer.Task;

    public override Intake? Plain => Lookahead.IsFor(current) ? current : null;

    public override void Execute(WriteSession session, Committer committer) => outcome = committer.Commit(current);

    public override void Complete() => answer.SetResult(outcome!);

    public override void Fail(Exception exception)
    {
        if (exception is StoreUnavailableException || isolated)
        {
            answer.SetException(exception);
            return;
        }
        isolated = true;
        current = current with { Entries = [.. current.Entries.Select(e => Isolate(e, exception))] };
        try
        {
            post(this);
        }
        catch (StoreUnavailableException full)
        {
            answer.SetException(full);
        }
    }

    private static IntakeEntry Isolate(IntakeEntry entry, Exception exception) =>
        entry is IntakeEntry.Understood ? new IntakeEntry.Unreadable("the store refused it: " + exception.GetType().Name) : entry;
}
