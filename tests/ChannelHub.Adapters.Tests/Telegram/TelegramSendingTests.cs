using ChannelHub.Adapters.Conformance.Telegram;

namespace ChannelHub.Adapters.Tests.Telegram;

public sealed class TelegramSendingTests : IAsyncLifetime
{
    private TelegramBot bot = null!;

    private BotApiCall Call => bot.Api.Calls[^1];

    public async Task InitializeAsync() => bot = await TelegramBot.StartAsync();

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_text_goes_out_plain_and_its_id_is_the_one_that_replies_refer_to()
    {
        SendResult result = await bot.SendAsync(new TextPart("<b>2*2_4</b> \ud800 📦"));

        result.ShouldBe(new SendResult.Sent(new ExternalId("0000001001:700100200")));
        Call.Method.ShouldBe("sendMessage");
        Call["text"].ShouldBe("<b>2*2_4</b> \ufffd 📦");
        Call["chat_id"].ShouldBe("700100200");
        Call.Parameters.Keys.ShouldBe(["chat_id", "text"], ignoreOrder: true);
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task Buttons_stand_one_below_the_other()
    {
        await bot.SendAsync(new ButtonsPart("Deliver tomorrow?", [new Button("yes", "Yes"), new Button("shop", "Shop", "https://shop.example")]));

        Call["reply_markup"].ShouldBe("""{"inline_keyboard":[[{"text":"Yes","callback_data":"yes"}],[{"text":"Shop","url":"https://shop.example"}]]}""");
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reply_quotes_and_does_not_fail_when_the_question_is_gone()
    {
        await bot.SendAsync(new TextPart("Yes"), replyTo: new ExternalId("0000000041:700100200"));

        Call["reply_parameters"].ShouldBe("""{"message_id":41,"allow_sending_without_reply":true}""");
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reply_to_a_press_quotes_nothing()
    {
        await bot.SendAsync(new TextPart("Yes"), replyTo: new ExternalId("c:4444"));

        Call.Parameters.ContainsKey("reply_parameters").ShouldBeFalse();
    }

    [Theory]
    [InlineData(MediaKind.Image, "image/jpeg", "sendPhoto", "photo")]
    [InlineData(MediaKind.Image, "image/PNG; x=y", "sendPhoto", "photo")]
    [InlineData(MediaKind.Image, "image/gif", "sendAnimation", "animation")]
    [InlineData(MediaKind.Image, "image/tiff", "sendDocument", "document")]
    [InlineData(MediaKind.Audio, "audio/ogg", "sendVoice", "voice")]
    [InlineData(MediaKind.Audio, "audio/mpeg", "sendAudio", "audio")]
    [InlineData(MediaKind.Audio, "audio/wav", "sendDocument", "document")]
    [InlineData(MediaKind.Video, "video/mp4", "sendVideo", "video")]
    [InlineData(MediaKind.Video, "video/quicktime", "sendDocument", "document")]
    [InlineData(MediaKind.File, "image/jpeg", "sendDocument", "document")]
    [InlineData(MediaKind.Sticker, "image/webp", "sendPhoto", "photo")]
    public async Task A_file_goes_out_by_the_method_that_shows_it(MediaKind kind, string contentType, string method, string field)
    {
        SendResult result = await bot.SendFileAsync(kind, contentType, caption: "[see this", fileName: "Łódź \"1\".bin");

        result.ShouldBeOfType<SendResult.Sent>();
        Call.Method.ShouldBe(method);
        Call.ContentType.ShouldBe("multipart/form-data");
        Call["caption"].ShouldBe("[see this");
        Call.Files[field].FileName.ShouldBe("Łódź _1_.bin");
        Call.Files[field].Bytes.Length.ShouldBe(100);
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_sticker_without_words_is_a_sticker()
    {
        await bot.SendFileAsync(MediaKind.Sticker, "image/webp");

        Call.Method.ShouldBe("sendSticker");
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_photo_over_ten_megabytes_goes_out_as_a_document()
    {
        await bot.SendFileAsync(MediaKind.Image, "image/jpeg", size: 10 * 1024 * 1024);
        Call.Method.ShouldBe("sendPhoto");

        await bot.SendFileAsync(MediaKind.Image, "image/jpeg", size: (10 * 1024 * 1024) + 1);
        Call.Method.ShouldBe("sendDocument");
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_can_be_a_reply()
    {
        await bot.SendAsync(new MediaPart(MediaKind.File, new MediaReference { Stored = "att_1" }), new OutboundMedia
        {
            FileName = "a.txt",
            ContentType = "text/plain",
            Size = 3,
            OpenAsync = _ => ValueTask.FromResult<Stream>(new MemoryStream([1, 2, 3])),
        }, new ExternalId("0000000041:700100200"));

        Call["reply_parameters"].ShouldBe("""{"message_id":41,"allow_sending_without_reply":true}""");
        Call.Files["document"].Bytes.ToArray().ShouldBe([1, 2, 3]);
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_place_is_a_location_and_with_a_name_a_venue()
    {
        await bot.SendAsync(new LocationPart(52.2, 21.01));
        Call.Method.ShouldBe("sendLocation");

        await bot.SendAsync(new LocationPart(52.2, 21.01, Address: "Marszałkowska 1"));
        Call.Method.ShouldBe("sendVenue");
        (Call["title"], Call["address"]).ShouldBe(("Marszałkowska 1", "Marszałkowska 1"));
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_card_with_one_number_is_a_contact_and_one_with_more_brings_a_vcard()
    {
        await bot.SendAsync(new ContactPart("Desk", ["+48221234567"], []));
        (Call.Method, Call["phone_number"], Call["first_name"], Call["vcard"]).ShouldBe(("sendContact", "+48221234567", "Desk", null));

        await bot.SendAsync(new ContactPart("Desk; the", ["+48221234567", "+48221234568"], ["desk@shop.example"]));
        Call["vcard"].ShouldBe("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Desk\\; the\r\nTEL:+48221234567\r\nTEL:+48221234568\r\nEMAIL:desk@shop.example\r\nEND:VCARD");
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_Telegram_has_no_way_to_send_is_refused_without_a_call()
    {
        foreach (Part part in (Part[])[new ContactPart("Desk", [], ["desk@shop.example"]), new UnsupportedPart("poll"), new ReplyPart("yes", "Yes")])
            (await bot.SendAsync(part)).ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.ContentRefused);
        bot.Api.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("-1001234567890", null)]
    [InlineData("@shop_news", null)]
    [InlineData("700100200", "-5001")]
    public async Task Nothing_is_written_to_a_group_or_a_public_chat(string value, string? address)
    {
        var message = new OutboundMessage { Key = "msg_1.0", To = new Key(KeyKinds.Telegram, value), Address = address, Part = new TextPart("For Ada only") };

        SendResult result = await bot.Open<IMessageSender>().SendAsync(message, CancellationToken.None);

        result.ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.UnknownRecipient);
        bot.Api.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_address_of_the_chat_goes_before_the_key()
    {
        var message = new OutboundMessage { Key = "msg_1.0", To = TelegramBot.Ada, Address = "700100201", Part = new TextPart("Here") };

        SendResult result = await bot.Open<IMessageSender>().SendAsync(message, CancellationToken.None);

        result.ShouldBe(new SendResult.Sent(new ExternalId("0000001001:700100201")));
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_tried_again()
    {
        SendResult result = await bot.SendAsync(new MediaPart(MediaKind.File, new MediaReference { Stored = "att_1" }), new OutboundMedia
        {
            FileName = "a", ContentType = "text/plain", Size = 1, OpenAsync = _ => throw new IOException("disk"),
        });

        result.ShouldBeOfType<SendResult.Deferred>();
    }

    [Fact]
    public async Task A_text_is_edited_and_an_edit_that_changes_nothing_is_no_failure()
    {
        SentUnit unit = await bot.SentAsync(new TextPart("Frist"));

        (await bot.Open<IMessageEditor>().EditAsync(unit, new TextPart("First"), CancellationToken.None)).ShouldBe(new SendResult.Sent(unit.Id));
        (await bot.Open<IMessageEditor>().EditAsync(unit, new TextPart("First"), CancellationToken.None)).ShouldBe(new SendResult.Sent(unit.Id));
        (Call.Method, Call["message_id"], Call["text"]).ShouldBe(("editMessageText", "1001", "First"));
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_caption_is_edited_by_the_method_for_captions()
    {
        var sent = (SendResult.Sent)await bot.SendFileAsync(MediaKind.Image, "image/png", "Old");

        SendResult result = await bot.Open<IMessageEditor>().EditAsync(
            new SentUnit(TelegramBot.Ada, null, sent.Id), new MediaPart(MediaKind.Image, new MediaReference { Stored = "att_1" }, "New"), CancellationToken.None);

        result.ShouldBe(new SendResult.Sent(sent.Id));
        (Call.Method, Call["caption"]).ShouldBe(("editMessageCaption", "New"));
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_gone_cannot_be_edited_and_deleting_it_again_is_no_failure()
    {
        SentUnit unit = await bot.SentAsync(new TextPart("Oops"));

        (await bot.Open<IMessageDeleter>().DeleteAsync(unit, CancellationToken.None)).ShouldBe(new SendResult.Sent(unit.Id));
        (await bot.Open<IMessageDeleter>().DeleteAsync(unit, CancellationToken.None)).ShouldBe(new SendResult.Sent(unit.Id));
        (await bot.Open<IMessageEditor>().EditAsync(unit, new TextPart("x"), CancellationToken.None))
            .ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.ContentRefused);
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_press_can_be_neither_edited_nor_deleted_nor_reacted_to()
    {
        var press = new SentUnit(TelegramBot.Ada, null, new ExternalId("c:4444"));

        (await bot.Open<IMessageEditor>().EditAsync(press, new TextPart("x"), CancellationToken.None)).ShouldBeOfType<SendResult.Rejected>();
        (await bot.Open<IMessageDeleter>().DeleteAsync(press, CancellationToken.None)).ShouldBeOfType<SendResult.Rejected>();
        (await bot.Open<IReactionSender>().ReactAsync(press, "👍", CancellationToken.None)).ShouldBeOfType<SendResult.Rejected>();
        bot.Api.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("👍", """[{"type":"emoji","emoji":"👍"}]""")]
    [InlineData("custom:5368324170671202286", """[{"type":"custom_emoji","custom_emoji_id":"5368324170671202286"}]""")]
    [InlineData(null, "[]")]
    public async Task A_reaction_is_set_or_withdrawn(string? reaction, string sent)
    {
        var unit = new SentUnit(TelegramBot.Ada, null, new ExternalId("0000000041:700100200"));

        (await bot.Open<IReactionSender>().ReactAsync(unit, reaction, CancellationToken.None)).ShouldBe(new SendResult.Sent(unit.Id));

        System.Text.RegularExpressions.Regex.Unescape(Call["reaction"]!).ShouldBe(sent);
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task Typing_is_shown_in_the_chat()
    {
        await bot.Open<ITypingSignal>().ShowTypingAsync(TelegramBot.Ada, null, CancellationToken.None);

        (Call.Method, Call["chat_id"], Call["action"]).ShouldBe(("sendChatAction", "700100200", "typing"));
        bot.Api.Violations.ShouldBeEmpty();
    }
}
