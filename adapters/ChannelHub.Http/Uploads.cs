using System.Net.Http.Headers;
using System.Text;
using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>
/// A file posted to the sub-path <c>files</c>: its bytes as the body, named by <c>?name=</c> or Content-Disposition, or one file of a
/// <c>multipart/form-data</c> form.
/// </summary>
internal static class Uploads
{
    public const string SubPath = "files";
    public const string DispositionHeader = "content-disposition";

    private const string Unknown = "application/octet-stream";
    private const int LongestName = 200;

    public static Received Read(AuthenticInput input)
    {
        string contentType = input.Headers.TryGetValue("content-type", out string? declared) ? declared : Unknown;
        if (contentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            return new Received(FromForm(input.Body, Boundary(contentType)));
        string? name = input.Query.TryGetValue("name", out string? asked) ? asked : null;
        name ??= input.Headers.TryGetValue(DispositionHeader, out string? disposition) ? FileName(disposition) : null;
        return new Received(File(name, contentType, input.Body));
    }

    private static Entry FromForm(ReadOnlyMemory<byte> form, string? boundary)
    {
        if (string.IsNullOrEmpty(boundary))
            return Rejected("content-type", "lacks the boundary of the form");
        byte[] delimiter = Encoding.UTF8.GetBytes("\r\n--" + boundary);
        // The first delimiter stands at the very beginning, without the line break before it.
        int at = form.Span.StartsWith(delimiter.AsSpan(2)) ? delimiter.Length - 2 : -1;
        while (at >= 0)
        {
            ReadOnlyMemory<byte> rest = form[at..];
            int end = rest.Span.IndexOf(delimiter);
            int head = rest.Span.IndexOf("\r\n\r\n"u8);
            if (end < 0 || head < 0 || head > end)
                break;
            string headers = Encoding.UTF8.GetString(rest.Span[..head]);
            if (Header(headers, DispositionHeader) is { } disposition && FileName(disposition) is { } name)
                return File(name, Header(headers, "content-type") ?? Unknown, rest[(head + 4)..Math.Max(end, head + 4)]);
            at += end + delimiter.Length;
        }
        return Rejected("body", "must hold a file with a file name");
    }

    private static Entry File(string? name, string contentType, ReadOnlyMemory<byte> content) => content.Length switch
    {
        0 => Rejected("body", "is empty"),
        > (int)HttpChannelType.LargestFile => Rejected("body", $"must be at most {HttpChannelType.LargestFile} bytes"),
        _ => new Entry.Uploaded(SafeName(name), Clean(contentType.Split(';')[0].Trim(), 127), content),
    };

    private static Entry.Rejected Rejected(string field, string message) => new([new FieldError(field, message)]);

    private static string? Header(string headers, string name)
    {
        foreach (string line in headers.Split("\r\n"))
        {
            if (line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                return line[(name.Length + 1)..].Trim();
        }
        return null;
    }

    private static string? Boundary(string contentType) => MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
        ? type.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase))?.Value?.Trim('"')
        : null;

    private static string? FileName(string disposition) =>
        ContentDispositionHeaderValue.TryParse(disposition, out ContentDispositionHeaderValue? value)
            ? value.FileNameStar ?? value.FileName?.Trim('"')
            : null;

    // A name, never a path.
    private static string? SafeName(string? name)
    {
        string? last = name?.Split('/', '\\')[^1];
        return string.IsNullOrWhiteSpace(last) ? null : Clean(last, LongestName);
    }

    private static string Clean(string text, int longest)
    {
        string readable = string.Concat(text.EnumerateRunes().Where(rune => !Rune.IsControl(rune)).Select(rune => rune.ToString()));
        return readable.Length <= longest ? readable : char.IsHighSurrogate(readable[longest - 1]) ? readable[..(longest - 1)] : readable[..longest];
    }
}
