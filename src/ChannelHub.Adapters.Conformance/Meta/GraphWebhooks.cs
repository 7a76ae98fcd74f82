using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Meta;

/// <summary>
/// The customers of a <see cref="FakeGraphApi"/>: makes what Meta would push, signs it as Meta does, and pushes it, if asked so twice, late or in another order.
/// </summary>
public sealed class GraphWebhooks : IDisposable
{
    private readonly HttpClient client = new();
    private readonly GraphProduct product;
    private readonly TimeProvider clock;
    private int number;

    internal GraphWebhooks(GraphProduct product, TimeProvider clock, string? accountId)
    {
        this.product = product;
        this.clock = clock;
        AccountId = accountId ?? product switch { GraphProduct.WhatsApp => "1000200030004", GraphProduct.Messenger => "1112223334445", _ => "17841400000000001" };
    }

    /// <summary>Id of the number, the Page or the Instagram account.</summary>
    public string AccountId { get; }

    /// <summary>Id of the WhatsApp Business Account.</summary>
    public string BusinessAccountId { get; } = "2000300040005";

    /// <summary>Signs what is pushed; the channel's <c>app_secret</c>.</summary>
    public string AppSecret { get; set; } = "fake-app-secret";

    /// <summary>Shown in the handshake; the channel's <c>verify_token</c>.</summary>
    public string VerifyToken { get; set; } = "fake-verify-token";

    /// <summary>Where to push.</summary>
    public Uri? Hook { get; set; }

    /// <summary>How often each request is pushed; Meta promises no less than once.</summary>
    public int Copies { get; set; } = 1;

    /// <summary>The value of the signature header for a body.</summary>
    public string Sign(ReadOnlyMemory<byte> body) => Sign(body, AppSecret);

    /// <summary>The value of the signature header for a body.</summary>
    public static string Sign(ReadOnlyMemory<byte> body, string appSecret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(appSecret), body.Span));

    /// <summary>Tries the hook as Meta does when it is set up: true if it answers the challenge and nothing else.</summary>
    public async Task<bool> HandshakeAsync(CancellationToken cancellation = default)
    {
        string challenge = RandomNumberGenerator.GetInt32(int.MaxValue).ToString(CultureInfo.InvariantCulture);
        var address = new Uri($"{Hook}?hub.mode=subscribe&hub.verify_token={Uri.EscapeDataString(VerifyToken)}&hub.challenge={challenge}");
        using HttpResponseMessage response = await client.GetAsync(address, cancellation);
        return response.IsSuccessStatusCode && await response.Content.ReadAsStringAsync(cancellation) == challenge;
    }

    /// <summary>Pushes one request, signed, as often as <see cref="Copies"/> says; the status of the last.</summary>
    public async Task<int> PushAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation = default)
    {
        int status = 0;
        for (int copy = 0; copy < Copies; copy++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Hook) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", Sign(body));
            using HttpResponseMessage response = await client.SendAsync(request, cancellation);
            status = (int)response.StatusCode;
        }
        return status;
    }

    /// <summary>Pushes many requests in an order of its own: equal seeds shuffle alike.</summary>
    public async Task<IReadOnlyList<int>> PushShuffledAsync(IReadOnlyList<ReadOnlyMemory<byte>> bodies, int seed, CancellationToken cancellation = default)
    {
        ReadOnlyMemory<byte>[] shuffled = [.. bodies];
        new Random(seed).Shuffle(shuffled);
        var statuses = new List<int>(shuffled.Length);
        foreach (ReadOnlyMemory<byte> body in shuffled)
            statuses.Add(await PushAsync(body, cancellation));
        return statuses;
    }

    /// <summary>A customer writes a text.</summary>
    public ReadOnlyMemory<byte> Text(string customer, string text, string? id = null, string name = "Ada") => product == GraphProduct.WhatsApp
        ? WhatsApp(customer, new JsonObject { ["type"] = "text", ["text"] = new JsonObject { ["body"] = text } }, id, name)
        : Page(customer, new JsonObject { ["message"] = new JsonObject { ["mid"] = id ?? NextId(), ["text"] = text } });

    /// <summary>A customer sends a picture. <paramref name="file"/> is what <see cref="FakeGraphApi.AddFile"/> answered.</summary>
    public ReadOnlyMemory<byte> Picture(
        string customer, string file, string? id = null, string? fileName = null, string contentType = "image/jpeg", string name = "Ada") => product == GraphProduct.WhatsApp
        ? WhatsApp(customer, fileName is null
            ? new JsonObject { ["type"] = "image", ["image"] = new JsonObject { ["id"] = file, ["mime_type"] = contentType } }
            : new JsonObject { ["type"] = "document", ["document"] = new JsonObject { ["id"] = file, ["mime_type"] = contentType, ["filename"] = fileName } }, id, name)
        : Page(customer, new JsonObject
        {
            ["message"] = new JsonObject
            {
                ["mid"] = id ?? NextId(),
                ["attachments"] = new JsonArray(new JsonObject { ["type"] = "image", ["payload"] = new JsonObject { ["url"] = file } }),
            },
        });

    /// <summary>A customer presses a button that the shop sent.</summary>
    public ReadOnlyMemory<byte> Press(string customer, string buttonId, string label, string? id = null, string name = "Ada") => product == GraphProduct.WhatsApp
        ? WhatsApp(customer, new JsonObject
        {
            ["type"] = "interactive",
            ["interactive"] = new JsonObject { ["type"] = "button_reply", ["button_reply"] = new JsonObject { ["id"] = buttonId, ["title"] = label } },
        }, id, name)
        : Page(customer, new JsonObject { ["postback"] = new JsonObject { ["mid"] = id ?? NextId(), ["title"] = label, ["payload"] = buttonId } });

    /// <summary>
    /// What became of a sent message: <c>sent</c>, <c>delivered</c>, <c>read</c> or <c>failed</c> on WhatsApp; <c>delivered</c> and <c>read</c> elsewhere, where they
    /// speak of everything up to now (or, on Instagram, up to the message).
    /// </summary>
    public ReadOnlyMemory<byte> Receipt(string customer, string id, string state, string? callbackData = null, int? errorCode = null)
    {
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (product == GraphProduct.WhatsApp)
        {
            var status = new JsonObject
            {
                ["id"] = id, ["status"] = state, ["timestamp"] = (now / 1000).ToString(CultureInfo.InvariantCulture), ["recipient_id"] = customer,
            };
            if (callbackData is not null)
                status["biz_opaque_callback_data"] = callbackData;
            if (errorCode is { } code)
                status["errors"] = new JsonArray(new JsonObject { ["code"] = code, ["title"] = "Invented error" });
            return WhatsApp(new JsonObject { ["statuses"] = new JsonArray(status) });
        }
        JsonObject said = product == GraphProduct.Instagram ? new JsonObject { ["mid"] = id } : new JsonObject { ["watermark"] = now };
        return Page(customer, new JsonObject { [state == "read" ? "read" : "delivery"] = said });
    }

    /// <summary>What the shop sent, as Pages and Instagram accounts repeat it.</summary>
    public ReadOnlyMemory<byte> Echo(string customer, string id, string text, string? metadata = null, long? appId = null)
    {
        var message = new JsonObject { ["mid"] = id, ["is_echo"] = true, ["text"] = text };
        if (metadata is not null)
            message["metadata"] = metadata;
        if (appId is { } app)
            message["app_id"] = app;
        return Page(customer, new JsonObject { ["message"] = message }, isEcho: true);
    }

    /// <summary>Several requests as one, as Meta does under load.</summary>
    public static ReadOnlyMemory<byte> Batch(params ReadOnlySpan<ReadOnlyMemory<byte>> bodies)
    {
        JsonObject? whole = null;
        foreach (ReadOnlyMemory<byte> body in bodies)
        {
            JsonObject one = JsonNode.Parse(body.Span)!.AsObject();
            if (whole is null)
            {
                whole = one;
                continue;
            }
            foreach (JsonNode? entry in one["entry"]!.AsArray())
                whole["entry"]!.AsArray().Add(entry!.DeepClone());
        }
        return JsonSerializer.SerializeToUtf8Bytes(whole);
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    internal async Task ReportAsync(GraphCall call, string customer, string id)
    {
        if (Hook is null)
            return;
        await PushAsync(product == GraphProduct.WhatsApp
            ? Receipt(customer, id, "delivered", call["biz_opaque_callback_data"])
            : Echo(customer, id, call["message.text"] ?? "", call["message.metadata"], appId: 1));
    }

    private string NextId() => string.Create(
        CultureInfo.InvariantCulture, $"{(product == GraphProduct.WhatsApp ? "wamid.in" : "m_in")}{Interlocked.Increment(ref number)}");

    private ReadOnlyMemory<byte> WhatsApp(string customer, JsonObject content, string? id, string name)
    {
        content["from"] = customer;
        content["id"] = id ?? NextId();
        content["timestamp"] = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return WhatsApp(new JsonObject
        {
            ["contacts"] = new JsonArray(new JsonObject { ["profile"] = new JsonObject { ["name"] = name }, ["wa_id"] = customer }),
            ["messages"] = new JsonArray(content),
        });
    }

    private byte[] WhatsApp(JsonObject value)
    {
        value["messaging_product"] = "whatsapp";
        value["metadata"] = new JsonObject { ["display_phone_number"] = "15550001111", ["phone_number_id"] = AccountId };
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["object"] = "whatsapp_business_account",
            ["entry"] = new JsonArray(new JsonObject
            {
                ["id"] = BusinessAccountId,
                ["changes"] = new JsonArray(new JsonObject { ["field"] = "messages", ["value"] = value }),
            }),
        });
    }

    private byte[] Page(string customer, JsonObject happening, bool isEcho = false)
    {
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        happening["sender"] = new JsonObject { ["id"] = isEcho ? AccountId : customer };
        happening["recipient"] = new JsonObject { ["id"] = isEcho ? customer : AccountId };
        happening["timestamp"] = now;
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["object"] = product == GraphProduct.Instagram ? "instagram" : "page",
            ["entry"] = new JsonArray(new JsonObject { ["id"] = AccountId, ["time"] = now, ["messaging"] = new JsonArray(happening) }),
        });
    }
}
