using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Engine;

/// <summary>A write given as a function; its result is answered after the commit.</summary>
internal sealed class DelegateWork<T>(Func<WriteSession, Committer, T> write) : Writer.Work
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? result;

    public Task<T> Task => answer.Task;

    public override void Execute(WriteSession session, Committer committer) => result = write(session, committer);

    public override void Complete() => answer.SetResult(result!);

    public override void Fail(Exception exception) => answer.SetException(exception);
}
