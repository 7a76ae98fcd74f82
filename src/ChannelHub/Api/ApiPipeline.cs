using ChannelHub.Access;
using ChannelHub.Api.Description;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Pages;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.HttpOverrides;

namespace ChannelHub.Api;

/// <summary>
/// What a request passes on its way to an endpoint, in order: proxy headers, journal and errors, routing, access, overload, JSON, idempotency. What providers call
/// passes only routing: its endpoint reads, verifies and answers by itself.
/// </summary>
internal static class ApiPipeline
{
    internal static void AddApi(this IServiceCollection services, HubOptions options, TextWriter output)
    {
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions).MaxDepth = options.Json.Depth);
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();
        services.AddSingleton<ApiErrors>();
        services.AddSingleton<RequestJournal>();
        services.AddSingleton<RequestJson>();
        services.AddSingleton<Idempotency>();
        services.AddSingleton<ApiKeyCache>();
        services.AddSingleton<ApiAccess>();
        services.AddSingleton<IHostedService>(s => ActivatorUtilities.CreateInstance<FirstStart>(s, output));
        services.AddWorker<IdempotencyCleaner>();
        services.AddApiDescription();
    }

    internal static void UseApi(this WebApplication app)
    {
        TrustProxies(app, app.Services.GetRequiredService<HubOptions>());
        RequestJournal journal = app.Services.GetRequiredService<RequestJournal>();
        app.Use(next => context =>
        {
            if (!IsHook(context.Request))
                return journal.InvokeAsync(context, next);
            SecurityHeaders.ApplyToHook(context);
            return next(context);
        });
        DocsPage.Use(app);
        app.UseRouting();
        ApiAccess access = app.Services.GetRequiredService<ApiAccess>();
        RequestJson json = app.Services.GetRequiredService<RequestJson>();
        Idempotency idempotency = app.Services.GetRequiredService<Idempotency>();
        Database database = app.Services.GetRequiredService<Database>();
        app.Use(next =>
        {
            RequestDelegate open = context => ReadsByItself(context.Request) ? next(context) : json.InvokeAsync(context, next);
            RequestDelegate claimed = context => idempotency.InvokeAsync(context, next);
            RequestDelegate admitted = context =>
                (HttpMethods.IsGet(context.Request.Method) ? database.Share.IsAlive : database.CanTakeMore) ? json.InvokeAsync(context, claimed) : Problem.ComeBackAsync(context);
            return context => access.InvokeAsync(context, open, admitted);
        });
    }

    private static bool IsHook(HttpRequest request) =>
        request.Path.StartsWithSegments("/hooks") && (HttpMethods.IsPost(request.Method) || HttpMethods.IsGet(request.Method));

    /// <summary>What providers call; and the live chat, where a file may be JSON and a refusal must tell the browser which page may read it.</summary>
    private static bool ReadsByItself(HttpRequest request) => IsHook(request) || request.Path.StartsWithSegments("/chat");

    /// <summary>Who calls and over what is believed of the named proxies only; without any the headers mean nothing.</summary>
    private static void TrustProxies(WebApplication app, HubOptions options)
    {
        if (options.TrustedProxies.Count == 0)
            return;
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (string proxy in options.TrustedProxies)
            forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(NetworkRange.Parse(proxy).ToString()));
        app.UseForwardedHeaders(forwarded);
    }
}
