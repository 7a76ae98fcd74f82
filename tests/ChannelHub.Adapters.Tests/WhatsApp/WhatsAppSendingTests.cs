using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Meta;
using ChannelHub.WhatsApp;

namespace ChannelHub.Adapters.Tests.WhatsApp;

public sealed class WhatsAppSendingTests : IAsyncLifetime
{
    private WhatsAppAccount account = null!;

    public async Task InitializeAsync() => account = await WhatsAppAccount.StartAsync();

    public async Task DisposeAsync() => await account.DisposeAsync();

    [Fact]
    public async Task A_text_goes_to_the_address_that_WhatsApp_itself_gave()
    {
        SendResult result = await account.SendAsync(new TextPart("*Grüße* 📦"), address: "5215512345678", to: new Key(KeyKinds.Phone, "+525512345678"));

        GraphCall call = account.LastCall();
        (call["to"], call["type"], call["text.body"], call["biz_opaque_callback_data"]).ShouldBe(("5215512345678", "text", "*Grüße* 📦", "msg_0000000000001.0"));
        result.ShouldBeOfType<SendResult.Sent>().Id.Value.ShouldBe("wamid.fake1");
    }

    [Fact]
    public async Task A_number_is_written_without_its_plus_and_an_id_goes_where_ids_go()
    {
        await account.SendAsync(new TextPart("Hello"));
        account.LastCall()["to"].ShouldBe("447700900123");

        await account.SendAsync(new TextPart("Hello"), to: new Key("whatsapp", "2000300040005", "GB.9911223344"));
        account.LastCall()["recipient"].ShouldBe("GB.9911223344");
    }

    [Fact]
    public async Task What_the_answer_tells_of_the_recipient_is_learned()
    {
        const string Answer = """{"contacts":[{"input":"x","wa_id":"5215512345678","user_id":"MX.17"}],"messages":[{"id":"wamid.1"}]}""";
        account.Api.Script("POST messages", GraphReply.Raw(200, Answer), GraphReply.Raw(200, Answer));

        var typed = (await account.SendAsync(new TextPart("Hola"), to: new Key(KeyKinds.Phone, "+525512345678"))).ShouldBeOfType<SendResult.Sent>();
        var byId = (await account.SendAsync(new TextPart("Hola"), to: new Key("whatsapp", "2000300040005", "MX.17"))).ShouldBeOfType<SendResult.Sent>();

        typed.Learned.ShouldBe(
        [
            new LearnedKey(new Key(KeyKinds.Phone, "+5215512345678"), Assurance.Proven, LearnedAs.Alias),
            new LearnedKey(new Key("whatsapp", "2000300040005", "MX.17"), Assurance.Proven, LearnedAs.Alias),
        ]);
        byId.Learned.ShouldBe([new LearnedKey(new Key(KeyKinds.Phone, "+5215512345678"), Assurance.Proven, LearnedAs.Contact)]);
    }

    [Theory]
    [InlineData("phone", "MYSHOP")]
    [InlineData("phone", "+44 7700")]
    [InlineData("email", "ada@shop.example")]
    public async Task What_is_no_address_of_WhatsApp_is_not_asked_about(string kind, string value)
    {
        SendResult result = await account.SendAsync(new TextPart("Hello"), to: new Key(kind, value));

        result.ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.UnknownRecipient);
        account.Api.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reply_quotes()
    {
        await account.SendAsync(new TextPart("Yes"), replyTo: new ExternalId("wamid.AAA="));

        account.LastCall()["context.message_id"].ShouldBe("wamid.AAA=");
    }

    [Theory]
    [InlineData(MediaKind.Image, "image/jpeg", 100, "image")]
    [InlineData(MediaKind.Image, "image/webp", 100, "document")]
    [InlineData(MediaKind.Image, "image/png", 6_000_000, "document")]
    [InlineData(MediaKind.Audio, "audio/ogg; codecs=opus", 100, "audio")]
    [InlineData(MediaKind.Audio, "audio/webm", 100, "document")]
    [InlineData(MediaKind.Video, "video/mp4", 100, "video")]
    [InlineData(MediaKind.Video, "video/mp4", 17_000_000, "document")]
    [InlineData(MediaKind.Video, "video/quicktime", 100, "document")]
    [InlineData(MediaKind.Sticker, "image/webp", 100, "sticker")]
    [InlineData(MediaKind.Sticker, "image/png", 100, "document")]
    [InlineData(MediaKind.File, "application/pdf", 100, "document")]
    public async Task A_file_is_uploaded_and_sent_as_what_WhatsApp_shows_or_else_as_a_document(MediaKind kind, string contentType, int size, string sentAs)
    {
        SendResult result = await account.SendFileAsync(kind, contentType, size: size, fileName: "Łódź.bin");

        GraphCall call = account.LastCall();
        result.ShouldBeOfType<SendResult.Sent>();
        call["type"].ShouldBe(sentAs);
        call[$"{sentAs}.id"].ShouldNotBeNull();
        call["document.filename"].ShouldBe(sentAs == "document" ? "Łódź.bin" : null);
        account.Api.Calls[0].Files["file"].FileName.ShouldBe("Łódź.bin");
    }

    [Fact]
    public async Task A_caption_goes_along()
    {
        await account.SendFileAsync(MediaKind.Image, "image/jpeg", "The parcel");

        account.LastCall()["image.caption"].ShouldBe("The parcel");
    }

    [Fact]
    public async Task An_upload_that_nobody_answers_has_reached_nobody()
    {
        account.Api.Script("POST media", GraphReply.Cut);

        SendResult result = await account.SendFileAsync(MediaKind.Image, "image/jpeg");

        result.ShouldBeOfType<SendResult.Deferred>().Fault.Kind.ShouldBe(FaultKind.ProviderDown);
    }

    [Theory]
    [InlineData(1, "button")]
    [InlineData(3, "button")]
    [InlineData(4, "list")]
    [InlineData(10, "list")]
    public async Task Up_to_three_answers_stand_below_the_text_and_more_in_a_list(int count, string type)
    {
        await account.SendAsync(new ButtonsPart("Where to?", [.. Enumerable.Range(0, count).Select(index => new Button($"id-{index}", $"Answer {index}"))]));

        GraphCall call = account.LastCall();
        call["interactive.type"].ShouldBe(type);
        string first = type == "button" ? "interactive.action.buttons.0.reply" : "interactive.action.sections.0.rows.0";
        (call[first + ".id"], call[first + ".title"]).ShouldBe(("id-0", "Answer 0"));
    }

    [Fact]
    public async Task Equal_labels_are_told_apart_since_WhatsApp_refuses_them()
    {
        await account.SendAsync(new ButtonsPart("Which?", [new("a", "The one and the other"[..20]), new("b", "The one and the other"[..20]), new("c", "No")]));

        GraphCall call = account.LastCall();
        call["interactive.action.buttons.1.reply.title"].ShouldBe("The one and the ot 2");
    }

    [Fact]
    public async Task A_page_to_open_is_a_message_of_its_own()
    {
        await account.SendAsync(new ButtonsPart("Track it", [new("t", "Track", "https://shop.example/17")]));

        GraphCall call = account.LastCall();
        (call["interactive.type"], call["interactive.action.parameters.url"]).ShouldBe(("cta_url", "https://shop.example/17"));
    }

    [Fact]
    public async Task A_template_carries_its_variables_without_the_white_space_that_is_refused()
    {
        await account.SendAsync(new TemplatePart("order_shipped", "en_GB", ["Ada\n\tL", "a      b"])
        {
            Header = ["17"],
            Buttons = [new(0, "track\n17"), new(1, "orders/17", IsLink: true)],
        });

        GraphCall call = account.LastCall();
        (call["template.name"], call["template.language.code"]).ShouldBe(("order_shipped", "en_GB"));
        call["template.components.0.parameters.0.text"].ShouldBe("17");
        (call["template.components.1.parameters.0.text"], call["template.components.1.parameters.1.text"]).ShouldBe(("Ada L", "a b"));
        (call["template.components.2.sub_type"], call["template.components.2.parameters.0.payload"]).ShouldBe(("quick_reply", "track\n17"));
        (call["template.components.3.sub_type"], call["template.components.3.index"], call["template.components.3.parameters.0.text"]).ShouldBe(("url", "1", "orders/17"));
    }

    [Fact]
    public async Task A_place_and_a_card_go_out_as_such()
    {
        (await account.SendAsync(SampleMessages.Location(WhatsAppAccount.Ada).Part)).ShouldBeOfType<SendResult.Sent>();
        account.LastCall()["location.name"].ShouldBe("The shop");

        (await account.SendAsync(SampleMessages.Contact(WhatsAppAccount.Ada).Part)).ShouldBeOfType<SendResult.Sent>();
        account.LastCall()["contacts.0.phones.0.phone"].ShouldBe("+48221234567");
    }

    [Theory]
    [InlineData("👍", "👍")]
    [InlineData(null, "")]
    public async Task A_reaction_is_set_and_taken_back(string? reaction, string sent)
    {
        await account.Open<IReactionSender>().ReactAsync(new SentUnit(WhatsAppAccount.Ada, null, new ExternalId("wamid.AAA=")), reaction, CancellationToken.None);

        GraphCall call = account.LastCall();
        (call["reaction.message_id"], call["reaction.emoji"]).ShouldBe(("wamid.AAA=", sent));
    }

    [Fact]
    public async Task Typing_is_shown_at_the_customers_message_and_marks_it_as_read()
    {
        var unit = new SentUnit(WhatsAppAccount.Ada, null, new ExternalId("wamid.AAA="));
        await account.Open<IReadMarker>().MarkReadAsync(unit, CancellationToken.None);
        (account.LastCall()["message_id"], account.LastCall()["typing_indicator"]).ShouldBe(("wamid.AAA=", null));

        await account.Open<ITypingAtMessage>().ShowTypingAsync(unit, CancellationToken.None);
        (account.LastCall()["status"], account.LastCall()["typing_indicator.type"]).ShouldBe(("read", "text"));
    }

    [Fact]
    public async Task Nothing_that_was_sent_or_said_shows_a_secret()
    {
        account.Api.Script("*", GraphReply.Error(100, $"Bearer {account.Api.AccessToken} is wrong"));

        SendResult result = await account.SendAsync(new TextPart("Hello"));

        result.ToString().ShouldNotContain(account.Api.AccessToken);
        account.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Registering_tells_the_account_where_to_push()
    {
        ProbeResult result = await account.Open<IWebhookRegistrar>().RegisterWebhookAsync(new Uri("https://hub.example/hooks/chn_1"), CancellationToken.None);

        result.Ok.ShouldBeTrue(result.Detail);
        account.Api.OverrideHook.ShouldBe(new Uri("https://hub.example/hooks/chn_1"));
        account.LastCall()["verify_token"].ShouldBe(account.Api.Webhooks.VerifyToken);
        (await account.Open().ProbeAsync(CancellationToken.None)).Detail.ShouldBe("Fake shop +1 555-000-1111; quality GREEN; the account is subscribed");
    }

    [Fact]
    public async Task A_channel_that_only_receives_says_what_it_lacks()
    {
        IChannel channel = account.Open(settings => settings with { AccessToken = null, BusinessAccountId = null });

        (await ((IMessageSender)channel).SendAsync(SampleMessages.Text(WhatsAppAccount.Ada), CancellationToken.None))
            .ShouldBeOfType<SendResult.Deferred>().Fault.Detail.ShouldBe("access_token is not set");
        (await channel.ProbeAsync(CancellationToken.None)).Ok.ShouldBeFalse();
        (await ((IWebhookRegistrar)channel).RegisterWebhookAsync(new Uri("https://hub.example/"), CancellationToken.None)).Detail.ShouldContain("business_account_id");
        account.Api.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, null, null, null, "", "")]
    [InlineData("1", null, null, null, "", "")]
    [InlineData("1", "t", null, null, "", "complete")]
    [InlineData("1", null, "s", "v", "complete", "")]
    [InlineData("1", null, "s", null, "verify_token", "")]
    [InlineData(null, "t", "s", "v", "phone_number_id", "phone_number_id")]
    public void Each_half_of_the_settings_stands_alone(string? number, string? token, string? secret, string? verify, string receiving, string sending)
    {
        SettingsHalves halves = new WhatsAppChannelType().Halves(new WhatsAppSettings { PhoneNumberId = number, AccessToken = token, AppSecret = secret, VerifyToken = verify });

        (Words(halves.Receiving), Words(halves.Sending)).ShouldBe((receiving, sending));

        static string Words(SettingsHalf half) => half.Complete ? "complete" : string.Join(',', half.Missing);
    }
}
