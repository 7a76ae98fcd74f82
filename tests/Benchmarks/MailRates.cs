using System.Diagnostics;
using System.Globalization;
using System.Text;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;
using ChannelHub.Mail.Tests.Corpora;

namespace ChannelHub.Benchmarks;

/// <summary>
/// Reads mail wholly: every header, text and file, once. Python's standard library does the same beside it. What it has no answer to, such as the text of HTML,
/// is measured apart.
/// </summary>
internal static class MailRates
{
    private const int FileBytes = 8 * 1024 * 1024;

    private const string Python = """
        import email, email.policy, sys, time
        seconds = float(sys.argv[1])
        mails = [open(path, "rb").read() for path in sys.stdin.read().split("\n")]
        def read(raw):
            message = email.message_from_bytes(raw, policy=email.policy.default)
            for part in message.walk():
                for name, value in part.items():
                    str(value)
                if part.is_multipart():
                    continue
                if part.get_content_maintype() == "text":
                    part.get_content()
                else:
                    part.get_payload(decode=True)
        def round():
            for raw in mails:
                try:
                    read(raw)
                except Exception:
                    pass
        rounds, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            round()
            rounds += 1
        print((time.perf_counter() - begun) / rounds)
        """;

    public static void Run(string folder, string corpus, int seconds)
    {
        string[] mails = [.. Directory.EnumerateFiles(corpus, "*", SearchOption.AllDirectories).Where(path => !path.Contains("/expected/", StringComparison.Ordinal))];
        Compare("corpus", mails, seconds);
        Compare("attachments", Attachments(folder), seconds);
    }

    private static void Compare(string what, string[] files, int seconds)
    {
        byte[][] mails = [.. files.Select(File.ReadAllBytes)];
        double megabytes = mails.Sum(mail => (double)mail.Length) / 1e6;
        double ours = Ours(mails, Read, seconds);
        double shown = Ours(mails, mail => Touch.Everything(MailContent.Of(MimeParser.Parse(mail))), seconds);
        double theirs = PythonRound(files, seconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-12} {mails.Length,4} mails, {megabytes,6:F1} MB: {megabytes / ours,7:F1} MB/s, {mails.Length / ours,8:F0} mails/s; Python {megabytes / theirs,6:F1} MB/s, {mails.Length / theirs,6:F0} mails/s; {theirs / ours:F1} ×; with all that is shown of it {megabytes / shown:F1} MB/s"));
    }

    /// <summary>Seconds for one round over the mails.</summary>
    private static double Ours(byte[][] mails, Func<byte[], long> read, int seconds)
    {
        Array.ForEach(mails, mail => read(mail));
        Array.ForEach(mails, mail => read(mail)); // code is made ready
        int rounds = 0;
        var watch = Stopwatch.StartNew();
        for (; watch.Elapsed.TotalSeconds < seconds; rounds++)
            Array.ForEach(mails, mail => read(mail));
        return watch.Elapsed.TotalSeconds / rounds;
    }

    private static long Read(byte[] mail)
    {
        long size = 0;
        var open = new Stack<MimeMessage>([MimeParser.Parse(mail)]);
        while (open.TryPop(out MimeMessage? message))
        {
            // Python takes addresses, dates and ids apart as it reads the headers.
            size += message.From.Count + message.To.Count + message.Cc.Count + message.ReplyTo.Count + message.References.Count + (message.Date?.Year ?? 0);
            foreach (MimePart part in message.Root.Walk())
            {
                foreach (HeaderField field in part.Headers)
                    size += field.Text.Length;
                if (part.Message is { } inner)
                    open.Push(inner);
                else if (!part.IsMultipart)
                    size += part.IsText ? part.Text().Length : part.Decode().Length;
            }
        }
        return size;
    }

    private static double PythonRound(string[] files, int seconds)
    {
        var start = new ProcessStartInfo("python3", ["-c", Python, seconds.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process python = Process.Start(start)!;
        python.StandardInput.Write(string.Join('\n', files));
        python.StandardInput.Close();
        return double.Parse(python.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }

    private static string[] Attachments(string folder)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, 4).Select(number =>
        {
            byte[] file = new byte[FileBytes];
            random.NextBytes(file);
            var mail = new OutgoingMail
            {
                From = new MailAddress("Ada", "ada", "customer.example"),
                To = [new MailAddress(null, "help", "shop.example")],
                MessageId = $"a{number}@customer.example",
                Date = DateTimeOffset.UnixEpoch,
                Subject = "Pictures",
                Text = "Here they are.",
                Files = [new OutgoingFile("parcel.jpg", "image/jpeg", file)],
            };
            string path = Path.Combine(folder, $"{number}.eml");
            File.WriteAllBytes(path, ((ComposeResult.Composed)MailComposer.Compose(mail)).Bytes.ToArray());
            return path;
        })];
    }
}
