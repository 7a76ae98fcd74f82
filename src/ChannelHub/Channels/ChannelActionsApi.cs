using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Hooks;
using ChannelHub.Options;
using ChannelHub.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Channels;

/// <summary>What an operator does with a channel: probe it, register its webhook, let it go on.</summary>
public sealed class ChannelActionsApi(ChannelDirectory channels, ChannelHealth health, ChannelProbe probe, ChannelView view, HubOptions options)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        ChannelActionsApi api = app.ServiceProvider.GetRequiredService<ChannelActionsApi>();
        RouteGroupBuilder group = app.MapGroup("/v1/channels/{id}").WithTags("Channels");
        group.MapPost("probe", api.ProbeAsync).RequireScope(Scopes.ChannelsAdmin).WithSummary("Ask the provider whether the settings work");
        group.MapPost("register-webhook", api.RegisterAsync).RequireScope(Scopes.ChannelsAdmin).WithSummary("Tell the provider to push to this hub");
        group.MapPost("resume", api.ResumeAsync).RequireScope(Scopes.ChannelsAdmin).WithSummary("Let a paused channel go on");
    }

    private async Task<Results<Ok<ProbeShape>, ProblemHttpResult>> ProbeAsync(HttpContext context, string id)
    {
        if (channels.Find(id) is not { } channel)
            return ChannelView.NotFound();
        return TypedResults.Ok(channel.Account is { } account
            ? await probe.AskAsync(channel, "probe", account.ProbeAsync, context.RequestAborted)
            : new ProbeShape(Ok: false, channel.Row.StateReason ?? "the account could not be opened"));
    }

    private async Task<Results<Ok<ProbeShape>, ProblemHttpResult>> RegisterAsync(HttpContext context, string id)
    {
        if (channels.Find(id) is not { } channel)
            return ChannelView.NotFound();
        if (HookAddress.Of(options, channel.PublicId) is not { } url)
        {
            return Problem.Conflict("no-public-url",
                "The hub does not know under what address the world reaches it; set CHANNELHUB_PUBLIC_URL and start the hub again.");
        }
        if (channel.Ability<IWebhookRegistrar>() is not { } registrar)
        {
            return Problem.Conflict("cannot-register",
                $"This channel cannot register its webhook with these settings; complete them, or enter {url.AbsoluteUri} at the provider.");
        }
        return TypedResults.Ok(
            await probe.AskAsync(channel, "register_webhook", cancellation => registrar.RegisterWebhookAsync(url, cancellation), context.RequestAborted));
    }

    private async Task<Results<Ok<ChannelShape>, ProblemHttpResult>> ResumeAsync(HttpContext context, string id)
    {
        if (channels.Find(id) is not { } channel)
            return ChannelView.NotFound();
        await health.ResumeAsync(channel, Caller.Of(context).Name);
        // An account that could not be opened may be by now: a plug-in or a key has come back.
        return view.Answer(context, channels.Reload(channel.Id));
    }
}
