using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>One bot whose updates this hub fetches. The cursor is the offset to ask for next.</summary>
internal sealed class TelegramPollingChannel(TelegramSettings settings, ChannelEnvironment environment)
    : TelegramChannel(settings, environment), IMessagePuller
{
    // Well within what the client waits for an answer at all.
    private readonly int longPollSeconds = environment.Http.Timeout == Timeout.InfiniteTimeSpan
        ? MaxLongPollSeconds
        : Math.Clamp((int)environment.Http.Timeout.TotalSeconds / 2, 1, MaxLongPollSeconds);

    private const int MaxLongPollSeconds = 25;

    public async IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long? offset = long.TryParse(cursor, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long stored) ? stored : null;
        while (true)
        {
            IReadOnlyList<ReadOnlyMemory<byte>> items = await Api.UpdatesAsync(Ask(offset), cancellation);
            if (items.Count == 0)
                continue;
            (offset, string[] presses) = Look(items);
            yield return new PulledBatch(items, TelegramCall.Number(offset.Value));
            // The hub has committed the batch, since it asks for the next: only now is a press answered, as it is by webhook.
            await Parallel.ForEachAsync(presses, cancellation, async (press, stop) => await Api.CallAsync(Answer(press), stop));
        }
    }

    public override ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation) =>
        new(new ProbeResult(false, "this channel polls; Telegram refuses polling as soon as a webhook is registered"));

    private TelegramCall Ask(long? offset) => TelegramCall.Json("getUpdates", writer =>
    {
        if (offset is { } from)
            writer.WriteNumber("offset", from);
        writer.WriteNumber("limit", 100);
        writer.WriteNumber("timeout", longPollSeconds);
        WriteAllowed(writer);
    });

    private static TelegramCall Answer(string press) => TelegramCall.Json("answerCallbackQuery", writer => writer.WriteString("callback_query_id", press));

    private static (long Next, string[] Presses) Look(IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        var presses = new List<string>();
        long? next = null;
        foreach (ReadOnlyMemory<byte> item in items)
        {
            using var update = JsonDocument.Parse(item);
            // The last one, not the largest: after a quiet week Telegram begins to count anew.
            if (update.RootElement.Long("update_id"u8) is { } id and < long.MaxValue)
                next = id + 1;
            if (TelegramUpdates.PressOf(update.RootElement) is { } press)
                presses.Add(press);
        }
        return (next ?? throw new IOException("getUpdates: updates without an id"), [.. presses]);
    }
}
