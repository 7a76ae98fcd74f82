using System.Globalization;
using ChannelHub.Attachments;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Postgres;
using ChannelHub.Storage.Moving;
using Npgsql;

namespace ChannelHub.Operation;

/// <summary><c>move --from data/ --to "Host=…"</c>: carries a stopped hub from its data folder to PostgreSQL. It can be broken off and called again.</summary>
internal sealed class MoveCommand(TimeProvider clock, TextWriter output, TextWriter errors)
{
    private const string Usage = """
        channelhub move --from <data folder> --to <connection string>
          The hub on the data folder must be stopped, and the database empty. Without --to, CHANNELHUB_DATABASE is taken (it does not show in lists of processes).
          May be broken off and called again.
        """;

    /// <param name="arguments">Those after <c>move</c>.</param>
    /// <param name="environmentDatabase">What CHANNELHUB_DATABASE says.</param>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, string? environmentDatabase)
    {
        string? from = null;
        string? to = environmentDatabase;
        for (int i = 0; i < arguments.Count; i += 2)
        {
            switch (arguments[i])
            {
                case "--from" when i + 1 < arguments.Count: from = arguments[i + 1]; break;
                case "--to" when i + 1 < arguments.Count: to = arguments[i + 1]; break;
                default: return Refuse(Usage);
            }
        }
        if (from is null || to is null)
            return Refuse(Usage);
        if (PostgresDialect.Problem(to) is { } problem)
            return Refuse($"--to cannot be used: {problem}.");
        if (!File.Exists(Path.Combine(from, "hub.db")))
            return Refuse($"There is no hub in '{from}'.");
        return DataFolder.Open(from) switch
        {
            DataFolderResult.Opened opened => await MoveAsync(opened.Folder, to),
            DataFolderResult.Refused refused => Refuse(refused.Problem),
            _ => throw new InvalidOperationException(),
        };
    }

    private async Task<int> MoveAsync(DataFolder folder, string to)
    {
        using (folder)
        using (var target = new PostgresDialect(to))
        {
            try
            {
                var mover = new Mover(folder.Database, target, clock);
                mover.Run(Say);
                int missing = await MoveFilesAsync(folder, target);
                mover.Complete();
                output.WriteLine(missing == 0 ? "All rows and files are there." : string.Create(CultureInfo.InvariantCulture, $"All rows are there; {missing} files were missing or damaged in the folder already and stay so."));
                output.WriteLine("Start the hub with CHANNELHUB_DATABASE and with the CHANNELHUB_MASTER_KEY it had (without one: the content of master.key in the data folder).");
                return 0;
            }
            catch (Exception failure) when (failure is MoveException or InvalidOperationException or NpgsqlException or IOException or StoreUnavailableException)
            {
                return Refuse("The move has stopped: " + failure.Message);
            }
        }
    }

    private async Task<int> MoveFilesAsync(DataFolder folder, PostgresDialect target)
    {
        using var database = new Database(target, clock, new IdGenerator(clock), duringMove: true);
        var source = new FolderFiles(database, folder.Attachments, folder.Temporary, settling: TimeSpan.Zero);
        var kept = new DatabaseFiles(database, folder.Temporary);
        List<NamedFile> files = database.Read(AttachmentStore.Named);
        int missing = 0;
        for (int i = 0; i < files.Count; i++)
        {
            (string sha256, long size) = files[i];
            if (database.Read(session => FileBytes.Find(session, sha256)) is null)
            {
                await using Stream? content = await source.OpenAsync(sha256, size, CancellationToken.None);
                if (content is null)
                    missing++;
                else
                    (await kept.WriteAsync(content, size, CancellationToken.None))!.Dispose();
            }
            if ((i + 1) % 100 == 0 || i + 1 == files.Count)
                Say(new MoveProgress("files", i + 1, files.Count));
        }
        return missing;
    }

    private void Say(MoveProgress progress) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{progress.Table,-20} {progress.Rows,12:N0} of {progress.Of:N0}"));

    private int Refuse(string what)
    {
        errors.WriteLine(what);
        return 1;
    }
}
