using System.Diagnostics;
using System.Globalization;
using ChannelHub.Mail.Html;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;
using ChannelHub.Mail.Tests.Corpora;

namespace ChannelHub.Benchmarks;

/// <summary>Reads damaged mail for as long as it is told to. What throws, takes long or lets memory grow is a bug, and is printed with the seed that makes it again.</summary>
internal static class MailFuzz
{
    private const int LargestSeed = 200_000;
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    /// <summary>How many bugs were found.</summary>
    public static int Run(string corpus, int seconds, int seed)
    {
        byte[][] seeds = [.. Directory.EnumerateFiles(corpus, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes).Where(mail => mail.Length is > 0 and <= LargestSeed)];
        var watch = Stopwatch.StartNew();
        long read = 0, bytes = 0, settled = 0;
        int bugs = 0;
        TimeSpan slowest = TimeSpan.Zero;
        for (; watch.Elapsed.TotalSeconds < seconds; read++)
        {
            // Each has a seed of its own, so that one bug can be made again without the mails before it.
            var random = new Random(unchecked(seed + (int)read));
            byte[] mail = random.Next(8) == 0 ? Mutations.Pieces(random) : Mutations.Of(seeds[random.Next(seeds.Length)], random);
            TimeSpan begun = Environment.CpuUsage.TotalTime; // a loaded machine makes nothing look slow
            try
            {
                MailContent content = MailContent.Of(MimeParser.Parse(mail));
                Touch.Everything(content);
                ReplyText.Of(content);
                HtmlSanitizer.Sanitize(content.Html ?? "");
                SenderVerdict.Of(content.Message, new OwnServers(["mx.shop.example"], []));
                MailReports.Delivery(content.Message);
                MailReports.Complaint(content.Message);
                MailReports.Read(content.Message);
                MailAutomation.Of(content.Message);
            }
            catch (Exception bug)
            {
                bugs++;
                Console.WriteLine($"seed {seed + read}: {bug}");
            }
            TimeSpan took = Environment.CpuUsage.TotalTime - begun;
            slowest = took > slowest ? took : slowest;
            if (took > Slow)
            {
                bugs++;
                Console.WriteLine($"seed {seed + read}: {took.TotalMilliseconds:0} ms for {mail.Length} bytes");
            }
            bytes += mail.Length;
            if (read == 10_000)
                settled = GC.GetTotalMemory(forceFullCollection: true);
        }
        long grown = settled == 0 ? 0 : GC.GetTotalMemory(forceFullCollection: true) - settled;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{read} damaged mails, {bytes / 1e6:F0} MB, in {watch.Elapsed.TotalSeconds:F0} s: {bugs} bugs; slowest {slowest.TotalMilliseconds:F0} ms; {grown / 1e6:F1} MB kept since the ten thousandth"));
        return bugs;
    }
}
