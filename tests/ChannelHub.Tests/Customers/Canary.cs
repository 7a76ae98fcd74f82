using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Core.Ids;
using ChannelHub.Tests.Acceptance;
using ChannelHub.Tests.WebChat;

namespace ChannelHub.Tests.Customers;

/// <summary>A person who leaves their mark in every field that channels and CRMs can fill.</summary>
internal sealed class Canary(TestHub hub)
{
    public const string Mark = "zqcanaryqz";
    public const string Phone = "48600177355";
    public const string TelegramId = "7003551177";

    private const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private const string TelegramSecret = "secret-of-the-bot";

    private string app = null!;
    private string telegram = null!;
    private int events;

    /// <summary>What may not be found anywhere afterwards.</summary>
    public static IReadOnlyList<string> Marks => [Mark, Phone, TelegramId];

    /// <summary>The chat they used.</summary>
    public string Chat { get; private set; } = null!;

    /// <summary>The browser they used.</summary>
    public ChatBrowser Browser { get; private set; } = null!;

    /// <summary>Their one customer id.</summary>
    public string Customer { get; private set; } = null!;

    public async Task SettleInAsync()
    {
        Chat = await hub.AddChatAsync(Jwt.Settings);
        app = await hub.AddChannelAsync("http", new { inbound_secrets = new[] { Secret } });
        telegram = await hub.AddChannelAsync("telegram", new { secret_token = TelegramSecret });
        await ChatAsync();
        await UseAppAsync();
        await UseTelegramAsync();
        await BeWrittenAboutAsync();
    }

    private async Task ChatAsync()
    {
        Browser = await ChatBrowser.OpenAsync(hub, Chat);
        await Browser.StartAsync(resume: Browser.Token, page: $"https://shop.example/{Mark}");
        await Browser.SayAsync($"I am {Mark}", clientId: "c-" + Mark);
        string file = (string)(await Browser.UploadAsync(Mark + ".txt", Encoding.UTF8.GetBytes("content of " + Mark))).Body!["id"]!;
        await Browser.PostAsync("messages", new { client_id = "f-" + Mark, parts = new[] { new { type = "file", attachment_id = file } } });
        await Browser.UploadAsync("unused-" + Mark + ".txt", Encoding.UTF8.GetBytes("nobody used " + Mark));
        await Browser.PostAsync("claims", new { kind = "email", value = Mark + "@claimed.example" });
        await Browser.PostAsync("claims", new { kind = "phone", value = "+" + Phone });
        await Browser.StartAsync(resume: Browser.Token, identity: Jwt.For(Chat, Mark, DateTimeOffset.UtcNow, new()
        {
            ["name"] = "Ada " + Mark, ["email"] = Mark + "@signed.example", ["email_verified"] = true, ["locale"] = "pl",
        }));
    }

    private async Task UseAppAsync()
    {
        object sender = new
        {
            external_id = "u-" + Mark, name = "Ada " + Mark, email = Mark + "@signed.example", email_verified = true, phone = "+" + Phone, phone_verified = true,
        };
        string file = await UploadAsync();
        object[] content =
        [
            new { type = "text", text = "Hello from " + Mark }, new { type = "file", file_id = file, caption = Mark },
            new { type = "location", latitude = 1, longitude = 2, name = Mark, address = Mark }, new { type = "contact", name = Mark, phones = new[] { "+" + Phone }, emails = new[] { Mark + "@x.example" } },
        ];
        await PostAsync("message.received", new { external_id = "m-" + Mark, thread_id = "t-" + Mark, sender, content, metadata = new Dictionary<string, string> { [Mark] = Mark } });
        await PostAsync("message.received", new { external_id = "m-" + Mark, thread_id = "t-" + Mark, sender, content = content[..1] });
        await PostAsync("message.edited", new { external_id = "m-" + Mark, content = new[] { new { type = "text", text = "edited " + Mark } } });
        await PostAsync("message.edited", new { external_id = "m-" + Mark, content = new[] { new { type = "text", text = "edited again " + Mark } } });
        await PostAsync("reaction.changed", new { message_id = "m-" + Mark, sender, emoji = Mark, action = "added" });
        await PostAsync("typing", new { sender });
        await PostAsync("identity.opted_out", new { sender });
        await PostAsync("identity.changed", new { old_external_id = "u-" + Mark, new_external_id = "renamed-" + Mark });
        await PostAsync("reaction.changed", new { message_id = "m-" + Mark, sender = new { external_id = "renamed-" + Mark, name = "Ada again " + Mark }, emoji = "👍", action = "added" });
        await PostAsync("message.echo", new { external_id = "e-" + Mark, recipient = sender, content = new[] { new { type = "text", text = "answered elsewhere " + Mark } } });
        await PostAsync("message.received", new { external_id = "gone-" + Mark, sender, content = content[..1] });
        await PostAsync("message.deleted", new { external_id = "gone-" + Mark });
        await PostAsync("message.received", new { external_id = "p-" + Mark, sender, content = new[] { new { type = "image", url = $"http://127.0.0.1:1/{Mark}.png", name = Mark + ".png" } } });
    }

    private async Task UseTelegramAsync()
    {
        object from = new { id = long.Parse(TelegramId), is_bot = false, first_name = "Ada", last_name = Mark, username = Mark, language_code = "pl" };
        object chat = new { id = long.Parse(TelegramId), type = "private", first_name = "Ada", username = Mark };
        await UpdateAsync(new { update_id = 1, message = new { message_id = 1, date = 1_790_000_000, chat, from, text = "On Telegram: " + Mark } });
        await UpdateAsync(new { update_id = 2, edited_message = new { message_id = 1, date = 1_790_000_000, edit_date = 1_790_000_100, chat, from, text = "Changed: " + Mark } });
        await UpdateAsync(new
        {
            update_id = 3, message = new { message_id = 2, date = 1_790_000_200, chat, from, contact = new { phone_number = Phone, first_name = Mark, user_id = long.Parse(TelegramId) } },
        });
        await UpdateAsync(new { update_id = 3, message = new { message_id = 2, date = 1_790_000_200, chat, from, text = "again " + Mark } });
    }

    /// <summary>What a CRM writes of them.</summary>
    private async Task BeWrittenAboutAsync()
    {
        var shop = new Shop(hub);
        Customer = HubId.Format(IdPrefix.Customer, shop.CustomerOf(shop.IdentityOf(Browser, Chat)));
        await hub.CallAsync(HttpMethod.Patch, "/v1/customers/" + Customer, new { name = Mark, attributes = new Dictionary<string, string> { [Mark] = Mark } });
        await hub.PostAsync($"/v1/customers/{Customer}/identities", new { kind = "email", value = Mark + "@attached.example", name = Mark }, expect: 201);
        string other = (string)(await hub.PostAsync("/v1/customers", new { name = Mark, external_id = "other-" + Mark }, expect: 201))["id"]!;
        JsonNode merge = await hub.PostAsync($"/v1/customers/{Customer}/merge", new { with = other, reason = "says " + Mark });
        await hub.PostAsync($"/v1/merges/{merge["merge_id"]}/undo");
        await hub.PostAsync($"/v1/customers/{Customer}/merge", new { with = other, reason = "says again " + Mark });
        string upload = await UploadToApiAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, $"/v1/conversations/{Customer.Replace("cus_", "cnv_")}/messages")
        {
            Content = JsonContent.Create(new
            {
                channel_id = Chat, metadata = new Dictionary<string, string> { [Mark] = Mark }, author = new { kind = "agent", name = "Mia" },
                parts = new object[] { new { type = "text", text = "Dear " + Mark }, new { type = "file", attachment = new { id = upload }, caption = Mark } },
            }),
        };
        request.Headers.Add("Idempotency-Key", "once");
        using HttpResponseMessage sent = await hub.Admin.SendAsync(request);
        sent.EnsureSuccessStatusCode();
        await hub.UntilAsync("/v1/messages/" + (await sent.Content.ReadFromJsonAsync<JsonNode>())!["id"], m => (string?)m["state"] != "queued");
    }

    private async Task<string> UploadToApiAsync()
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes("for " + Mark)), "file", Mark + "-offer.txt" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/attachments") { Content = form };
        request.Headers.Add("Idempotency-Key", "once");
        using HttpResponseMessage answer = await hub.Admin.SendAsync(request);
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
    }

    private async Task<string> UploadAsync()
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("from the app: " + Mark));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/hooks/{app}/files?name={Mark}.txt") { Content = content };
        Sign(request, await content.ReadAsByteArrayAsync());
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        return System.Text.RegularExpressions.Regex.Match(text, "att_[0-9a-z]{13}").Value is { Length: > 0 } id ? id : throw new InvalidOperationException(text);
    }

    private async Task PostAsync(string type, object data)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { type, timestamp = DateTimeOffset.UtcNow.AddSeconds(events), data });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/" + app) { Content = new ByteArrayContent(body) };
        Sign(request, body);
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(request);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{type}: {await answer.Content.ReadAsStringAsync()}");
    }

    private void Sign(HttpRequestMessage request, byte[] body)
    {
        string id = $"w{++events}-{Mark}";
        string timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        byte[] content = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        byte[] mac = System.Security.Cryptography.HMACSHA256.HashData(Convert.FromBase64String(Secret["whsec_".Length..]), content);
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", "v1," + Convert.ToBase64String(mac));
    }

    private async Task UpdateAsync(object update)
    {
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, telegram, TelegramSecret, JsonSerializer.Serialize(update)));
        answer.EnsureSuccessStatusCode();
    }
}
