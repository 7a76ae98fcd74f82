using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Attachments;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace ChannelHub.Hooks;

/// <summary>
/// The way in: providers call <c>/hooks/{channel}</c>. Read, verify, parse, commit, answer. Nothing is acknowledged before it is durable, and a
/// commit that was begun does not hang on the caller's patience.
/// </summary>
public sealed class HookEndpoint(
    ChannelDirectory channels, InputParser parser, AppWebhooks apps, IntakeBuilder intakes, Database database, UploadStore uploads, HookCounters counters, HubMetrics metrics, HubOptions options,
    ILogger<HookEndpoint> log)
{
    private const long MostPassed = 1L << 30;
    private static readonly TimeSpan TurnedAwayIsToldEvery = TimeSpan.FromSeconds(10);

    private long turnedAwayToldAt;

    public static void Map(IEndpointRouteBuilder app)
    {
        HookEndpoint hooks = app.ServiceProvider.GetRequiredService<HookEndpoint>();
        app.MapMethods("/hooks/{channel}/{**rest}", [HttpMethods.Post, HttpMethods.Get], hooks.HandleAsync).ExcludeFromDescription();
    }

    public async Task HandleAsync(HttpContext context)
    {
        if (channels.Find((string)context.GetRouteValue("channel")!) is not { Enabled: true, Type: var type } channel)
        {
            await NobodyListensAsync(context);
            return;
        }
        if (type is null || channel.Account is null)
        {
            // A plug-in or a key is missing. The provider keeps what it has until they are back.
            await Problem.ComeBackAsync(context, "60");
            return;
        }
        if (channel.Ability<IWebhookReceiver>() is not { } receiver)
        {
            await NobodyListensAsync(context);
            return;
        }
        // What is refused must cost next to nothing, or the work of refusing takes the time from what was accepted.
        if (HttpMethods.IsPost(context.Request.Method) && !database.CanTakeMore)
        {
            await TurnAwayAsync(context, channel.Row.Type);
            return;
        }
        int limit = Math.Min(channel.Limits.MaxWebhookBytes, options.Hooks.BodyBytes);
        int stub = Math.Min(channel.Limits.WebhookStubBytes, limit);
        (byte[]? body, long? cutFrom) = await ReadBodyAsync(context, limit, stub);
        if (body is null)
        {
            await TooLargeAsync(context, limit);
            return;
        }
        WebhookRequest request = Request(context, body, cutFrom);
        Dictionary<string, string> query = Query(context);
        if (parser.Verify(channel, receiver, request, type.Info, query) is not { } input)
        {
            await ForgedAsync(context, channel);
            return;
        }
        // Nobody but who is known may send so much.
        if (cutFrom is not null && !await PassAsync(context))
        {
            await TooLargeAsync(context, limit);
            return;
        }
        // Bodies arrive all at once; whoever was let in to send theirs may find that others were quicker.
        if (!database.TryEnter())
        {
            await TurnAwayAsync(context, channel.Row.Type);
            return;
        }
        try
        {
            Received received = parser.Parse(channel, receiver, input);
            await CommitAsync(context, apps.Split(channel, request, query, input, received.Entries), received.Reply);
        }
        finally
        {
            database.Leave();
        }
    }

    private Task TurnAwayAsync(HttpContext context, string channelType)
    {
        metrics.Hook(channelType, "turned_away");
        long now = database.Clock.GetTimestamp(), told = Interlocked.Read(ref turnedAwayToldAt);
        if ((told == 0 || database.Clock.GetElapsedTime(told, now) > TurnedAwayIsToldEvery) && Interlocked.CompareExchange(ref turnedAwayToldAt, now, told) == told)
            HookLog.TurnedAway(log);
        return Problem.ComeBackAsync(context);
    }

    private Task ForgedAsync(HttpContext context, LiveChannel channel)
    {
        metrics.Hook(channel.Row.Type, "forged");
        counters.Forged(channel);
        return Problem.Of(StatusCodes.Status403Forbidden, "forged", "Forged", "The request does not carry this channel's secret or a valid signature.")
            .ExecuteAsync(context);
    }

    private static Task TooLargeAsync(HttpContext context, int limit) =>
        Problem.Of(StatusCodes.Status413PayloadTooLarge, "too-large", "Too large", $"This channel takes at most {limit} bytes.").ExecuteAsync(context);

    private static Task NobodyListensAsync(HttpContext context) => Problem.NotFound("There is no channel that listens here.").ExecuteAsync(context);

    /// <summary>All that a request brought is durable before it is answered; the first delivery is of the channel that was called.</summary>
    private async Task CommitAsync(HttpContext context, IReadOnlyList<AppWebhooks.Delivery> deliveries, HookReply? reply)
    {
        LiveChannel channel = deliveries[0].Channel;
        try
        {
            IngestOutcome[] outcomes = await Task.WhenAll(deliveries.Select(CommitAsync));
            metrics.Hook(channel.Row.Type, "accepted");
            foreach (AppWebhooks.Delivery delivery in deliveries)
                counters.Saw(delivery.Channel, delivery.Entries);
            await AnswerAsync(context, reply ?? channel.Type!.Acknowledge(outcomes[0].Entries));
        }
        catch (StoreUnavailableException unavailable)
        {
            metrics.Hook(channel.Row.Type, "not_stored");
            HookLog.NotStored(log, channel.PublicId, unavailable.Message);
            await Problem.ComeBackAsync(context);
        }
    }

    private async Task<IngestOutcome> CommitAsync(AppWebhooks.Delivery delivery)
    {
        IReadOnlyList<EntryOutcome?> kept = await uploads.KeepAsync(delivery.Channel, delivery.Entries);
        return delivery.Entries.Count == 0
            ? new IngestOutcome([])
            : await database.IngestAsync(intakes.Build(delivery.Channel, delivery.Input, delivery.Entries, kept: kept));
    }

    private static async Task AnswerAsync(HttpContext context, HookReply reply)
    {
        context.Response.StatusCode = reply.Status;
        if (reply.Body.IsEmpty)
            return;
        context.Response.ContentType = reply.ContentType;
        context.Response.ContentLength = reply.Body.Length;
        await context.Response.Body.WriteAsync(reply.Body);
    }

    /// <summary>The exact bytes; of more than the limit the beginning and how many they were, or null where a beginning is of no use.</summary>
    private static async ValueTask<(byte[]? Body, long? CutFrom)> ReadBodyAsync(HttpContext context, int limit, int stub)
    {
        long told = context.Request.ContentLength ?? 0;
        bool refused = told > limit && stub == 0;
        // The server lets the rest of a refused body pass for some seconds, but only within its limit; else the refusal is lost in a reset connection.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = refused || stub > 0 ? null : limit + 1L;
        if (refused)
            return (null, null);
        int most = told > limit ? stub : limit;
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            bool tooLarge = read.Buffer.Length > most;
            if (tooLarge || read.IsCompleted)
            {
                byte[]? body = !tooLarge ? read.Buffer.ToArray() : stub == 0 ? null : read.Buffer.Slice(0, stub).ToArray();
                long size = Math.Max(told, read.Buffer.Length);
                reader.AdvanceTo(read.Buffer.End);
                return (body, tooLarge ? size : null);
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Lets the rest of a body pass, so that its sender hears the answer; false if it does not end.</summary>
    private static async ValueTask<bool> PassAsync(HttpContext context)
    {
        PipeReader reader = context.Request.BodyReader;
        for (long passed = 0; passed < MostPassed;)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            passed += read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return true;
        }
        return false;
    }

    private WebhookRequest Request(HttpContext context, byte[] body, long? cutFrom)
    {
        var headers = new Dictionary<string, string>(context.Request.Headers.Count, StringComparer.OrdinalIgnoreCase);
        foreach ((string name, StringValues values) in context.Request.Headers)
            headers[name] = values.Count == 1 ? values[0]! : string.Join(',', values!);
        headers.Remove(WebhookRequest.CutFrom);
        if (cutFrom is { } size)
            headers[WebhookRequest.CutFrom] = size.ToString(CultureInfo.InvariantCulture);
        return new WebhookRequest
        {
            Method = context.Request.Method,
            SubPath = (string?)context.GetRouteValue("rest") ?? "",
            Url = HookAddress.Of(options, context),
            Headers = headers,
            Body = body,
            ReceivedAt = database.Clock.GetUtcNow(),
        };
    }

    private static Dictionary<string, string> Query(HttpContext context)
    {
        if (!context.Request.QueryString.HasValue)
            return EmptyQuery;
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, StringValues values) in context.Request.Query)
            query[name] = values.Count > 0 ? values[0] ?? "" : "";
        return query;
    }

    private static readonly Dictionary<string, string> EmptyQuery = [];
}

internal static partial class HookLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Input of channel {Channel} was not stored: {Reason}")]
    public static partial void NotStored(ILogger log, string channel, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Input is turned away unread: the store cannot write it in time")]
    public static partial void TurnedAway(ILogger log);
}
