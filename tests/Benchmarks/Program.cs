using System.Globalization;
using ChannelHub.Benchmarks;

// Each measures one way through the hub; floor PORT DB is started by the others.
string folder = Directory.CreateTempSubdirectory("channelhub-bench").FullName;
try
{
    switch (args)
    {
        case ["writer", var count, var batch]:
            WriterOnly.Run(folder, Number(count), Number(batch));
            return 0;
        case ["ingest", var rounds, var seconds]:
            await Ingest.RunAsync(folder, Number(rounds), Number(seconds));
            return 0;
        case ["slow-disk", var rounds, var seconds]:
            await Ingest.RunAsync(folder, Number(rounds), Number(seconds), slowDisk: true);
            return 0;
        case ["peer", var script, var rounds, var seconds]:
            await Peer.RunAsync(folder, script, Number(rounds), Number(seconds));
            return 0;
        case ["outbox", var units, var lanes]:
            await OutboxRate.RunAsync(folder, Number(units), Number(lanes));
            return 0;
        case ["reads", var messages]:
            await Reads.RunAsync(folder, Number(messages));
            return 0;
        case ["search", var messages]:
            await Search.RunAsync(folder, Number(messages));
            return 0;
        case ["fill", var kept, var messages, var senders]:
            await new GrowthData(kept).FillAsync(Number(messages), Number(senders));
            return 0;
        case ["growth", var kept, var senders]:
            await Growth.RunAsync(kept, Number(senders));
            return 0;
        case ["growth-chart", var kept, var svg]:
            GrowthChart.Draw(kept, svg);
            return 0;
        case ["streams", var streams, var rate]:
            await Streams.RunAsync(folder, Number(streams), Number(rate));
            return 0;
        case ["merges", var rounds]:
            Merges.Run(folder, Number(rounds));
            return 0;
        case ["mail", var corpus, var seconds]:
            MailRates.Run(folder, corpus, Number(seconds));
            return 0;
        case ["mail-fuzz", var corpus, var seconds, var seed]:
            return MailFuzz.Run(corpus, Number(seconds), Number(seed)) == 0 ? 0 : 1;
        case ["floor", var port, var path]:
            await Floor.RunAsync(Number(port), path);
            return 0;
        default:
            Console.Error.WriteLine("usage: ingest ROUNDS SECONDS | slow-disk ROUNDS SECONDS | peer SCRIPT ROUNDS SECONDS | writer COUNT BATCH | reads MESSAGES | search MESSAGES | fill FOLDER MESSAGES SENDERS | growth FOLDER SENDERS | growth-chart FOLDER SVG | streams STREAMS PER_SECOND | outbox UNITS LANES | merges ROUNDS | mail FOLDER SECONDS | mail-fuzz FOLDER SECONDS SEED");
            return 1;
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
