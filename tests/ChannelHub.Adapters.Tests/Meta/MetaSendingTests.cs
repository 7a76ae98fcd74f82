using ChannelHub.Adapters.Conformance.Meta;
using ChannelHub.Meta;

namespace ChannelHub.Adapters.Tests.Meta;

public sealed class MetaSendingTests : IAsyncLifetime
{
    private MetaAccount page = null!;
    private MetaAccount instagram = null!;

    public async Task InitializeAsync()
    {
        page = await MetaAccount.StartAsync();
        instagram = await MetaAccount.StartAsync(GraphProduct.Instagram);
    }

    public async Task DisposeAsync()
    {
        await page.DisposeAsync();
        await instagram.DisposeAsync();
    }

    [Fact]
    public async Task A_text_goes_out_as_a_response_with_the_hubs_own_key()
    {
        SendResult result = await page.SendAsync(new TextPart("Grüße 📦"), replyTo: new ExternalId("m_AbC"));

        GraphCall call = page.LastCall();
        (call["recipient.id"], call["messaging_type"], call["message.text"], call["message.metadata"], call["reply_to.mid"])
            .ShouldBe(("9988776655443322", "RESPONSE", "Grüße 📦", "msg_0000000000001.0", "m_AbC"));
        result.ShouldBeOfType<SendResult.Sent>().Id.Value.ShouldBe("m_fake1");
    }

    [Fact]
    public void Instagram_counts_bytes_and_Messenger_characters()
    {
        (new InstagramChannelType().Info.Limits is { MaxText: 1000, TextUnit: TextUnit.Utf8 }).ShouldBeTrue();
        (new MessengerChannelType().Info.Limits is { MaxText: 2000, TextUnit: TextUnit.Utf16 }).ShouldBeTrue();
    }

    [Theory]
    [InlineData("messenger", "5556667778889", "9988776655443322")]
    [InlineData("instagram", "1112223334445", "9988776655443322")]
    [InlineData("messenger", "1112223334445", "me/messages")]
    public async Task Ids_count_within_their_own_account_only(string kind, string scope, string value)
    {
        var sender = page.Open<IMessageSender>();

        SendResult result = await sender.SendAsync(Conformance.SampleMessages.Text(new Key(kind, scope, value)), CancellationToken.None);

        result.ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.UnknownRecipient);
        page.Api.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(MediaKind.Image, "image/jpeg", "image")]
    [InlineData(MediaKind.Image, "image/webp", "image")]
    [InlineData(MediaKind.Sticker, "image/webp", "image")]
    [InlineData(MediaKind.Audio, "audio/ogg; codecs=opus", "audio")]
    [InlineData(MediaKind.Video, "video/mp4", "video")]
    [InlineData(MediaKind.File, "image/png", "file")]
    [InlineData(MediaKind.File, "application/zip", "file")]
    public async Task Messenger_takes_uploaded_files(MediaKind kind, string contentType, string sentAs)
    {
        (await page.SendFileAsync(kind, contentType, link: "https://hub.example/file")).ShouldBeOfType<SendResult.Sent>();

        GraphCall call = page.LastCall();
        (call["message.attachment.type"], call["message.attachment.payload.url"]).ShouldBe((sentAs, null));
        call["message.attachment.payload.attachment_id"].ShouldNotBeNull();
        page.Api.Calls[0].Files["filedata"].FileName.ShouldBe("Łódź.bin");
    }

    [Theory]
    [InlineData("https://hub.example/file", 1)]
    [InlineData(null, 2)]
    public async Task Instagram_takes_files_by_address_and_uploaded_where_the_hub_has_none(string? link, int calls)
    {
        (await instagram.SendFileAsync(MediaKind.Image, "image/png", link: link)).ShouldBeOfType<SendResult.Sent>();

        GraphCall call = instagram.LastCall();
        call["message.attachment.payload.url"].ShouldBe(link);
        instagram.Api.Calls.Count.ShouldBe(calls);
    }

    [Theory]
    [InlineData(MediaKind.Image, "image/webp", 100)]
    [InlineData(MediaKind.Image, "image/png", 9_000_000)]
    [InlineData(MediaKind.File, "application/zip", 100)]
    public async Task What_Instagram_does_not_take_is_refused_without_asking(MediaKind kind, string contentType, int size)
    {
        SendResult result = await instagram.SendFileAsync(kind, contentType, size);

        result.ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.ContentRefused);
        instagram.Api.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upload_that_nobody_answers_has_reached_nobody()
    {
        page.Api.Script("POST message_attachments", GraphReply.Cut);

        (await page.SendFileAsync(MediaKind.Image, "image/jpeg")).ShouldBeOfType<SendResult.Deferred>().Fault.Kind.ShouldBe(FaultKind.ProviderDown);
    }

    [Fact]
    public async Task Three_buttons_stay_below_the_text_and_may_open_pages()
    {
        await page.SendAsync(new ButtonsPart("Which?", [new("a", "One"), new("b", "Two", "https://shop.example/2"), new("c", "Three")]));

        GraphCall call = page.LastCall();
        (call["message.attachment.payload.text"], call["message.attachment.payload.buttons.0.payload"], call["message.attachment.payload.buttons.1.url"])
            .ShouldBe(("Which?", "a", "https://shop.example/2"));
    }

    [Fact]
    public async Task More_become_quick_replies()
    {
        await page.SendAsync(new ButtonsPart("Which?", [.. Enumerable.Range(1, 13).Select(number => new Button($"id-{number}", $"Answer {number}"))]));

        GraphCall call = page.LastCall();
        (call["message.text"], call["message.quick_replies.12.payload"]).ShouldBe(("Which?", "id-13"));
    }

    [Theory]
    [InlineData("❤️", "react", "love")]
    [InlineData("👍", "react", "like")]
    [InlineData("🎉", "react", "🎉")]
    [InlineData(null, "unreact", null)]
    public async Task A_reaction_is_set_and_taken_back(string? reaction, string action, string? name)
    {
        var unit = new SentUnit(page.Ada, null, new ExternalId("m_AbC"));

        (await page.Open<IReactionSender>().ReactAsync(unit, reaction, CancellationToken.None)).ShouldBe(new SendResult.Sent(unit.Id));

        GraphCall call = page.LastCall();
        (call["sender_action"], call["payload.message_id"], call["payload.reaction"]).ShouldBe((action, "m_AbC", name));
    }

    [Fact]
    public async Task Typing_and_reading_are_requests_of_their_own()
    {
        await page.Open<ITypingSignal>().ShowTypingAsync(page.Ada, null, CancellationToken.None);
        page.LastCall()["sender_action"].ShouldBe("typing_on");
        await page.Open<IReadMarker>().MarkReadAsync(new SentUnit(page.Ada, null, new ExternalId("m_AbC")), CancellationToken.None);
        page.LastCall()["sender_action"].ShouldBe("mark_seen");
    }

    [Theory]
    [InlineData(true, "agent", true)]
    [InlineData(true, "bot", false)]
    [InlineData(false, "agent", false)]
    public async Task Outside_the_window_an_agent_writes_where_the_app_has_the_permission(bool permission, string author, bool sent)
    {
        page.Api.Script("POST messages", GraphReply.Error(10, "outside of allowed window", status: 403, subcode: 2018278));

        SendResult result = await page.SendAsync(new TextPart("Hello"), by: page.Open(settings => settings with { HumanAgent = permission }), author: author);

        (result is SendResult.Sent).ShouldBe(sent);
        if (sent)
            (page.LastCall()["messaging_type"], page.LastCall()["tag"]).ShouldBe(("MESSAGE_TAG", "HUMAN_AGENT"));
        else
            result.ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.WindowClosed);
        page.Api.Calls.Count.ShouldBe(sent ? 2 : 1);
    }

    [Fact]
    public void The_permission_makes_the_window_longer()
    {
        var type = new MessengerChannelType();
        type.Limits(new MetaSettings()).Window.ShouldBe(TimeSpan.FromHours(24));
        type.Limits(new MetaSettings { HumanAgent = true }).Window.ShouldBe(TimeSpan.FromDays(7));
    }

    [Theory]
    [InlineData(10, 2018278, FaultKind.WindowClosed)]
    [InlineData(10, 2534022, FaultKind.WindowClosed)]
    [InlineData(551, null, FaultKind.UnknownRecipient)]
    [InlineData(200, 1545041, FaultKind.UnknownRecipient)]
    [InlineData(100, 2018001, FaultKind.UnknownRecipient)]
    [InlineData(2018108, null, FaultKind.UnknownRecipient)]
    [InlineData(10, 2018108, FaultKind.UnknownRecipient)]
    [InlineData(9010, null, FaultKind.UnknownRecipient)]
    [InlineData(100, null, FaultKind.ContentRefused)]
    [InlineData(230, null, FaultKind.ContentRefused)]
    [InlineData(777777, null, FaultKind.ContentRefused)]
    public async Task A_refusal_for_good_says_what_to_do(int code, int? subcode, FaultKind kind)
    {
        page.Api.Script("POST messages", GraphReply.Error(code, subcode: subcode));

        (await page.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(kind);
    }

    [Theory]
    [InlineData(190, 401, FaultKind.NotAuthorized, true)]
    [InlineData(200, 403, FaultKind.NotAuthorized, true)]
    [InlineData(10, 403, FaultKind.NotAuthorized, true)]
    [InlineData(3, 400, FaultKind.NotAuthorized, true)]
    [InlineData(368, 400, FaultKind.NotAuthorized, true)]
    [InlineData(4, 400, FaultKind.RateLimited, true)]
    [InlineData(17, 400, FaultKind.RateLimited, true)]
    [InlineData(32, 400, FaultKind.RateLimited, true)]
    [InlineData(613, 400, FaultKind.RateLimited, true)]
    [InlineData(80001, 400, FaultKind.RateLimited, true)]
    [InlineData(80002, 400, FaultKind.RateLimited, true)]
    [InlineData(80006, 400, FaultKind.RateLimited, true)]
    [InlineData(777777, 429, FaultKind.RateLimited, true)]
    [InlineData(1, 500, FaultKind.ProviderDown, false)]
    [InlineData(2, 500, FaultKind.ProviderDown, false)]
    [InlineData(1200, 400, FaultKind.ProviderDown, false)]
    [InlineData(777777, 500, FaultKind.ProviderDown, true)]
    public async Task What_may_work_later_is_kept(int code, int status, FaultKind kind, bool wholeChannel)
    {
        page.Api.Script("POST messages", GraphReply.Error(code, status: status));

        Fault fault = (await page.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>().Fault;

        (fault.Kind, fault.WholeChannel).ShouldBe((kind, wholeChannel));
    }

    [Fact]
    public async Task Throttling_rests_as_long_as_the_header_says()
    {
        page.Api.Script("POST messages", GraphReply.Error(4).With("X-App-Usage", """{"call_count":100,"estimated_time_to_regain_access":3}"""), GraphReply.Error(4));

        (await page.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>().RetryAfter.ShouldBe(TimeSpan.FromMinutes(3));
        (await page.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>().RetryAfter.ShouldBe(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_profile_has_a_name_and_on_Instagram_a_username()
    {
        page.Api.AddProfile("9988776655443322", new() { ["first_name"] = "Ada", ["last_name"] = "L", ["id"] = "9988776655443322" });
        instagram.Api.AddProfile("9988776655443322", new() { ["name"] = "Ada L", ["username"] = "Ada.L" });

        (await page.Open<IProfileSource>().GetProfileAsync(page.Ada, null, CancellationToken.None)).ShouldBeOfType<ProfileResult.Found>().DisplayName.ShouldBe("Ada L");
        var found = (await instagram.Open<IProfileSource>().GetProfileAsync(instagram.Ada, null, CancellationToken.None)).ShouldBeOfType<ProfileResult.Found>();
        found.Learned.ShouldHaveSingleItem().Key.ShouldBe(new Key("instagram_username", "ada.l"));
    }

    [Fact]
    public async Task A_profile_that_is_not_told_is_no_trouble()
    {
        page.Api.Script("GET id", GraphReply.Error(230, "consent"), GraphReply.Raw(200, "{}"), GraphReply.Raw(503, ""));
        var source = page.Open<IProfileSource>();

        (await source.GetProfileAsync(page.Ada, null, CancellationToken.None)).ShouldBeOfType<ProfileResult.Unknown>();
        (await source.GetProfileAsync(page.Ada, null, CancellationToken.None)).ShouldBe(new ProfileResult.Unknown("the profile is empty"));
        (await source.GetProfileAsync(page.Ada, null, CancellationToken.None)).ShouldBeOfType<ProfileResult.Later>();
    }

    [Fact]
    public async Task A_probe_tells_whose_token_it_is_and_whether_events_come()
    {
        (await page.Open().ProbeAsync(CancellationToken.None)).Detail.ShouldBe("Fake shop; its events are not subscribed to: register the webhook");
        (await page.Open<IWebhookRegistrar>().RegisterWebhookAsync(new Uri("https://hub.example/hooks/chn_1"), CancellationToken.None)).Ok.ShouldBeTrue();
        (await page.Open().ProbeAsync(CancellationToken.None)).Detail.ShouldBe("Fake shop; its events are subscribed to");
        (await page.Open(settings => settings with { AccountId = "5" }).ProbeAsync(CancellationToken.None)).Ok.ShouldBeFalse();
        page.Api.Violations.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, null, null, null, "", "")]
    [InlineData("1", "t", null, null, "", "complete")]
    [InlineData("1", null, "s", "v", "complete", "")]
    [InlineData("1", null, null, "v", "app_secret", "")]
    [InlineData(null, "t", "s", "v", "account_id", "account_id")]
    public void Each_half_of_the_settings_stands_alone(string? account, string? token, string? secret, string? verify, string receiving, string sending)
    {
        SettingsHalves halves = new InstagramChannelType().Halves(new MetaSettings { AccountId = account, AccessToken = token, AppSecret = secret, VerifyToken = verify });

        (Words(halves.Receiving), Words(halves.Sending)).ShouldBe((receiving, sending));

        static string Words(SettingsHalf half) => half.Complete ? "complete" : string.Join(',', half.Missing);
    }
}
