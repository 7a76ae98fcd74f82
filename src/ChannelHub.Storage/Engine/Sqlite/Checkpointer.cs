using Dapper;
using Microsoft.Data.Sqlite;

namespace ChannelHub.Storage.Engine.Sqlite;

/// <summary>
/// Copies the write-ahead log into the database beside the writer, so that no commit pays for it. Once the log is long and nearly all
/// copied, it asks the writer to begin it anew.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    // Shorter logs copy hot pages again and again; longer ones make the rare restart felt (4,000 pages measured best).
    private const long CopyBytes = 16L << 20;
    private const long RestartBytes = 64L << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly string path;
    private readonly SqliteConnection connection;
    private readonly Action restartLog;
    private readonly ManualResetEventSlim stop = new();
    private readonly Thread thread;

    public Checkpointer(string path, SqliteConnection connection, Action restartLog)
    {
        this.path = path;
        this.connection = connection;
        this.restartLog = restartLog;
        thread = new Thread(Loop) { IsBackground = true, Name = "checkpointer" };
        thread.Start();
    }

    public void Dispose()
    {
        stop.Set();
        thread.Join();
        connection.Dispose();
        stop.Dispose();
    }

    private void Loop()
    {
        var log = new FileInfo(path + "-wal");
        long copiedAt = 0;
        while (!stop.Wait(Interval))
        {
            log.Refresh();
            if (!log.Exists || log.Length < CopyBytes)
                continue;
            try
            {
                (long _, long pages, long copied) = connection.QuerySingle<(long, long, long)>("PRAGMA wal_checkpoint(PASSIVE)");
                // The file keeps its size when the log begins anew, so the page count is what tells.
                if (pages * 4096 > RestartBytes && copied != copiedAt)
                    restartLog();
                copiedAt = copied;
            }
            catch (SqliteException)
            {
                // Full disk or a locked file: the writer meets the same and says so.
            }
        }
    }
}
