using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Telegram;
using ChannelHub.Telegram;

namespace ChannelHub.Adapters.Tests.Telegram;

public sealed class TelegramPollingTests : IAsyncLifetime, IDisposable
{
    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));
    private TelegramBot bot = null!;

    private IMessagePuller Puller => (IMessagePuller)bot.Open(TelegramMode.Polling);

    public async Task InitializeAsync() => bot = await TelegramBot.StartAsync();

    public async Task DisposeAsync() => await bot.DisposeAsync();

    public void Dispose() => patience.Dispose();

    [Fact]
    public async Task An_update_that_comes_while_the_poll_waits_is_yielded_with_the_offset_after_it()
    {
        await using IAsyncEnumerator<PulledBatch> pull = Puller.PullAsync(null, patience.Token).GetAsyncEnumerator();
        ValueTask<bool> next = pull.MoveNextAsync();
        next.IsCompleted.ShouldBeFalse();

        bot.Api.AddText(700100200, 41, "Grüße");

        (await next).ShouldBeTrue();
        pull.Current.Cursor.ShouldBe("90002");
        ReadOnlyMemory<byte> item = pull.Current.Items.ShouldHaveSingleItem();
        Received received = ((IReceiver)bot.Open(TelegramMode.Polling)).Parse(AuthenticInput.Pulled(item, DateTimeOffset.UnixEpoch));
        var message = (MessageReceived)received.Entries.ShouldHaveSingleItem().ShouldBeOfType<Entry.Understood>().Event;
        message.Parts.ShouldBe([new TextPart("Grüße")]);
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task Asking_for_the_next_batch_confirms_the_last_and_only_then()
    {
        bot.Api.AddText(700100200, 41, "one");
        await using IAsyncEnumerator<PulledBatch> pull = Puller.PullAsync(null, patience.Token).GetAsyncEnumerator();
        await pull.MoveNextAsync();
        bot.Api.Pending.ShouldBe(1);

        ValueTask<bool> next = pull.MoveNextAsync();
        bot.Api.AddText(700100200, 42, "two");
        await next;

        bot.Api.Pending.ShouldBe(1);
        bot.Api.Calls[^1]["offset"].ShouldBe("90002");
    }

    [Fact]
    public async Task A_poll_begun_again_from_any_earlier_cursor_yields_the_rest()
    {
        bot.Api.ForgetsConfirmedUpdates = false;
        for (int message = 1; message <= 250; message++)
            bot.Api.AddText(700100200, message, $"{message}");
        List<PulledBatch> whole = await PullAsync(null, 3);
        whole.Select(batch => batch.Items.Count).ShouldBe([100, 100, 50]);

        for (int seen = 1; seen < whole.Count; seen++)
        {
            List<PulledBatch> rest = await PullAsync(whole[seen - 1].Cursor, whole.Count - seen);
            Texts(rest).ShouldBe(Texts(whole.Skip(seen)));
        }
    }

    [Fact]
    public async Task A_press_is_answered_after_the_batch_was_committed()
    {
        bot.Api.AddPress(700100200, 40, "4444", "yes");
        await using IAsyncEnumerator<PulledBatch> pull = Puller.PullAsync(null, patience.Token).GetAsyncEnumerator();
        await pull.MoveNextAsync();
        bot.Api.Calls.ShouldNotContain(call => call.Method == "answerCallbackQuery");

        ValueTask<bool> next = pull.MoveNextAsync();
        bot.Api.AddText(700100200, 41, "Thanks");
        await next;

        bot.Api.Calls.Where(call => call.Method == "answerCallbackQuery").ShouldHaveSingleItem()["callback_query_id"].ShouldBe("4444");
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task Telegram_is_asked_for_reactions_and_blocks_too()
    {
        bot.Api.Script("getUpdates", BotApiAnswer.Raw(200, """{"ok":true,"result":[]}"""));
        ValueTask<bool> next = Puller.PullAsync("17", patience.Token).GetAsyncEnumerator().MoveNextAsync();
        bot.Api.AddText(700100200, 1, "x");
        await next;

        BotApiCall call = bot.Api.Calls[0];
        call["allowed_updates"].ShouldBe("""["message","edited_message","callback_query","my_chat_member","message_reaction"]""");
        (call["offset"], call["limit"], call["timeout"]).ShouldBe(("17", "100", "25"));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    public async Task A_revoked_token_pauses_the_channel(int status)
    {
        bot.Api.Script("getUpdates", BotApiAnswer.Error(status, "no"));

        var refused = await Should.ThrowAsync<PullRefusedException>(() => PullAsync(null, 1));

        refused.Fault.Kind.ShouldBe(FaultKind.NotAuthorized);
        refused.ToString().ShouldNotContain(bot.Api.Token);
    }

    [Fact]
    public async Task Polling_without_a_token_is_refused_before_any_call()
    {
        var puller = (IMessagePuller)bot.Open(TelegramMode.Polling, settings => settings with { BotToken = null });

        await Should.ThrowAsync<PullRefusedException>(async () => await puller.PullAsync(null, patience.Token).GetAsyncEnumerator().MoveNextAsync());
        bot.Api.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_webhook_in_the_way_ends_the_poll_with_words_and_stays()
    {
        await ((IWebhookRegistrar)bot.Open()).RegisterWebhookAsync(new Uri("https://other.example/hook"), CancellationToken.None);

        Exception ended = await Should.ThrowAsync<IOException>(() => PullAsync(null, 1));

        ended.Message.ShouldContain("webhook");
        bot.Api.Webhook.ShouldNotBeNull();
    }

    [Fact]
    public async Task Updates_that_no_offset_can_confirm_end_the_poll()
    {
        bot.Api.Script("getUpdates", BotApiAnswer.Raw(200, """{"ok":true,"result":[{"message":{}}]}"""));

        await Should.ThrowAsync<IOException>(() => PullAsync(null, 1));
    }

    [Fact]
    public async Task A_batch_of_long_texts_arrives_whole()
    {
        string text = new('ż', 4096);
        for (int message = 1; message <= 100; message++)
            bot.Api.AddText(700100200, message, text);

        PulledBatch batch = (await PullAsync(null, 1))[0];

        Texts([batch]).ShouldAllBe(received => received == text);
        batch.Items.Count.ShouldBe(100);
    }

    [Fact]
    public void Only_a_channel_that_polls_can_be_pulled() => (bot.Open() is IMessagePuller).ShouldBeFalse();

    private async Task<List<PulledBatch>> PullAsync(string? cursor, int batches)
    {
        var pulled = new List<PulledBatch>();
        await foreach (PulledBatch batch in Puller.PullAsync(cursor, patience.Token))
        {
            pulled.Add(batch);
            if (pulled.Count == batches)
                break;
        }
        return pulled;
    }

    private static string[] Texts(IEnumerable<PulledBatch> batches) =>
        [.. batches.SelectMany(batch => batch.Items).Select(item => (string)JsonNode.Parse(item.Span)!["message"]!["text"]!)];
}
