using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ChannelHub.Adapters.Conformance.Vk;

/// <summary>The files of a community: uploaded to one server, then saved by another under the name they have in messages.</summary>
internal sealed class VkFiles
{
    private const long FirstPhoto = 457239001;
    private const long FirstDocument = 5001;

    private readonly ConcurrentDictionary<string, FakeFile> uploaded = new();
    private readonly ConcurrentDictionary<string, FakeFile> saved = new();
    private int lastUpload;
    private int lastSaved = -1;

    /// <summary>By its name as an attachment, with an access key behind it or without.</summary>
    public FakeFile? Of(string attachment)
    {
        string[] steps = attachment.Split('_');
        return steps.Length > 1 ? saved.GetValueOrDefault($"{steps[0]}_{steps[1]}") : null;
    }

    /// <summary>What the first file of a form is; the answer is the number of the upload.</summary>
    public async Task<string> AddAsync(ProviderCall call, CancellationToken cancellation)
    {
        string number = Interlocked.Increment(ref lastUpload).ToString(CultureInfo.InvariantCulture);
        if (MediaTypeHeaderValue.TryParse(call.Headers.GetValueOrDefault("Content-Type"), out MediaTypeHeaderValue? type) && type.Boundary.HasValue)
        {
            var form = new MultipartReader(HeaderUtilities.RemoveQuotes(type.Boundary).ToString(), new MemoryStream(call.Body.ToArray()));
            if (await form.ReadNextSectionAsync(cancellation) is { } section && section.GetContentDispositionHeader() is { } header)
            {
                using var bytes = new MemoryStream();
                await section.Body.CopyToAsync(bytes, cancellation);
                string name = HeaderUtilities.RemoveQuotes(header.FileNameStar.HasValue ? header.FileNameStar : header.FileName).ToString();
                uploaded[number] = new FakeFile(name, section.ContentType ?? "application/octet-stream", bytes.ToArray());
            }
        }
        return number;
    }

    /// <summary>The number that an upload has as an attachment; <paramref name="kind"/> is <c>photo</c>, <c>doc</c> or <c>audio_message</c>.</summary>
    public long Save(string kind, long owner, string upload)
    {
        int nth = Interlocked.Increment(ref lastSaved);
        long id = kind switch { "photo" => FirstPhoto + nth, "doc" => FirstDocument + 1 + (2 * nth), _ => FirstDocument + (2 * nth) };
        if (uploaded.TryGetValue(upload, out FakeFile? file))
            saved[string.Create(CultureInfo.InvariantCulture, $"{(kind == "photo" ? kind : "doc")}{owner}_{id}")] = file;
        return id;
    }
}
