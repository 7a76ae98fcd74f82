using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace ChannelHub.Tests.Api;

public sealed class ErrorTests : IAsyncLifetime
{
    private TestHub hub = null!;

    public async Task InitializeAsync() => hub = await TestHub.StartAsync();

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/v1")]
    [InlineData("/v1/nowhere?token=secret")]
    [InlineData("/v1/api-keys/key_0000000000000")]
    [InlineData("/v1/api-keys/not-an-id")]
    public async Task What_is_not_there_is_404(string path)
    {
        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Get, path);

        await response.ProblemAsync(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task A_wrong_method_is_405_and_the_right_ones_are_named()
    {
        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Put, Requests.Keys, "{}");

        await response.ProblemAsync(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        response.Content.Headers.Allow.ShouldBe(["GET", "POST"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task A_body_that_is_not_JSON_in_UTF8_by_its_own_word_is_415(string contentType)
    {
        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, "{}", contentType: contentType);

        await response.ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Fact]
    public async Task A_body_at_the_limit_is_read_and_one_above_is_413()
    {
        const int limit = 1024 * 1024;
        string frame = """{"scopes":["events:read"],"name":"x","note":""}""";
        string full = frame.Insert(frame.Length - 2, new string('a', limit - frame.Length));

        using HttpResponseMessage read = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, full);
        using HttpResponseMessage refused = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, full + " ");
        using var unannounced = new HttpRequestMessage(HttpMethod.Post, Requests.Keys)
        {
            Content = new StringContent(full + " ", Encoding.UTF8, "application/json"),
            Headers = { TransferEncodingChunked = true },
        };
        using HttpResponseMessage chunked = await hub.Admin.SendAsync(unannounced);

        read.StatusCode.ShouldBe(HttpStatusCode.Created);
        await refused.ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
        await chunked.ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
    }

    [Theory]
    [InlineData("{", "", "not JSON")]
    [InlineData("{\"name\":}", "name", "not JSON")]
    [InlineData("{\"name\":\"a\"}}", "", "not JSON")]
    [InlineData("[]", "", "wrong type")]
    [InlineData("\"text\"", "", "wrong type")]
    [InlineData("null", "", "missing")]
    [InlineData("", "", "missing")]
    [InlineData("{\"name\":5}", "name", "a string is expected")]
    [InlineData("{\"scopes\":\"admin\"}", "scopes", "a list is expected")]
    [InlineData("{\"scopes\":[{}]}", "scopes[0]", "a string is expected")]
    [InlineData("{\"rate\":\"5\"}", "rate", "a number is expected")]
    [InlineData("{\"rate\":5.5}", "rate", "a whole number is expected")]
    [InlineData("{\"rate\":99999999999999999999}", "rate", "a whole number is expected")]
    [InlineData("{\"rate\":1e999}", "rate", "too large")]
    [InlineData("{\"expires_at\":\"soon\"}", "expires_at", "a time such as")]
    [InlineData("{\"name\":\"a\",\"n\\u0061me\":\"b\"}", "name", "twice")]
    [InlineData("{\"name\":\"\\ud800\"}", "name", "half a character")]
    [InlineData("{\"name\":\"\\ud800x\"}", "name", "half a character")]
    [InlineData("{\"name\":\"\\udc00\\ud800\"}", "name", "half a character")]
    [InlineData("{\"a\":{\"b\":[1,{\"\\ud800\":1}]}}", "a.b[1].", "half a character")]
    [InlineData("{\"name\":\"a\\u0000b\"}", "name", "NUL")]
    public async Task A_wrong_body_is_400_and_says_what_and_where(string body, string field, string what)
    {
        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, body);

        JsonObject problem = await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
        KeyValuePair<string, JsonNode?> error = problem["errors"]!.AsObject().Single();
        error.Key.ShouldBe(field);
        ((string)error.Value![0]!).ShouldContain(what);
        problem.ToJsonString().ShouldNotContain("System.");
        problem.ToJsonString().ShouldNotContain("ChannelHub");
    }

    [Fact]
    public async Task Escaped_characters_that_are_whole_are_welcome()
    {
        JsonNode made = await hub.PostAsync(Requests.Keys, """{"name":"\ud83d\ude00 \\ud800 \"x\"","scopes":["admin"]}""", expect: 201);

        ((string)made["name"]!).ShouldBe("😀 \\ud800 \"x\"");
    }

    [Fact]
    public async Task Nesting_is_read_to_its_limit()
    {
        string Nested(int levels) => """{"name":"x","scopes":["admin"],"deep":""" + new string('[', levels - 1) + new string(']', levels - 1) + "}";

        using HttpResponseMessage read = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Nested(64));
        using HttpResponseMessage refused = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Nested(65));
        using HttpResponseMessage absurd = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, new string('[', 1_000_000));

        read.StatusCode.ShouldBe(HttpStatusCode.Created);
        await refused.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
        await absurd.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
    }

    [Fact]
    public async Task A_body_that_is_not_UTF8_is_400()
    {
        using var content = new ByteArrayContent([.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using HttpResponseMessage response = await hub.Admin.PostAsync(Requests.Keys, content);

        await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_reason_to_refuse()
    {
        using var content = new ByteArrayContent([.. "\uFEFF{\"name\":\"x\",\"scopes\":[\"admin\"]}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using HttpResponseMessage response = await hub.Admin.PostAsync(Requests.Keys, content);

        response.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Too_many_properties_in_one_object_are_refused()
    {
        string body = "{" + string.Join(',', Enumerable.Range(0, 10_001).Select(i => $"\"p{i}\":0")) + "}";

        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, body);

        await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=201")]
    [InlineData("?limit=many")]
    [InlineData("?cursor=%00")]
    [InlineData("?cursor=AAAA")]
    public async Task A_wrong_page_is_400(string query)
    {
        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Get, Requests.Keys + query);

        await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
    }

    [Fact]
    public async Task HEAD_is_GET_without_a_body()
    {
        using HttpResponseMessage head = await hub.Admin.SendAsync(HttpMethod.Head, Requests.Keys);
        using HttpResponseMessage slash = await hub.Admin.SendAsync(HttpMethod.Get, Requests.Keys + "/");
        using HttpResponseMessage after = await hub.Admin.SendAsync(HttpMethod.Get, Requests.Keys);

        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await head.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        slash.StatusCode.ShouldBe(HttpStatusCode.OK);
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/", HttpStatusCode.OK)]
    [InlineData("/nowhere", HttpStatusCode.NotFound)]
    [InlineData("/healthz", HttpStatusCode.OK)]
    [InlineData("/openapi/v1.json", HttpStatusCode.OK)]
    [InlineData("/docs/index.html", HttpStatusCode.OK)]
    [InlineData("/v1/api-keys", HttpStatusCode.Unauthorized)]
    [InlineData("/v1/api-keys?api_key=x", HttpStatusCode.BadRequest)]
    public async Task Every_answer_carries_the_headers_that_browsers_heed(string path, HttpStatusCode status)
    {
        using HttpResponseMessage response = await hub.Anonymous.SendAsync(HttpMethod.Get, path);

        response.StatusCode.ShouldBe(status);
        string Header(string name) => response.Headers.GetValues(name).Single();
        Header("X-Content-Type-Options").ShouldBe("nosniff");
        Header("Referrer-Policy").ShouldBe("no-referrer");
        Header("X-Frame-Options").ShouldBe("DENY");
        Header("Cross-Origin-Resource-Policy").ShouldBe("same-origin");
        Header("Content-Security-Policy").ShouldStartWith("default-src 'none'");
        Header("Content-Security-Policy").ShouldContain("frame-ancestors 'none'");
        response.Headers.Contains("X-Request-Id").ShouldBeTrue();
        response.Headers.Contains("Server").ShouldBeFalse();
        if (path.StartsWith("/v1", StringComparison.Ordinal))
            response.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("image/png")]
    public async Task A_problem_is_answered_whatever_the_caller_accepts(string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/nowhere");
        request.Headers.Accept.ParseAdd(accept);

        using HttpResponseMessage response = await hub.Admin.SendAsync(request);

        await response.ProblemAsync(HttpStatusCode.NotFound, "not-found");
    }
}
