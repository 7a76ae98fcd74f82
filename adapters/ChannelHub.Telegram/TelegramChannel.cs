using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>One bot to which Telegram pushes.</summary>
internal class TelegramChannel(TelegramSettings settings, ChannelEnvironment environment)
    : IWebhookReceiver, IMessageSender, IMediaSource, IWebhookRegistrar, IMessageEditor, IMessageDeleter, IReactionSender, ITypingSignal
{
    internal const string SecretHeader = "x-telegram-bot-api-secret-token";

    private readonly TelegramApi api = new(settings, environment.Http);

    // Where this channel last told Telegram to push; another program with the same token may have told it otherwise since.
    private volatile Uri? registered;

    internal TelegramApi Api => api;

    public bool Verify(WebhookRequest request) => Signatures.Matches(settings.SecretToken, request.Header(SecretHeader));

    public Received Parse(AuthenticInput input) => TelegramUpdates.Parse(input);

    public async ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        if (ChatOf(message.To, message.Address) is not { } chat)
            return new SendResult.Rejected(new Fault(FaultKind.UnknownRecipient, "not the id of a private chat"));
        TelegramMessageId? replyTo = TelegramMessageId.From(message.ReplyTo);
        TelegramCall? call;
        try
        {
            call = message is { Part: MediaPart part, Media: { } media }
                ? TelegramSending.Upload(part, media, await media.OpenAsync(cancellation), chat, replyTo)
                : TelegramSending.Call(message.Part, chat, replyTo);
        }
        catch (IOException)
        {
            return new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "the file to send could not be opened"));
        }
        if (call is null)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, $"Telegram has no way to send {message.Part.GetType().Name}"));
        TelegramAnswer answer = await api.CallAsync(call, cancellation);
        if (answer.Failure is { } failure)
            return failure;
        return answer.Result.Long("message_id"u8) is { } id
            ? new SendResult.Sent(new TelegramMessageId(id, chat).External)
            : new SendResult.Unconfirmed("Telegram accepted it without telling its id");
    }

    public ValueTask<SendResult> EditAsync(SentUnit unit, Part part, CancellationToken cancellation) =>
        ChangeAsync(unit, id => TelegramSending.Edit(part, id), "message is not modified", cancellation);

    public ValueTask<SendResult> DeleteAsync(SentUnit unit, CancellationToken cancellation) =>
        ChangeAsync(unit, id => TelegramSending.On(id, "deleteMessage"), "message to delete not found", cancellation);

    public ValueTask<SendResult> ReactAsync(SentUnit unit, string? reaction, CancellationToken cancellation) =>
        ChangeAsync(unit, id => TelegramSending.Reaction(reaction, id), "message is not modified", cancellation);

    public async ValueTask ShowTypingAsync(Key to, string? address, CancellationToken cancellation)
    {
        if (ChatOf(to, address) is not { } chat)
            return;
        await api.CallAsync(TelegramCall.Json("sendChatAction", writer =>
        {
            writer.WriteNumber("chat_id", chat);
            writer.WriteString("action", "typing");
        }), cancellation);
    }

    public async ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation)
    {
        TelegramAnswer answer = await api.CallAsync(TelegramCall.Json("getFile", writer => writer.WriteString("file_id", reference)), cancellation);
        if (answer.Failure is SendResult.Rejected { Fault.Detail: var words } && !words.Contains("temporarily", StringComparison.OrdinalIgnoreCase))
            return new MediaResult.Gone(words);
        if (answer.Fault is { } fault)
            return new MediaResult.Later(fault.Detail, (answer.Failure as SendResult.Deferred)?.RetryAfter);
        if (answer.Result.Long("file_size"u8) > TelegramChannelType.MaxDownloadBytes)
            return new MediaResult.Gone("larger than the 20 MB that Telegram hands to bots");
        return answer.Result.Text("file_path"u8) is { } path
            ? await api.DownloadAsync(path, cancellation)
            : new MediaResult.Later("Telegram did not tell where the file is");
    }

    public virtual async ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(settings.SecretToken))
            return new(false, "secret_token is not set: nothing would tell Telegram's updates from forged ones");
        TelegramAnswer answer = await api.CallAsync(TelegramCall.Json("setWebhook", writer =>
        {
            writer.WriteString("url", url.AbsoluteUri);
            writer.WriteString("secret_token", settings.SecretToken);
            writer.WriteNumber("max_connections", 40);
            WriteAllowed(writer);
        }), cancellation);
        if (answer.Fault is { } fault)
            return new(false, fault.Detail, fault);
        registered = url;
        return new(true, $"Telegram pushes to {url.Host} from now on");
    }

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(settings.BotToken))
            return new(false, "bot_token is not set: this channel can only receive, and Telegram cannot be asked about it");
        TelegramAnswer me = await api.CallAsync(TelegramCall.Json("getMe"), cancellation);
        if (me.Fault is { } fault)
            return new(false, fault.Detail, fault);
        TelegramAnswer hook = await api.CallAsync(TelegramCall.Json("getWebhookInfo"), cancellation);
        string bot = $"@{me.Result.Text("username"u8, 64)}";
        return new(true, hook.Fault is { } unknown ? $"{bot}; state of the webhook unknown: {unknown.Detail}" : $"{bot}; {TelegramHealth.Words(hook.Result, settings.Mode, registered)}");
    }

    internal static void WriteAllowed(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("allowed_updates");
        foreach (string kind in TelegramUpdates.Allowed)
            writer.WriteStringValue(kind);
        writer.WriteEndArray();
    }

    private async ValueTask<SendResult> ChangeAsync(SentUnit unit, Func<TelegramMessageId, TelegramCall?> change, string alreadySo, CancellationToken cancellation)
    {
        if (TelegramMessageId.From(unit.Id) is not { } id || change(id) is not { } call)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "Telegram cannot change this"));
        TelegramAnswer answer = await api.CallAsync(call, cancellation);
        bool already = answer.Failure is SendResult.Rejected { Fault.Detail: var words } && words.Contains(alreadySo, StringComparison.OrdinalIgnoreCase);
        return already ? new SendResult.Sent(unit.Id) : answer.Failure ?? new SendResult.Sent(unit.Id);
    }

    // Groups have negative ids and public chats have names. Neither is a customer, and what is meant for one must not be read by many.
    private static long? ChatOf(Key to, string? address) =>
        long.TryParse(address ?? to.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long chat) && chat > 0 ? chat : null;
}
