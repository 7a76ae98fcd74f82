using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;
using Xunit.Abstractions;

namespace ChannelHub.Mail.Tests.Corpora;

public sealed class CorpusTests(ITestOutputHelper output)
{
    // Where we read otherwise than the others agree on, and why.
    private static readonly Dictionary<string, string> Divergences = new(StringComparer.Ordinal)
    {
        ["attachment_pdf_non_ascii.eml text"] = "labelled Latin-1, proved to be UTF-8",
        ["attachment_pdf_non_ascii_lf.eml text"] = "labelled Latin-1, proved to be UTF-8",
        ["content_transfer_encoding_7-bit.eml text"] = "labelled Latin-1, proved to be UTF-8",
        ["invalid_subject_characters.eml subject"] = "unlabelled Latin-1 is read instead of replaced",
        ["missing_body.eml to"] = "an empty group has no address",
        ["raw_email_multiple_from.eml fromName"] = "a second address is not the name of the first",
        ["raw_email_multiple_from.eml to"] = "both addresses are kept",
        ["example11.eml to"] = "the obsolete route and spaced domain are read as RFC 5322 says",
        ["example13.eml from"] = "comment and spaces inside of an address are read as RFC 5322 says",
        ["example13.eml fromName"] = "comment and spaces inside of an address are read as RFC 5322 says",
        ["example13.eml to"] = "a torn header is mended",
        ["example13.eml messageId"] = "white space inside of an id is no part of it",
        ["example13.eml date"] = "a comment inside of a time is passed over",
        ["jwz-summary.txt to"] = "a listing, no mail",
        ["jwz-summary.txt text"] = "a listing, no mail",
        ["content-length-summary.txt text"] = "a listing, no mail",
        ["issue1189-summary.txt text"] = "a listing, no mail",
        ["body.8.txt text"] = "every text of the mail is shown, not the first alone",
        ["body.9.txt text"] = "every text of the mail is shown, not the first alone",
    };

    private readonly List<string> unexplained = [];

    [Fact]
    public void Every_file_is_read_without_an_exception()
    {
        int read = 0;
        long bytes = 0;
        foreach (string file in Corpus.Files("mail", output.WriteLine).Concat(Corpus.Files("mail-auth", output.WriteLine)))
        {
            byte[] raw = File.ReadAllBytes(file);
            MailContent content = MailContent.Of(MimeParser.Parse(raw));
            Touch.Everything(content);
            read++;
            bytes += raw.Length;
        }
        output.WriteLine($"{read} files, {bytes / 1024} kB read");
    }

    [Fact]
    public void Fields_on_which_independent_parsers_agree_are_read_alike()
    {
        Dictionary<string, byte[]> bySha = [];
        foreach (string file in Corpus.Files("mail", output.WriteLine))
        {
            byte[] raw = File.ReadAllBytes(file);
            bySha.TryAdd(Convert.ToHexStringLower(SHA256.HashData(raw)), raw);
        }
        SortedDictionary<string, (int Met, int All)> table = [];
        foreach (string file in Corpus.Files("mail/expected", output.WriteLine))
        {
            foreach (string line in File.ReadLines(file))
                Compare(JsonDocument.Parse(line).RootElement, bySha, table);
        }
        foreach ((string field, (int met, int all)) in table)
            output.WriteLine($"{field,-12} {met,4} of {all,4}  {100.0 * met / all:0.0} %");
        unexplained.ShouldBeEmpty();
    }

    private void Compare(JsonElement entry, Dictionary<string, byte[]> bySha, SortedDictionary<string, (int Met, int All)> table)
    {
        if (!bySha.TryGetValue(entry.GetProperty("sha256").GetString()!, out byte[]? raw))
            return;
        MailContent content = MailContent.Of(MimeParser.Parse(raw));
        foreach (JsonProperty field in entry.GetProperty("expect").EnumerateObject())
        {
            string? wanted = field.Value.ValueKind == JsonValueKind.Null ? null : field.Value.ToString();
            if (field.Name is "messageId" or "inReplyTo")
                wanted = wanted?.Trim('<', '>');
            string? seen = Field(content, field.Name);
            bool met = field.Name == "text" ? SameText(wanted, content) : wanted == seen;
            (int Met, int All) count = table.GetValueOrDefault(field.Name);
            table[field.Name] = (count.Met + (met ? 1 : 0), count.All + 1);
            string file = entry.GetProperty("file").GetString()!.Split('/')[^1];
            string? reason = met ? null : Divergences.GetValueOrDefault(file + " " + field.Name);
            if (reason is not null)
                output.WriteLine($"{file} {field.Name}: {reason}");
            else if (!met)
                unexplained.Add($"{entry.GetProperty("file").GetString()!.Split('/')[^1]} {field.Name}: wanted [{Cut(wanted)}] saw [{Cut(seen)}]");
        }
    }

    private static string? Field(MailContent content, string name)
    {
        MimeMessage message = content.Message;
        IEnumerable<MailAttachment> files = content.Attachments;
        return name switch
        {
            "subject" => message.Headers.Has("Subject") && message.Subject.Length > 0 ? message.Subject : null,
            "from" => message.From is [{ } from, ..] ? from.Address.ToLowerInvariant() : null,
            "fromName" => message.From is [{ } named, ..] ? named.DisplayName : null,
            "to" => message.To.Count > 0 ? string.Join(",", message.To.Select(a => a.Address.ToLowerInvariant()).Order(StringComparer.Ordinal)) : null,
            "messageId" => message.MessageId is { } id ? id : null,
            "inReplyTo" => message.InReplyTo is [{ } reply, ..] ? reply : null,
            "date" => message.Date?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            "attachments" => files.Count().ToString(CultureInfo.InvariantCulture),
            "attNames" => string.Join("|", files.Select(f => f.FileName ?? "").Order(StringComparer.Ordinal)),
            "attSha" => string.Join("|", files.Select(f => Convert.ToHexStringLower(SHA256.HashData(f.Content().Span))).Order(StringComparer.Ordinal)),
            "text" => Fold(content.Text),
            _ => null,
        };
    }

    private static bool SameText(string? wanted, MailContent content)
    {
        string seen = Fold(content.Text);
        // What the others left empty, we make out of the HTML.
        return wanted is null or "" ? content.Html is not null || seen.Length == 0 : seen == Fold(wanted);
    }

    private static string Fold(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string? Cut(string? text) => text is null ? "null" : text.Length > 240 ? text[..240] + "…" : text;
}
