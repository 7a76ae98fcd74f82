using System.Net;
using System.Net.Http.Json;
using ChannelHub.Adapters.Conformance.Telegram;

namespace ChannelHub.Adapters.Tests.Telegram;

public sealed class FakeBotApiTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient client = new();
    private FakeBotApi api = null!;

    public async Task InitializeAsync() => api = await FakeBotApi.StartAsync();

    public async Task DisposeAsync() => await api.DisposeAsync();

    public void Dispose() => client.Dispose();

    [Theory]
    [InlineData("sendPigeon", """{"chat_id":1}""", HttpStatusCode.NotFound)]
    [InlineData("sendMessage", """{"chat_id":1}""", HttpStatusCode.BadRequest)]
    [InlineData("sendMessage", """{"text":"x"}""", HttpStatusCode.BadRequest)]
    [InlineData("sendMessage", """{"chat_id":1,"text":""}""", HttpStatusCode.BadRequest)]
    [InlineData("sendMessage", """{"chat_id":1,"text":17}""", HttpStatusCode.BadRequest)]
    [InlineData("sendMessage", """{"chat_id":1,"text":"x","txet":"y"}""", HttpStatusCode.BadRequest)]
    [InlineData("sendMessage", """{"chat_id":1,"text":"x","reply_parameters":{"message_id":1}}""", HttpStatusCode.BadRequest)]
    [InlineData("sendMessage", """{"chat_id":1,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"a"}]]}}""", HttpStatusCode.BadRequest)]
    [InlineData("sendMessage", """{"chat_id":1,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":""}]]}}""", HttpStatusCode.BadRequest)]
    [InlineData("sendLocation", """{"chat_id":1,"latitude":91,"longitude":0}""", HttpStatusCode.BadRequest)]
    [InlineData("setWebhook", """{"url":"http://hub.example/hook"}""", HttpStatusCode.BadRequest)]
    [InlineData("setWebhook", """{"url":"https://hub.example/hook","secret_token":"no spaces"}""", HttpStatusCode.BadRequest)]
    [InlineData("getUpdates", """{"timeout":51}""", HttpStatusCode.BadRequest)]
    [InlineData("setMessageReaction", """{"chat_id":1,"message_id":1,"reaction":[{},{}]}""", HttpStatusCode.BadRequest)]
    public async Task A_call_against_the_rules_is_refused_and_noted(string method, string body, HttpStatusCode status)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        using HttpResponseMessage response = await client.PostAsync(Address(method), content);

        response.StatusCode.ShouldBe(status);
        api.Violations.ShouldHaveSingleItem();
        api.Calls.ShouldHaveSingleItem().Method.ShouldBe(method);
    }

    [Fact]
    public async Task A_form_without_a_file_is_refused()
    {
        using var form = new FormUrlEncodedContent([new("chat_id", "1"), new("text", "x")]);

        using HttpResponseMessage response = await client.PostAsync(Address("sendMessage"), form);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        api.Violations.ShouldHaveSingleItem().ShouldContain("application/x-www-form-urlencoded");
    }

    [Fact]
    public async Task A_wrong_token_is_unauthorised()
    {
        using HttpResponseMessage response = await client.PostAsync(new Uri(api.Url, "/bot1:x/getMe"), null);

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        api.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_update_that_was_not_asked_for_never_comes()
    {
        api.Add("message_reaction", new System.Text.Json.Nodes.JsonObject()).ShouldBeNull();
        using HttpResponseMessage response = await client.PostAsJsonAsync(Address("getUpdates"), new { allowed_updates = new[] { "message_reaction" } });

        api.Add("message_reaction", new System.Text.Json.Nodes.JsonObject()).ShouldNotBeNull();
        api.AddText(7, 1, "x").ShouldBeNull();
    }

    private Uri Address(string method) => new(api.Url, $"/bot{api.Token}/{method}");
}
