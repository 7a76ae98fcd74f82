using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;
using Xunit.Abstractions;

namespace ChannelHub.Mail.Tests.Corpora;

/// <summary>Python's standard library reads the same mails, and finds the same in those that are well formed.</summary>
public sealed class PythonAgreementTests(ITestOutputHelper output)
{
    // Where we read otherwise, and why.
    private static readonly Dictionary<string, string> Divergences = new(StringComparer.Ordinal)
    {
        ["msg_36.txt text"] = "what lies elsewhere (message/external-body) is shown as a file",
        ["msg_36.txt names"] = "what lies elsewhere (message/external-body) is shown as a file",
        ["msg_36.txt sizes"] = "what lies elsewhere (message/external-body) is shown as a file",
        ["msg_36.txt hashes"] = "what lies elsewhere (message/external-body) is shown as a file",
        ["attachment_pdf_non_ascii.eml text"] = "labelled Latin-1, proved to be UTF-8",
        ["attachment_pdf_non_ascii_lf.eml text"] = "labelled Latin-1, proved to be UTF-8",
        ["content_transfer_encoding_plain.eml text"] = "labelled ASCII, proved to be UTF-8",
        ["raw_email5.eml text"] = "unlabelled Latin-1 is read instead of replaced",
        ["raw_email6.eml text"] = "unlabelled Latin-1 is read instead of replaced",
        ["issue1130.txt text"] = "flowed lines are joined as RFC 3676 says",
    };

    private readonly SortedDictionary<string, (int Met, int All)> table = [];
    private readonly List<string> unexplained = [];

    [Fact]
    public async Task What_is_well_formed_is_read_as_Python_reads_it()
    {
        string[] files = [.. Corpus.Mails(output.WriteLine)];
        if (files.Length == 0)
            return;
        if (!Path.Exists("/usr/bin/python3"))
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Python is missing");
            output.WriteLine("skipped: no Python on this machine");
            return;
        }
        int wellFormed = 0;
        foreach (string line in await PythonAsync(files))
        {
            Compare(JsonDocument.Parse(line).RootElement);
            wellFormed++;
        }
        output.WriteLine($"{wellFormed} of {files.Length} files are mails in which Python finds no defect");
        foreach ((string field, (int met, int all)) in table)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{field,-12} {met,4} of {all,4}  {100.0 * met / all:0.0} %"));
        unexplained.ShouldBeEmpty();
        wellFormed.ShouldBeGreaterThan(100);
    }

    private void Compare(JsonElement found)
    {
        string path = found.GetProperty("path").GetString()!;
        MailContent content = MailContent.Of(MimeParser.Parse(File.ReadAllBytes(path)));
        MimeMessage mail = content.Message;
        Check(path, "subject", Fold(found.GetProperty("subject").GetString()!), Fold(mail.Subject));
        string[][] addresses = [.. found.GetProperty("addresses").EnumerateArray().Select(list => list.EnumerateArray().Select(one => one.GetString()!).ToArray())];
        foreach ((int index, AddressList list) in ((AddressList[])[mail.From, mail.To, mail.Cc, mail.ReplyTo]).Index())
            Check(path, "addresses", Joined(addresses[index]), Joined(list.Select(one => one.Address)));
        if (found.GetProperty("text").GetString() is { } text)
            Check(path, "text", Fold(text), Fold(content.Text));
        JsonElement[] files = [.. found.GetProperty("files").EnumerateArray()];
        Check(path, "names", Joined(files.Select(file => file[0].GetString()!)), Joined(content.Attachments.Select(file => file.FileName ?? "")));
        // Of an enclosed mail Python keeps no bytes to compare.
        MailAttachment[] whole = [.. content.Attachments.Where(file => file.Part.Message is null)];
        files = [.. files.Where(file => file[1].ValueKind == JsonValueKind.Number)];
        Check(path, "sizes", Joined(files.Select(file => file[1].ToString())), Joined(whole.Select(file => file.Content().Length.ToString(CultureInfo.InvariantCulture))));
        Check(path, "hashes", Joined(files.Select(file => file[2].GetString()!)), Joined(whole.Select(file => Convert.ToHexStringLower(SHA256.HashData(file.Content().Span)))));
    }

    private void Check(string path, string field, string wanted, string seen)
    {
        (int Met, int All) count = table.GetValueOrDefault(field);
        table[field] = (count.Met + (wanted == seen ? 1 : 0), count.All + 1);
        if (wanted == seen)
            return;
        string where = $"{Path.GetFileName(path)} {field}";
        if (Divergences.TryGetValue(where, out string? reason))
            output.WriteLine($"{where}: {reason}");
        else
            unexplained.Add($"{where}: Python [{Cut(wanted)}] we [{Cut(seen)}]");
    }

    private static async Task<string[]> PythonAsync(IReadOnlyList<string> files)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Corpora", "agreement.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        using Process python = Process.Start(start)!;
        Task<string> reading = python.StandardOutput.ReadToEndAsync();
        await python.StandardInput.WriteAsync(string.Join('\n', files));
        python.StandardInput.Close();
        string found = await reading;
        await python.WaitForExitAsync();
        python.ExitCode.ShouldBe(0);
        return found.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Joined(IEnumerable<string> values) => string.Join(" | ", values.Order(StringComparer.Ordinal));

    private static string Fold(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Cut(string text) => text.Length > 300 ? text[..300] + "…" : text;
}
