using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ChannelHub.Telegram;

/// <summary>One call of the Bot API: a method and its parameters, as JSON unless a file goes along.</summary>
internal sealed record TelegramCall(string Method, HttpContent Body)
{
    public static TelegramCall Json(string method, Action<Utf8JsonWriter>? write = null)
    {
        var body = new ReadOnlyMemoryContent(Object(write));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new(method, body);
    }

    /// <param name="method">The method.</param>
    /// <param name="fields">Parameters; those that are null are left out.</param>
    /// <param name="file">The parameter that is a file, its name and its bytes.</param>
    public static TelegramCall Upload(string method, IEnumerable<(string Name, string? Value)> fields, (string Name, string FileName, HttpContent Bytes) file)
    {
        // File names are written as plain UTF-8, which the Bot API reads; the encoded words that .NET would write, it shows as they are.
        var form = new MultipartFormDataContent { HeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        foreach ((string name, string? value) in fields)
        {
            if (value is not null)
                Add(form, new StringContent(value), $"form-data; name=\"{name}\"");
        }
        Add(form, file.Bytes, $"form-data; name=\"{file.Name}\"; filename=\"{Quotable(file.FileName)}\"");
        return new(method, form);
    }

    public static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter>? write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        write?.Invoke(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Add(MultipartFormDataContent form, HttpContent content, string disposition)
    {
        content.Headers.TryAddWithoutValidation("Content-Disposition", disposition);
        form.Add(content);
    }

    private static string Quotable(string name) =>
        string.Concat(name.Select(letter => letter is '"' or '\\' or '/' || char.IsControl(letter) ? '_' : letter));
}
