using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Adapters.Conformance.Meta;

/// <summary>
/// A Graph API for tests, on real HTTP at 127.0.0.1: one account of WhatsApp, Messenger or Instagram. It holds each call against the rules of the product, answers
/// as the product would, and can be told to fail. <see cref="Webhooks"/> pushes to a hub, signed, and can misbehave.
/// </summary>
public sealed partial class FakeGraphApi : IAsyncDisposable
{
    private readonly WebApplication server;
    private readonly ConcurrentQueue<GraphCall> calls = new();
    private readonly ConcurrentQueue<string> violations = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<GraphReply>> scripts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, GraphReply> refusing = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, GraphFile> files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, GraphFile> uploads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonObject> profiles = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<GraphSent> sent = new();
    private int number;
    private bool subscribed;

    private FakeGraphApi(WebApplication server, GraphProduct product, GraphWebhooks webhooks)
    {
        this.server = server;
        Product = product;
        Webhooks = webhooks;
    }

    /// <summary>Which product it is.</summary>
    public GraphProduct Product { get; }

    /// <summary>What goes into <c>api_base_url</c>.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The one token that is taken; any other is answered 401 with code 190. Changing it revokes the old one.</summary>
    public string AccessToken { get; set; } = "EAAfake0invented0token";

    /// <summary>Id of the number, the Page or the Instagram account.</summary>
    public string AccountId => Webhooks.AccountId;

    /// <summary>Id of the WhatsApp Business Account.</summary>
    public string BusinessAccountId => Webhooks.BusinessAccountId;

    /// <summary>The customers' side: what happens to the account is pushed from here.</summary>
    public GraphWebhooks Webhooks { get; }

    /// <summary>All calls so far, in the order in which they came.</summary>
    public IReadOnlyList<GraphCall> Calls => [.. calls];

    /// <summary>What was sent, in order; reactions, typing and read marks are not among it.</summary>
    public IReadOnlyList<GraphSent> Sent => [.. sent];

    /// <summary>How long a customer's file keeps whoever fetches it waiting.</summary>
    public TimeSpan MediaDelay { get; set; }

    /// <summary>What calls did that the real API does not take. Should be empty at the end of a test.</summary>
    public IReadOnlyList<string> Violations => [.. violations];

    /// <summary>Whether the account's events are subscribed to.</summary>
    public bool Subscribed => subscribed;

    /// <summary>Where WhatsApp was told to push instead of the app's own address.</summary>
    public Uri? OverrideHook { get; private set; }

    /// <summary>True: a receipt (or, on Pages, the echo) is pushed before the send it speaks of is answered.</summary>
    public bool ReportsBeforeAnswers { get; set; }

    /// <summary>Starts a server.</summary>
    /// <param name="product">Which product it is.</param>
    /// <param name="clock">Dates messages; the system's when absent.</param>
    /// <param name="accountId">Id of the account; an invented one when absent.</param>
    /// <param name="port">A port to listen on; 0 takes a free one.</param>
    public static async Task<FakeGraphApi> StartAsync(GraphProduct product, TimeProvider? clock = null, string? accountId = null, int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 120 * 1024 * 1024;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        WebApplication listening = builder.Build();
        var api = new FakeGraphApi(listening, product, new GraphWebhooks(product, clock ?? TimeProvider.System, accountId));
        listening.Run(api.HandleAsync);
        await listening.StartAsync();
        api.Url = new Uri(new Uri(listening.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()), "v25.0");
        return api;
    }

    /// <summary>
    /// The next calls of a name (see <see cref="GraphCall.Name"/>) are answered so; <c>*</c> means any, <c>GET file</c> a download.
    /// </summary>
    public void Script(string name, params ReadOnlySpan<GraphReply> answers)
    {
        foreach (GraphReply answer in answers)
            scripts.GetOrAdd(name, _ => new()).Enqueue(answer);
    }

    /// <summary>Whatever is sent to a customer from now on is answered so. Null ends it.</summary>
    public void Refuse(string customer, GraphReply? answer)
    {
        if (answer is null)
            refusing.TryRemove(customer, out _);
        else
            refusing[customer] = answer;
    }

    /// <summary>The messaging window of a customer is closed: whatever is no template is refused.</summary>
    public void CloseWindow(string customer) => Refuse(customer, Product switch
    {
        GraphProduct.WhatsApp => GraphReply.Error(131047, "Re-engagement message", details: "More than 24 hours have passed since the customer last replied."),
        GraphProduct.Messenger => GraphReply.Error(10, "This message is sent outside of allowed window.", subcode: 2018278, status: 403),
        _ => GraphReply.Error(10, "This message is sent outside of allowed window.", subcode: 2534022, status: 403),
    });

    /// <summary>A file of a customer. The answer is what a webhook carries: an id on WhatsApp, an address elsewhere.</summary>
    public string AddFile(string id, byte[] bytes, string contentType = "image/jpeg", string fileName = "")
    {
        files[id] = new(fileName, contentType, bytes);
        return Product == GraphProduct.WhatsApp ? id : FileUrl(id);
    }

    /// <summary>A file that the shop uploaded; null if there is none of this id.</summary>
    public GraphFile? UploadOf(string id) => uploads.GetValueOrDefault(id);

    /// <summary>Who a customer is, for look-ups of profiles.</summary>
    public void AddProfile(string customer, JsonObject profile) => profiles[customer] = profile;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Webhooks.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await server.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.DisposeAsync();
    }

    private string FileUrl(string id) => new Uri(Url, $"/files/{Uri.EscapeDataString(id)}").AbsoluteUri;

    private async Task HandleAsync(HttpContext context)
    {
        string path = Version().Replace(context.Request.Path.Value!.TrimStart('/'), "");
        bool isFile = path.StartsWith("files/", StringComparison.Ordinal);
        bool known = context.Request.Headers.Authorization == $"Bearer {AccessToken}";
        // Pages' files are open to whoever has the address, WhatsApp's only to the token.
        if (!known && !(isFile && Product != GraphProduct.WhatsApp))
            await GraphWire.WriteAsync(context, GraphReply.Error(190, "Invalid OAuth access token - Cannot parse access token", status: 401));
        else if (isFile)
            await DownloadAsync(context, path["files/".Length..]);
        else
            await CallAsync(context, path);
    }

    private async Task DownloadAsync(HttpContext context, string id)
    {
        await Task.Delay(MediaDelay, context.RequestAborted);
        if (TakeScript("GET file") is { } scripted)
        {
            await GraphWire.WriteAsync(context, scripted);
        }
        else if (files.TryGetValue(id, out GraphFile? file))
        {
            context.Response.ContentType = file.ContentType;
            await context.Response.Body.WriteAsync(file.Bytes, context.RequestAborted);
        }
        else
        {
            await GraphWire.WriteAsync(context, GraphReply.Raw(404, ""));
        }
    }

    private async Task CallAsync(HttpContext context, string path)
    {
        GraphCall? read = await GraphWire.ReadAsync(context.Request, path, context.RequestAborted);
        if (read is null)
            violations.Enqueue($"{path}: not JSON");
        GraphCall call = (read ?? new(0, context.Request.Method, path, new Dictionary<string, string>(), default, new Dictionary<string, GraphFile>(), null))
            with { Number = Interlocked.Increment(ref number) };
        calls.Enqueue(call);
        GraphReply? scripted = TakeScript(call.Name);
        GraphReply? real = scripted is { Carried: false } ? null : await DoAsync(call);
        await GraphWire.WriteAsync(context, scripted ?? real!);
    }

    private async Task<GraphReply> DoAsync(GraphCall call)
    {
        string owner = Product == GraphProduct.WhatsApp ? AccountId : "me";
        if (call.Name == "POST messages" && call.Path == $"{owner}/messages")
            return await SendAsync(call);
        if (call.Name == "POST media" && Product == GraphProduct.WhatsApp && call.Path == $"{owner}/media")
            return Upload(call, WhatsAppRules.Upload(call), "file", "id");
        if (call.Name == "POST message_attachments" && Product != GraphProduct.WhatsApp && call.Path == $"{owner}/message_attachments")
            return Upload(call, MessengerRules.Upload(call, Product == GraphProduct.Instagram), "filedata", "attachment_id");
        if (call.Path == (Product == GraphProduct.WhatsApp ? $"{BusinessAccountId}/subscribed_apps" : "me/subscribed_apps"))
            return Subscription(call);
        if (call.Method == "GET" && LookUp(call) is { } found)
            return Ok(found);
        violations.Enqueue($"{call.Method} {call.Path}: no such call");
        return GraphReply.Error(100, "Unsupported request. Object does not exist, cannot be loaded due to missing permissions", subcode: 33);
    }

    private async Task<GraphReply> SendAsync(GraphCall call)
    {
        bool whatsApp = Product == GraphProduct.WhatsApp;
        if (Wrong(call, whatsApp ? WhatsAppRules.Message(call.Body) ?? WrongFile(call) : MessengerRules.Send(call.Body, Product == GraphProduct.Instagram)) is { } refusal)
            return refusal;
        string customer = whatsApp ? call["to"] ?? call["recipient"] ?? "" : call["recipient.id"]!;
        if (refusing.TryGetValue(customer, out GraphReply? refused) && call["type"] != "template")
            return refused;
        if (call["status"] is not null)
            return Ok(new JsonObject { ["success"] = true });
        if (call["sender_action"] is not null)
            return Ok(new JsonObject { ["recipient_id"] = customer });
        string id = string.Create(CultureInfo.InvariantCulture, $"{(whatsApp ? "wamid.fake" : "m_fake")}{call.Number}");
        if (call["type"] != "reaction")
            sent.Enqueue(new GraphSent(id, customer, call));
        if (ReportsBeforeAnswers)
            await Webhooks.ReportAsync(call, customer, id);
        return Ok(whatsApp
            ? new JsonObject
            {
                ["messaging_product"] = "whatsapp",
                ["contacts"] = new JsonArray(new JsonObject { ["input"] = customer, ["wa_id"] = customer }),
                ["messages"] = new JsonArray(new JsonObject { ["id"] = id, ["message_status"] = "accepted" }),
            }
            : new JsonObject { ["recipient_id"] = customer, ["message_id"] = id });
    }

    private string? WrongFile(GraphCall call) =>
        call["type"] is { } kind && call[$"{kind}.id"] is { } id ? uploads.TryGetValue(id, out GraphFile? file) ? WhatsAppRules.File(kind, file) : $"no file {id} was uploaded" : null;

    private GraphReply Upload(GraphCall call, string? wrong, string field, string name)
    {
        if (Wrong(call, wrong) is { } refusal)
            return refusal;
        string id = string.Create(CultureInfo.InvariantCulture, $"90{call.Number:D6}");
        uploads[id] = call.Files[field];
        return Ok(new JsonObject { [name] = id });
    }

    private GraphReply Subscription(GraphCall call)
    {
        if (call.Method == "GET")
            return Ok(new JsonObject { ["data"] = subscribed ? new JsonArray(new JsonObject { ["name"] = "Hub" }) : new JsonArray() });
        if (Product != GraphProduct.WhatsApp && (call.Query.GetValueOrDefault("subscribed_fields") ?? call["subscribed_fields"]) is null
            && Wrong(call, "subscribed_fields is missing") is { } refusal)
            return refusal;
        subscribed = true;
        OverrideHook = call["override_callback_uri"] is { } hook ? new Uri(hook) : OverrideHook;
        return Ok(new JsonObject { ["success"] = true });
    }

    private JsonObject? LookUp(GraphCall call)
    {
        if (call.Path == "me" && Product != GraphProduct.WhatsApp)
            return new JsonObject { ["id"] = AccountId, ["name"] = "Fake shop" };
        if (call.Path == AccountId && Product == GraphProduct.WhatsApp)
            return new JsonObject { ["id"] = AccountId, ["display_phone_number"] = "+1 555-000-1111", ["verified_name"] = "Fake shop", ["quality_rating"] = "GREEN" };
        if (profiles.TryGetValue(call.Path, out JsonObject? profile))
            return (JsonObject)profile.DeepClone();
        return Product == GraphProduct.WhatsApp && files.TryGetValue(call.Path, out GraphFile? file)
            ? new JsonObject
            {
                ["id"] = call.Path,
                ["url"] = FileUrl(call.Path),
                ["mime_type"] = file.ContentType,
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(file.Bytes.Span)),
                ["file_size"] = file.Bytes.Length,
                ["messaging_product"] = "whatsapp",
            }
            : null;
    }

    private GraphReply? Wrong(GraphCall call, string? wrong)
    {
        if (wrong is null)
            return null;
        violations.Enqueue($"{call.Path}: {wrong}");
        return GraphReply.Error(100, "Invalid parameter", details: wrong);
    }

    private GraphReply? TakeScript(string name)
    {
        foreach (string one in (string[])[name, "*"])
        {
            if (scripts.TryGetValue(one, out ConcurrentQueue<GraphReply>? queue) && queue.TryDequeue(out GraphReply? answer))
                return answer;
        }
        return null;
    }

    private static GraphReply Ok(JsonNode result) => GraphReply.Raw(200, result.ToJsonString());

    [GeneratedRegex(@"^v[0-9]+(\.[0-9]+)?/", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();
}
