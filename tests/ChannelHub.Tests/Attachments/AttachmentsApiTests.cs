using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;

namespace ChannelHub.Tests.Attachments;

public sealed class AttachmentsApiTests : IAsyncLifetime
{
    private const int Most = 200_000;
    private static readonly byte[] Picture = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. Enumerable.Range(0, 5000).Select(i => (byte)i)];
    private static readonly string PictureHash = Convert.ToHexStringLower(SHA256.HashData(Picture));

    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero));
    private readonly FileChannelType type = new();
    private TestHub hub = null!;

    public async Task InitializeAsync() => hub = await TestHub.StartAsync(
        options => options with { Attachments = options.Attachments with { UploadBytes = Most } }, clock, moreTypes: [type]);

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task A_form_with_a_file_is_kept_and_comes_back_as_it_was()
    {
        using var form = new MultipartFormDataContent { { new StringContent("hello"), "note" }, { File(Picture, "text/html"), "whatever", "../Счёт.png" } };
        JsonNode kept = await UploadAsync(form);

        string id = (string)kept["id"]!;
        kept.ToJsonString().ShouldBe(new JsonObject
        {
            ["id"] = id, ["file_name"] = "Счёт.png", ["content_type"] = "image/png", ["size"] = Picture.Length, ["sha256"] = PictureHash, ["state"] = "ready",
            ["url"] = "/v1/attachments/" + id,
        }.ToJsonString());

        using HttpResponseMessage file = await hub.Admin.GetAsync((string)kept["url"]!);
        file.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await file.Content.ReadAsByteArrayAsync()).ShouldBe(Picture);
        file.Content.Headers.ContentType!.ToString().ShouldBe("image/png");
        file.Content.Headers.ContentLength.ShouldBe(Picture.Length);
        file.Content.Headers.ContentDisposition!.ToString().ShouldBe("attachment; filename=\"____.png\"; filename*=UTF-8''%D0%A1%D1%87%D1%91%D1%82.png");
        file.Headers.ETag!.Tag.ShouldBe($"\"{PictureHash}\"");
        Header(file, "X-Content-Type-Options").ShouldBe("nosniff");
        Header(file, "Content-Security-Policy").ShouldBe("default-src 'none'; sandbox; frame-ancestors 'none'");
        Header(file, "Cross-Origin-Resource-Policy").ShouldBe("same-origin");
        Header(file, "Referrer-Policy").ShouldBe("no-referrer");
        Header(file, "Cache-Control").ShouldBe("no-cache, private");
    }

    [Theory]
    [InlineData("text/plain", "a.txt", "text/plain", "{\"not\": json")]
    [InlineData("application/json", "a.json", "application/json", "{\"a\": 1, \"a\": [not json at all]}")]
    [InlineData("text/html", "a.html", "application/octet-stream", "<script>alert(1)</script>")]
    [InlineData("image/svg+xml", "a.svg", "application/octet-stream", "<svg onload=alert(1)>")]
    [InlineData("application/x-www-form-urlencoded", "form", "application/octet-stream", "a=b")]
    public async Task The_bytes_themselves_may_be_the_body(string contentType, string name, string shown, string content)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(content));
        body.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        using HttpResponseMessage answer = await hub.Admin.PostAsync("/v1/attachments?file_name=" + name, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        JsonNode kept = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        answer.Headers.Location!.ToString().ShouldBe((string)kept["url"]!);
        ((string)kept["content_type"]!).ShouldBe(shown);
        ((string)kept["file_name"]!).ShouldBe(name);

        using HttpResponseMessage file = await hub.Admin.GetAsync((string)kept["url"]!);
        (await file.Content.ReadAsStringAsync()).ShouldBe(content);
        file.Content.Headers.ContentType!.ToString().ShouldBe(shown);
        file.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
    }

    [Fact]
    public async Task The_largest_file_is_taken_and_one_byte_more_is_too_large()
    {
        foreach (bool asForm in (bool[])[true, false])
        {
            using HttpContent good = Body(new byte[Most], asForm);
            await UploadAsync(good);
            using HttpContent bad = Body(new byte[Most + 1], asForm);
            await ShouldBeProblemAsync(await hub.Admin.PostAsync("/v1/attachments", bad), 413, "too-large");
        }
        Directory.GetFiles(Path.Combine(hub.DataPath, "temp")).ShouldBeEmpty();
        Files().Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_body_far_over_the_limit_is_refused_before_it_has_come()
    {
        using var socket = await SendAsync($"POST /v1/attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TestHub.AdminKey}\r\nContent-Length: 5000000000\r\n\r\nabc");
        (await FirstLineAsync(socket)).ShouldContain(" 413 ");
        Files().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhello\r\n--x--\r\n", "must have a file")]
    [InlineData("multipart/form-data; boundary=x", "--x--\r\n", "must have a file")]
    [InlineData("multipart/form-data; boundary=x", "", "not a complete form")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\r\nhello", "not a complete form")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\r\n\r\n--x--\r\n", "empty")]
    [InlineData("multipart/form-data", "--x--\r\n", "boundary")]
    [InlineData("multipart/form-data; boundary=\"\"", "--x--\r\n", "boundary")]
    [InlineData("multipart/related; boundary=x", "--x--\r\n", "boundary")]
    [InlineData("multipart/form-data; boundary=x",
        "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"b\"; filename=\"b\"\r\n\r\n2\r\n--x--\r\n", "one file only")]
    [InlineData("text/plain", "", "empty")]
    public async Task A_form_that_is_wrong_says_how_and_leaves_nothing(string contentType, string content, string says)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(content));
        body.Headers.TryAddWithoutValidation("Content-Type", contentType);
        JsonNode problem = await ShouldBeProblemAsync(await hub.Admin.PostAsync("/v1/attachments", body), 400, "invalid");
        ((string)problem["detail"]!).ShouldContain(says);
        Files().ShouldBeEmpty();
        Directory.GetFiles(Path.Combine(hub.DataPath, "temp")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_form_of_a_hundred_thousand_fields_is_not_read_to_its_end()
    {
        string field = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(field, 4000)) + "--x--\r\n"));
        body.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        await ShouldBeProblemAsync(await hub.Admin.PostAsync("/v1/attachments", body), 400, "invalid");
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_nothing()
    {
        using (Socket socket = await SendAsync($"POST /v1/attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TestHub.AdminKey}\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nabc"))
            socket.Close();
        await UploadAsync(Body("after it"u8.ToArray(), asForm: false));
        Files().Length.ShouldBe(1);
    }

    [Fact]
    public async Task Only_those_who_may_send_may_upload_and_only_those_who_may_read_may_download()
    {
        string url = (string)(await UploadAsync(Body(Picture, asForm: true)))["url"]!;
        using HttpClient reader = await ClientAsync("conversations:read");
        using HttpClient sender = await ClientAsync("messages:send");

        await ShouldBeProblemAsync(await reader.PostAsync("/v1/attachments", Body(Picture, asForm: true)), 403, "missing-scope");
        (await sender.PostAsync("/v1/attachments", Body(Picture, asForm: true))).StatusCode.ShouldBe(HttpStatusCode.Created);
        await ShouldBeProblemAsync(await sender.GetAsync(url), 403, "missing-scope");
        await ShouldBeProblemAsync(await sender.PostAsync(url + "/link", null), 403, "missing-scope");
        (await reader.GetAsync(url)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await reader.PostAsync(url + "/link", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync(url), 401, "unauthorized");
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync(url + "?expires=99999999999"), 401, "unauthorized");
        await ShouldBeProblemAsync(await hub.Anonymous.PostAsync(url + "/link?token=x", null), 401, "unauthorized");
    }

    [Theory]
    [InlineData("att_0000000000000")]
    [InlineData("msg_0000000000000")]
    [InlineData("..%2f..%2fhub.db")]
    [InlineData("nonsense")]
    public async Task What_is_no_file_is_not_found(string id)
    {
        await ShouldBeProblemAsync(await hub.Admin.GetAsync("/v1/attachments/" + id), 404, "not-found");
        await ShouldBeProblemAsync(await hub.Admin.PostAsync($"/v1/attachments/{id}/link", null), 404, "not-found");
    }

    [Fact]
    public async Task A_signed_link_needs_no_key_and_is_good_for_its_file_and_its_time_alone()
    {
        string url = (string)(await UploadAsync(Body(Picture, asForm: true)))["url"]!;
        string other = (string)(await UploadAsync(Body("other"u8.ToArray(), asForm: true)))["url"]!;
        JsonNode made = await hub.PostAsync(url + "/link");
        var link = new Uri((string)made["url"]!);
        ((DateTimeOffset)made["expires_at"]!).ShouldBe(clock.GetUtcNow().AddMinutes(15));
        link.GetLeftPart(UriPartial.Path).ShouldBe(new Uri(hub.Address, url).ToString());

        using HttpResponseMessage file = await hub.Anonymous.GetAsync(link);
        (await file.Content.ReadAsByteArrayAsync()).ShouldBe(Picture);
        Header(file, "Cross-Origin-Resource-Policy").ShouldBe("cross-origin");
        Header(file, "X-Content-Type-Options").ShouldBe("nosniff");
        file.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");

        string query = link.Query;
        long expires = long.Parse(query.Split("expires=")[1].Split('&')[0]);
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync(other + query), 403, "link-ended");
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync("/v1/attachments/att_0000000000000" + query), 403, "link-ended");
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync(url + query.Replace($"{expires}", $"{expires + 1}", StringComparison.Ordinal)), 403, "link-ended");
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync(url + query[..^1]), 403, "link-ended");
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync(url + "?token=" + query.Split("token=")[1]), 403, "link-ended");
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync(url + "?token=&expires=" + expires), 403, "link-ended");
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync(url + "?token=x&token=y&expires=-1"), 403, "link-ended");

        clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(1));
        (await hub.Anonymous.GetAsync(link)).StatusCode.ShouldBe(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromSeconds(1));
        await ShouldBeProblemAsync(await hub.Anonymous.GetAsync(link), 403, "link-ended");
    }

    [Fact]
    public async Task Ranges_tags_and_HEAD_work()
    {
        string url = (string)(await UploadAsync(Body(Picture, asForm: true)))["url"]!;

        using HttpResponseMessage part = await GetAsync(url, r => r.Headers.Range = new RangeHeaderValue(10, 19));
        part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        part.Content.Headers.ContentRange!.ToString().ShouldBe($"bytes 10-19/{Picture.Length}");
        (await part.Content.ReadAsByteArrayAsync()).ShouldBe(Picture[10..20]);
        using HttpResponseMessage tail = await GetAsync(url, r => r.Headers.Range = new RangeHeaderValue(null, 5));
        (await tail.Content.ReadAsByteArrayAsync()).ShouldBe(Picture[^5..]);
        using HttpResponseMessage beyond = await GetAsync(url, r => r.Headers.Range = new RangeHeaderValue(Picture.Length, null));
        beyond.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
        using HttpResponseMessage same = await GetAsync(url, r => r.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{PictureHash}\"")));
        same.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        using HttpResponseMessage changed = await GetAsync(url, r =>
        {
            r.Headers.Range = new RangeHeaderValue(10, 19);
            r.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue("\"another\""));
        });
        changed.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var head = new HttpRequestMessage(HttpMethod.Head, url);
        using HttpResponseMessage only = await hub.Admin.SendAsync(head);
        only.StatusCode.ShouldBe(HttpStatusCode.OK);
        only.Content.Headers.ContentLength.ShouldBe(Picture.Length);
        (await only.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Trait("engine", "sqlite")]
    public async Task A_damaged_file_is_never_served_not_even_the_good_part_of_it()
    {
        string url = (string)(await UploadAsync(Body(Picture, asForm: true)))["url"]!;
        string path = Directory.GetFiles(Path.Combine(hub.DataPath, "attachments"), "*", SearchOption.AllDirectories).Single();
        byte[] damaged = [.. Picture];
        damaged[4000] ^= 4;
        await System.IO.File.WriteAllBytesAsync(path, damaged);

        await ShouldBeProblemAsync(await hub.Admin.GetAsync(url), 500, "attachment-damaged");
        await ShouldBeProblemAsync(await GetAsync(url, r => r.Headers.Range = new RangeHeaderValue(0, 9)), 500, "attachment-damaged");
        System.IO.File.Delete(path);
        await ShouldBeProblemAsync(await hub.Admin.GetAsync(url), 500, "attachment-damaged");
        await UploadAsync(Body(Picture, asForm: true)); // the same bytes again mend it
        (await hub.Admin.GetAsync(url)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_received_file_is_pending_then_ready_and_the_message_shows_it()
    {
        string channel = await hub.AddChannelAsync("files", new { token = FileChannelType.Token });
        var gate = new TaskCompletionSource();
        type.OpenMedia = async (_, cancellation) =>
        {
            await gate.Task.WaitAsync(cancellation);
            return new MediaResult.Opened(new MemoryStream(Picture), "image/png");
        };
        await PushAsync(channel, new { id = "m1", from = "anna", files = new[] { new { Reference = "r", FileName = "cat.png" } } });
        JsonNode message = (await hub.GetAsync("/v1/events?types=message.received"))["data"]![0]!["data"]!;
        JsonNode pending = message["parts"]![0]!["attachment"]!;
        ((string)pending["state"]!).ShouldBe("pending");
        string url = (string)pending["url"]!;

        using HttpResponseMessage early = await hub.Admin.GetAsync(url);
        await ShouldBeProblemAsync(early, 409, "attachment-pending");
        early.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        await ShouldBeProblemAsync(await hub.Admin.PostAsync(url + "/link", null), 409, "attachment-pending");

        gate.SetResult();
        JsonNode told = await hub.UntilAsync("/v1/events?types=attachment.ready", a => a["data"]!.AsArray().Count > 0);
        ((string)told["data"]![0]!["data"]!["message_id"]!).ShouldBe((string)message["id"]!);
        ((string)told["data"]![0]!["customer_id"]!).ShouldBe((string)message["customer_id"]!);
        (await hub.Admin.GetByteArrayAsync(url)).ShouldBe(Picture);
        JsonNode thread = await hub.GetAsync($"/v1/conversations/{message["conversation_id"]}/messages");
        ((string)thread["data"]![0]!["parts"]![0]!["attachment"]!["state"]!).ShouldBe("ready");
    }

    [Theory]
    [InlineData(true, "attachment-failed", "HTTP 404")]
    [InlineData(false, "attachment-refused", "its type is not accepted")]
    public async Task What_will_never_come_is_gone_and_says_why(bool isGone, string slug, string reason)
    {
        string channel = await hub.AddChannelAsync("files", new { token = FileChannelType.Token });
        type.OpenMedia = (_, _) => new(isGone ? new MediaResult.Gone("HTTP 404") : new MediaResult.Opened(new MemoryStream([0x7F, .. "ELF"u8, 0])));
        await PushAsync(channel, new { id = "m1", from = "anna", files = new[] { new { Reference = "r" } } });
        JsonNode told = await hub.UntilAsync("/v1/events?types=attachment.failed", a => a["data"]!.AsArray().Count > 0);
        string url = (string)told["data"]![0]!["data"]!["attachment"]!["url"]!;

        JsonNode problem = await ShouldBeProblemAsync(await hub.Admin.GetAsync(url), 410, slug);
        ((string)problem["detail"]!).ShouldContain(reason);
    }

    [Fact]
    public async Task A_file_that_a_channel_brought_is_there_after_a_restart()
    {
        string channel = await hub.AddChannelAsync("files", new { token = FileChannelType.Token });
        var asked = new TaskCompletionSource();
        type.OpenMedia = async (_, cancellation) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            throw new InvalidOperationException();
        };
        await PushAsync(channel, new { id = "m1", from = "anna", files = new[] { new { Reference = "r" } } });
        await asked.Task;
        type.OpenMedia = (_, _) => new(new MediaResult.Opened(new MemoryStream(Picture)));

        await hub.RestartAsync();

        await hub.UntilAsync("/v1/events?types=attachment.ready", a => a["data"]!.AsArray().Count == 1);
        Files().Length.ShouldBe(1);
        Directory.GetFiles(Path.Combine(hub.DataPath, "temp")).ShouldBeEmpty();
    }

    private static ByteArrayContent File(byte[] content, string contentType)
    {
        var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        return file;
    }

    private static HttpContent Body(byte[] content, bool asForm) => asForm
        ? new MultipartFormDataContent { { File(content, "application/octet-stream"), "file", "a.bin" } }
        : File(content, "application/octet-stream");

    private async Task<JsonNode> UploadAsync(HttpContent body)
    {
        using HttpResponseMessage answer = await hub.Admin.PostAsync("/v1/attachments", body);
        string text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!;
    }

    private async Task<HttpResponseMessage> GetAsync(string url, Action<HttpRequestMessage> with)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        with(request);
        return await hub.Admin.SendAsync(request);
    }

    private async Task PushAsync(string channel, params object[] entries)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/" + channel) { Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(entries)) };
        request.Headers.Add("x-token", FileChannelType.Token);
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private async Task<HttpClient> ClientAsync(string scope)
    {
        JsonNode key = await hub.PostAsync("/v1/api-keys", new { name = scope, scopes = new[] { scope } }, expect: 201);
        var client = new HttpClient { BaseAddress = hub.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)key["key"]!);
        return client;
    }

    private async Task<Socket> SendAsync(string request)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, hub.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        return socket;
    }

    private static async Task<string> FirstLineAsync(Socket socket)
    {
        byte[] buffer = new byte[1000];
        int read = await socket.ReceiveAsync(buffer);
        return Encoding.ASCII.GetString(buffer, 0, read).Split('\r')[0];
    }

    private string[] Files() => hub.Store.Files();

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(", ", values) : null;

    private static async Task<JsonNode> ShouldBeProblemAsync(HttpResponseMessage answer, int status, string slug)
    {
        string text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, text);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        JsonNode problem = JsonNode.Parse(text)!;
        ((string)problem["type"]!).ShouldBe("/problems/" + slug);
        answer.Content.Headers.ContentDisposition.ShouldBeNull();
        return problem;
    }
}
