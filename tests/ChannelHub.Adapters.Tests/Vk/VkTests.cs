using System.Text;
using System.Text.Json;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Vk;
using ChannelHub.Vk;

namespace ChannelHub.Adapters.Tests.Vk;

public sealed class VkTests : IAsyncLifetime
{
    private VkCommunity community = null!;

    public async Task InitializeAsync() => community = await VkCommunity.StartAsync();

    public async Task DisposeAsync() => await community.DisposeAsync();

    [Theory]
    [InlineData(1, FaultKind.ProviderDown, true, null)]
    [InlineData(10, FaultKind.ProviderDown, true, null)]
    [InlineData(6, FaultKind.RateLimited, true, 1)]
    [InlineData(9, FaultKind.RateLimited, true, 300)]
    [InlineData(29, FaultKind.RateLimited, true, 3600)]
    [InlineData(4, FaultKind.NotAuthorized, true, null)]
    [InlineData(5, FaultKind.NotAuthorized, true, null)]
    [InlineData(7, FaultKind.NotAuthorized, true, null)]
    [InlineData(14, FaultKind.NotAuthorized, true, null)]
    [InlineData(17, FaultKind.NotAuthorized, true, null)]
    [InlineData(20, FaultKind.NotAuthorized, true, null)]
    [InlineData(23, FaultKind.NotAuthorized, true, null)]
    [InlineData(24, FaultKind.NotAuthorized, true, null)]
    [InlineData(27, FaultKind.NotAuthorized, true, null)]
    [InlineData(28, FaultKind.NotAuthorized, true, null)]
    [InlineData(125, FaultKind.NotAuthorized, true, null)]
    [InlineData(912, FaultKind.NotAuthorized, true, null)]
    [InlineData(3300, FaultKind.NotAuthorized, true, null)]
    [InlineData(3301, FaultKind.NotAuthorized, true, null)]
    [InlineData(3302, FaultKind.NotAuthorized, true, null)]
    [InlineData(3, FaultKind.ContentRefused, false, null)]
    [InlineData(8, FaultKind.ContentRefused, false, null)]
    [InlineData(100, FaultKind.ContentRefused, false, null)]
    [InlineData(15, FaultKind.ContentRefused, false, null)]
    [InlineData(18, FaultKind.UnknownRecipient, false, null)]
    [InlineData(113, FaultKind.UnknownRecipient, false, null)]
    [InlineData(900, FaultKind.UnknownRecipient, false, null)]
    [InlineData(936, FaultKind.UnknownRecipient, false, null)]
    [InlineData(901, FaultKind.OptedOut, false, null)]
    [InlineData(902, FaultKind.OptedOut, false, null)]
    [InlineData(943, FaultKind.WindowClosed, false, null)]
    [InlineData(944, FaultKind.WindowClosed, false, null)]
    [InlineData(950, FaultKind.WindowClosed, false, null)]
    [InlineData(909, FaultKind.ContentRefused, false, null)]
    [InlineData(910, FaultKind.ContentRefused, false, null)]
    [InlineData(911, FaultKind.ContentRefused, false, null)]
    [InlineData(913, FaultKind.ContentRefused, false, null)]
    [InlineData(914, FaultKind.ContentRefused, false, null)]
    [InlineData(917, FaultKind.ContentRefused, false, null)]
    [InlineData(920, FaultKind.ContentRefused, false, null)]
    [InlineData(922, FaultKind.ContentRefused, false, null)]
    [InlineData(924, FaultKind.ContentRefused, false, null)]
    [InlineData(927, FaultKind.ContentRefused, false, null)]
    [InlineData(932, FaultKind.ContentRefused, false, null)]
    [InlineData(940, FaultKind.ContentRefused, false, null)]
    [InlineData(945, FaultKind.ContentRefused, false, null)]
    [InlineData(946, FaultKind.ContentRefused, false, null)]
    [InlineData(985, FaultKind.ContentRefused, false, null)]
    [InlineData(987, FaultKind.ContentRefused, false, null)]
    [InlineData(988, FaultKind.ContentRefused, false, null)]
    [InlineData(1012, FaultKind.ContentRefused, false, null)]
    public async Task Every_error_says_what_to_do(int code, FaultKind kind, bool again, int? seconds)
    {
        community.Vk.Refuse(VkCommunity.Ada, code, $"words beside {community.Vk.Token}");

        SendResult result = await community.SendAsync(new TextPart("Hello"));

        Fault fault = again ? result.ShouldBeOfType<SendResult.Deferred>().Fault : result.ShouldBeOfType<SendResult.Rejected>().Fault;
        fault.Kind.ShouldBe(kind);
        fault.Detail.ShouldBe($"{code}: words beside •••");
        ((result as SendResult.Deferred)?.RetryAfter?.TotalSeconds).ShouldBe(seconds);
    }

    [Fact]
    public async Task An_access_error_that_speaks_of_the_token_stops_the_channel()
    {
        community.Vk.Refuse(VkCommunity.Ada, 15, "Access denied: group auth is needed");

        (await community.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>().Fault.Kind.ShouldBe(FaultKind.NotAuthorized);
    }

    [Fact]
    public async Task An_error_inside_a_list_of_one_is_an_error()
    {
        community.Vk.Script("messages.send", ScriptedReply.Json("""{"response":[{"peer_id":555001,"message_id":0,"error":{"code":901,"description":"no permission"}}]}"""));

        (await community.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Rejected>().Fault.ShouldBe(new Fault(FaultKind.OptedOut, "901: no permission"));
    }

    [Fact]
    public async Task A_second_attempt_of_one_send_is_one_message_at_VK()
    {
        community.Vk.Script("messages.send", ScriptedReply.Reset, carriedOut: true);

        (await community.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Unconfirmed>();
        var sent = (await community.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Sent>();
        await community.SendAsync(new TextPart("Hello"), key: "msg_0000000000002.0");

        community.Vk.Sent.Count.ShouldBe(2);
        sent.Id.ShouldBe(new ExternalId("555001:1"));
        community.Vk.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_community_is_set_up_written_to_and_answered()
    {
        IChannel channel = community.Open();
        await using TinyHub hub = await TinyHub.StartAsync(new VkChannelType(), () => channel);
        (await ((IWebhookRegistrar)channel).RegisterWebhookAsync(hub.Url, CancellationToken.None)).Ok.ShouldBeTrue();
        (await ((IWebhookRegistrar)channel).RegisterWebhookAsync(hub.Url, CancellationToken.None)).Ok.ShouldBeTrue();
        community.Vk.Servers.ShouldHaveSingleItem().Status.ShouldBe("ok");

        community.Vk.AddText(VkCommunity.Ada, "Где посылка?");
        await community.SendAsync(new ButtonsPart("Какая?", [new Button("order:17", "Семнадцатая"), new Button("p", "Site", "https://shop.example")]), replyTo: new ExternalId("555001:1"));
        community.Vk.AddPress(VkCommunity.Ada);
        community.Vk.AddAnswerInVk(VkCommunity.Ada, "Я отвечу");
        community.Vk.AddRead(VkCommunity.Ada, 2);
        community.Vk.AddSubscription(VkCommunity.Ada, wanted: false);
        IReadOnlyList<FakePushed> pushed = await community.Vk.DeliverAsync();

        pushed.ShouldAllBe(one => one.Status == 200 && one.Body == "ok");
        community.Vk.Violations.ShouldBeEmpty();
        hub.Events.Select(one => one.GetType()).ShouldBe(
        [
            typeof(MessageReceived), typeof(DeliveryReported), typeof(MessageReceived), typeof(MessageEchoed), typeof(ThreadReported), typeof(SubscriptionChanged),
        ]);
        ((DeliveryReported)hub.Events[1]).ShouldBe(new DeliveryReported("sent:555001:2", new ExternalId("msg_0000000000001.0"), DeliveryState.Sent)
        {
            ProviderId = new ExternalId("555001:2"), At = hub.Events[1].At,
        });
        ((MessageReceived)hub.Events[2]).Parts.ShouldBe([new ReplyPart("order:17", "Семнадцатая")]);
        JsonElement.Parse(community.Vk.Sent[0].Form["forward"]).GetProperty("conversation_message_ids")[0].GetInt64().ShouldBe(1);
        (await community.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.OptedOut);
    }

    [Fact]
    public async Task Forged_events_are_refused()
    {
        IChannel channel = community.Open();
        await using TinyHub hub = await TinyHub.StartAsync(new VkChannelType(), () => channel);
        await ((IWebhookRegistrar)channel).RegisterWebhookAsync(hub.Url, CancellationToken.None);
        community.Vk.AddText(VkCommunity.Ada, "x");

        IReadOnlyList<FakePushed> pushed = await community.Vk.DeliverAsync(new FakeMischief { WrongSignatures = true });

        pushed.ShouldHaveSingleItem().Status.ShouldBe(403);
        hub.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_confirmation_waits_until_the_code_is_known_and_a_given_code_wins()
    {
        HookReply? before = Confirm(community.Open());
        HookReply? given = Confirm(community.Open(settings => settings with { ConfirmationCode = "given" }));
        IChannel probed = community.Open();
        await probed.ProbeAsync(CancellationToken.None);
        HookReply? after = Confirm(probed);
        HookReply? others = Confirm(probed, group: 1);

        (before?.Status, Words(given), Words(after), Words(others)).ShouldBe((503, "given", community.Vk.ConfirmationCode, null));

        static string? Words(HookReply? reply) => reply is null ? null : Encoding.UTF8.GetString(reply.Body.Span);

        HookReply? Confirm(IChannel channel, long? group = null) => ((IReceiver)channel)
            .Parse(AuthenticInput.Pulled(Encoding.UTF8.GetBytes($$"""{"type":"confirmation","group_id":{{group ?? community.Vk.GroupId}}}"""), DateTimeOffset.UnixEpoch)).Reply;
    }

    [Fact]
    public void The_secret_of_a_body_is_kept_nowhere()
    {
        foreach (string body in (string[])
            ["""{"type":"x","secret":"our-secret","group_id":1}""", """{"secret":"our-secret","type":17,"secret" : "our-secret"}""", "\uFEFF{\"secret\":\"our-secret\"}"])
        {
            var request = new WebhookRequest
            {
                Method = "POST",
                Url = new Uri("https://hub.example/hooks/chn_1"),
                Headers = new Dictionary<string, string>(),
                Body = Encoding.UTF8.GetBytes(body),
                ReceivedAt = DateTimeOffset.UnixEpoch,
            };
            AuthenticInput? input = AuthenticInput.From((IWebhookReceiver)community.Open(), request, new VkChannelType().Info, new Dictionary<string, string>());

            Encoding.UTF8.GetString(input.ShouldNotBeNull().Body.Span).ShouldNotContain("our-secret");
        }
    }

    [Theory]
    [InlineData(MediaKind.Image, "image/jpeg", "photo-123456_457239001_k1")]
    [InlineData(MediaKind.Sticker, "image/png", "photo-123456_457239001_k1")]
    [InlineData(MediaKind.Image, "image/gif", "doc-123456_5002")]
    [InlineData(MediaKind.Image, "image/webp", "doc-123456_5002")]
    [InlineData(MediaKind.Audio, "audio/ogg", "doc-123456_5001")]
    [InlineData(MediaKind.Video, "video/mp4", "doc-123456_5002")]
    [InlineData(MediaKind.File, "application/pdf", "doc-123456_5002")]
    public async Task A_file_is_uploaded_in_three_steps_and_sent_with_its_caption(MediaKind kind, string contentType, string attachment)
    {
        (await community.SendFileAsync(kind, contentType, "Счёт №5.bin", "caption")).ShouldBeOfType<SendResult.Sent>();

        community.Vk.Violations.ShouldBeEmpty();
        VkSent sent = community.Vk.Sent.ShouldHaveSingleItem();
        (sent.Form["attachment"], sent.Form["message"]).ShouldBe((attachment, "caption"));
    }

    [Theory]
    [InlineData("photos.getMessagesUploadServer")]
    [InlineData("photo")]
    [InlineData("photos.saveMessagesPhoto")]
    public async Task An_upload_that_breaks_has_sent_nothing(string step)
    {
        community.Vk.Script(step, ScriptedReply.Reset);

        (await community.SendFileAsync(MediaKind.Image, "image/jpeg")).ShouldBeOfType<SendResult.Deferred>().Fault.Kind.ShouldBe(FaultKind.ProviderDown);
        community.Vk.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_mp3_is_refused_before_it_is_uploaded()
    {
        (await community.SendFileAsync(MediaKind.Audio, "audio/mpeg")).ShouldBeOfType<SendResult.Rejected>();
        community.Vk.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("[id555001|Ada] hi", "[\u2060id555001|Ada] hi")]
    [InlineData("@club1 *id2 a@id3.example", "@\u2060club1 *\u2060id2 a@\u2060id3.example")]
    [InlineData("[1] array[id] *bold*", "[1] array[id] *bold*")]
    public async Task An_agents_words_never_become_links_to_people(string words, string sent)
    {
        await community.SendAsync(new TextPart(words));

        community.Vk.Sent.ShouldHaveSingleItem().Form["message"].ShouldBe(sent);
    }

    [Fact]
    public async Task The_longest_text_and_the_fullest_keyboard_pass()
    {
        await community.SendAsync(new TextPart(string.Concat(Enumerable.Repeat("[id1|x]", 585))));
        await community.SendAsync(new ButtonsPart("?", [.. Enumerable.Range(0, 10).Select(one => new Button(new string('"', 64), new string('ж', 40)))]), key: "msg_0000000000002.0");

        community.Vk.Violations.ShouldBeEmpty();
        community.Vk.Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Sent_messages_are_changed_reacted_to_and_removed()
    {
        var id = (await community.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Sent>().Id;
        var unit = new SentUnit(VkCommunity.AdaKey, null, id);

        (await community.Open<IMessageEditor>().EditAsync(unit, new TextPart("Better"), CancellationToken.None)).ShouldBeOfType<SendResult.Sent>();
        (await community.Open<IReactionSender>().ReactAsync(unit, "👍", CancellationToken.None)).ShouldBeOfType<SendResult.Sent>();
        (await community.Open<IReactionSender>().ReactAsync(unit, "🐌", CancellationToken.None)).ShouldBeOfType<SendResult.Rejected>();
        (await community.Open<IReactionSender>().ReactAsync(unit, null, CancellationToken.None)).ShouldBeOfType<SendResult.Sent>();
        (await community.Open<IMessageDeleter>().DeleteAsync(unit, CancellationToken.None)).ShouldBeOfType<SendResult.Sent>();
        await community.Open<IReadMarker>().MarkReadAsync(unit, CancellationToken.None);
        await community.Open<ITypingSignal>().ShowTypingAsync(VkCommunity.AdaKey, null, CancellationToken.None);

        community.Vk.Violations.ShouldBeEmpty();
        (await community.Open<IMessageEditor>().EditAsync(unit with { Id = new("m:902") }, new TextPart("x"), CancellationToken.None)).ShouldBeOfType<SendResult.Rejected>();
    }

    [Fact]
    public async Task A_name_is_asked_for_since_messages_do_not_carry_it()
    {
        var found = (await community.Open<IProfileSource>().GetProfileAsync(VkCommunity.AdaKey, null, CancellationToken.None)).ShouldBeOfType<ProfileResult.Found>();
        community.Vk.Script("users.get", ScriptedReply.Json("""{"response":[{"id":1,"first_name":"DELETED","last_name":"","deactivated":"deleted"}]}"""));
        ProfileResult closed = await community.Open<IProfileSource>().GetProfileAsync(VkCommunity.AdaKey, null, CancellationToken.None);
        community.Vk.Script("users.get", ScriptedReply.Text("no", 503));
        ProfileResult down = await community.Open<IProfileSource>().GetProfileAsync(VkCommunity.AdaKey, null, CancellationToken.None);

        found.DisplayName.ShouldBe("Ада Л");
        found.Learned.ShouldHaveSingleItem().Key.ShouldBe(new Key("vk_username", "ada_l"));
        closed.ShouldBeOfType<ProfileResult.Unknown>();
        down.ShouldBeOfType<ProfileResult.Later>();
    }

    [Fact]
    public async Task Polling_goes_on_after_each_of_VKs_three_failures()
    {
        community.Vk.AddText(VkCommunity.Ada, "one");
        var puller = (IMessagePuller)community.Open(settings => settings with { Mode = VkMode.LongPoll });
        foreach (string failed in (string[])["""{"failed":1,"ts":0}""", """{"failed":2}"""])
            community.Vk.Script("poll", ScriptedReply.Json(failed));

        PulledBatch first = await FirstAsync(puller, "0");
        community.Vk.AddText(VkCommunity.Ada, "two");
        PulledBatch second = await FirstAsync(puller, first.Cursor);
        community.Vk.Script("poll", ScriptedReply.Json("""{"failed":3}"""));
        Task<PulledBatch> third = FirstAsync(puller, second.Cursor);
        while (community.Vk.Calls.Count(call => call.Path == "/poll") < 6)
            await Task.Yield();
        community.Vk.AddText(VkCommunity.Ada, "three");

        (first.Cursor, second.Cursor, (await third).Cursor).ShouldBe(("1", "2", "3"));
        community.Vk.Violations.ShouldBeEmpty();

        static async Task<PulledBatch> FirstAsync(IMessagePuller puller, string cursor)
        {
            await foreach (PulledBatch batch in puller.PullAsync(cursor, CancellationToken.None))
                return batch;
            throw new InvalidOperationException("the pull ended");
        }
    }

    [Fact]
    public async Task A_probe_tells_the_state_of_this_hubs_server()
    {
        IChannel channel = community.Open();
        await using TinyHub hub = await TinyHub.StartAsync(new VkChannelType(), () => channel);
        IChannel known = community.Open(hook: hub.Url);
        (await known.ProbeAsync(CancellationToken.None)).Detail.ShouldBe("Shop; no callback server: register it");

        await ((IWebhookRegistrar)channel).RegisterWebhookAsync(hub.Url, CancellationToken.None);

        (await known.ProbeAsync(CancellationToken.None)).Detail.ShouldBe("Shop; callback server is ok");
        (await community.Open(hook: new Uri("https://other.example/x")).ProbeAsync(CancellationToken.None)).Detail.ShouldContain("none with this hub's address");
    }

    [Theory]
    [InlineData(null, null, null, VkMode.Callback, "", "")]
    [InlineData(1L, "t", null, VkMode.Callback, "", "complete")]
    [InlineData(1L, null, "s", VkMode.Callback, "complete", "")]
    [InlineData(null, null, "s", VkMode.Callback, "group_id", "")]
    [InlineData(1L, "t", null, VkMode.LongPoll, "complete", "complete")]
    [InlineData(1L, null, null, VkMode.LongPoll, "access_token", "")]
    public void Each_half_of_the_settings_stands_alone(long? group, string? token, string? secret, VkMode mode, string receiving, string sending)
    {
        SettingsHalves halves = new VkChannelType().Halves(new VkSettings { GroupId = group, AccessToken = token, Secret = secret, Mode = mode });

        (Words(halves.Receiving), Words(halves.Sending)).ShouldBe((receiving, sending));

        static string Words(SettingsHalf half) => half.Complete ? "complete" : string.Join(',', half.Missing);
    }
}
