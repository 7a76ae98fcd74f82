namespace ChannelHub.Storage.Engine.Sqlite;

/// <summary>The one process that has the file does everything.</summary>
internal sealed class OnlyNode(long run) : WorkShare
{
    public override long Run => run;

    public override bool IsAlive => true;

    public override bool IsMine(string work) => true;

    public override void Dispose()
    {
        // Its row goes when the next process joins.
    }
}
