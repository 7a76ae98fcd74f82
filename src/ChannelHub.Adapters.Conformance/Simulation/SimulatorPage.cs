using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>
/// A page on a port of its own, where somebody plays the customers of a simulator, and beside it the shop, as the hub's API shows the thread. The hub's key
/// stays on this side. It listens on loopback only, and does nothing for pages of other origins.
/// </summary>
public sealed class SimulatorPage : IAsyncDisposable
{
    private const long MostBytes = 12 * 1024 * 1024;

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly WebApplication app;
    private readonly SimulatorDesk desk;
    private readonly CancellationTokenSource stopping = new();
    private Task deliveries = Task.CompletedTask;

    private SimulatorPage(ProviderSimulator simulator, SimulatedHub hub, int port)
    {
        desk = new SimulatorDesk(simulator, hub);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostBytes;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        app = builder.Build();
        app.Run(HandleAsync);
    }

    /// <summary>What to type into a browser.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Starts the page, and the deliveries of what is done there.</summary>
    /// <param name="simulator">Whose customers are played; it is connected already.</param>
    /// <param name="hub">Its threads are shown.</param>
    /// <param name="port">A port to listen on; 0 takes a free one.</param>
    public static async Task<SimulatorPage> StartAsync(ProviderSimulator simulator, SimulatedHub hub, int port = 0)
    {
        var page = new SimulatorPage(simulator, hub, port);
        await page.app.StartAsync();
        page.Address = new Uri(page.app.Urls.First() + "/");
        page.deliveries = page.desk.DeliverAsync(page.stopping.Token);
        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await deliveries;
        await app.DisposeAsync();
        stopping.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (!IsOurs(context.Request))
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        else if (context.Request.Path.StartsWithSegments("/api", out PathString rest))
            await CallAsync(context, rest.Value!.TrimStart('/'));
        else
            await FileAsync(context);
    }

    // A name that somebody else's page lets point here is not ours, and neither is what a page elsewhere sends.
    private bool IsOurs(HttpRequest request)
    {
        string host = request.Host.Value ?? "";
        string port = Address.Port.ToString(CultureInfo.InvariantCulture);
        if (host != $"127.0.0.1:{port}" && host != $"localhost:{port}")
            return false;
        if (HttpMethods.IsGet(request.Method))
            return true;
        string origin = request.Headers.Origin.ToString();
        return HttpMethods.IsPost(request.Method) && (origin.Length == 0 || origin == $"http://{host}")
            && request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true;
    }

    private async Task CallAsync(HttpContext context, string call)
    {
        try
        {
            bool isGet = HttpMethods.IsGet(context.Request.Method);
            JsonObject given = isGet
                ? new JsonObject(context.Request.Query.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.ToString())))
                : (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))?.AsObject() ?? [];
            var asked = new SimulatorAsk(given);
            if (isGet && call is "file" or "attachment")
                await DownloadAsync(context, await desk.FileAsync(call, asked, context.RequestAborted));
            else
                await WriteAsync(context, await desk.DoAsync(context.Request.Method, call, asked, context.RequestAborted));
        }
        catch (Exception wrong) when (wrong is SimulatorAsk.WrongException or System.Text.Json.JsonException or InvalidOperationException or FormatException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await WriteAsync(context, new JsonObject { ["error"] = wrong.Message });
        }
    }

    private static async Task DownloadAsync(HttpContext context, FakeFile? file)
    {
        if (file is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        // Only pictures are shown, and none that could hold a script.
        bool isPicture = file.ContentType is "image/png" or "image/jpeg" or "image/gif" or "image/webp";
        context.Response.ContentType = isPicture ? file.ContentType : "application/octet-stream";
        context.Response.Headers.ContentDisposition = isPicture ? "inline" : "attachment";
        await context.Response.Body.WriteAsync(file.Bytes, context.RequestAborted);
    }

    private static async Task FileAsync(HttpContext context)
    {
        (string? name, string type) = context.Request.Path.Value switch
        {
            "/" => ("simulator.html", "text/html; charset=utf-8"),
            "/simulator.css" => ("simulator.css", "text/css; charset=utf-8"),
            "/simulator.js" => ("simulator.js", "text/javascript; charset=utf-8"),
            _ => (null, ""),
        };
        if (name is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        await using Stream file = typeof(SimulatorPage).Assembly.GetManifestResourceStream("Simulation/" + name)!;
        context.Response.ContentType = type;
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task WriteAsync(HttpContext context, JsonNode answer)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(answer.ToJsonString()), context.RequestAborted);
    }
}
