using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Meta.Graph;

/// <summary>Bodies of calls.</summary>
internal static class GraphBody
{
    public static HttpContent Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        var body = new ReadOnlyMemoryContent(buffer.WrittenMemory);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return body;
    }

    /// <summary>A form with one file.</summary>
    public static HttpContent Upload(IEnumerable<(string Name, string Value)> fields, string fileField, OutboundMedia media, Stream bytes)
    {
        var form = new MultipartFormDataContent { HeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        foreach ((string name, string value) in fields)
            Add(form, new StringContent(value), $"form-data; name=\"{name}\"");
        var file = new StreamContent(bytes);
        file.Headers.TryAddWithoutValidation("Content-Type", TypeOf(media));
        if (!bytes.CanSeek)
            file.Headers.ContentLength = media.Size;
        Add(form, file, $"form-data; name=\"{fileField}\"; filename=\"{Quotable(media.FileName)}\"");
        return form;
    }

    /// <summary>The media type without its parameters.</summary>
    public static string TypeOf(OutboundMedia media) => media.ContentType.Split(';')[0].Trim().ToLowerInvariant();

    private static void Add(MultipartFormDataContent form, HttpContent content, string disposition)
    {
        content.Headers.TryAddWithoutValidation("Content-Disposition", disposition);
        form.Add(content);
    }

    private static string Quotable(string name) =>
        string.Concat(name.Select(letter => letter is '"' or '\\' or '/' || char.IsControl(letter) ? '_' : letter));
}
