using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Outbox;

public sealed class SendApiTests(SendingHub sending) : IClassFixture<SendingHub>
{
    private TestHub Hub => sending.Hub;

    [Fact]
    public async Task An_answer_goes_where_the_customer_wrote()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        string address = sending.NewAddress();
        JsonNode received = await sending.ReceiveAsync(channel, address);

        JsonNode message = await sending.SendAsync((string)received["conversation_id"]!, new
        {
            parts = new[] { new { type = "text", text = "Good morning" } },
            reply_to = (string)received["id"]!,
            author = new { kind = "bot", name = "Robin" },
            metadata = new { order = 17, tags = new[] { "a", "b" } },
            unknown = true,
        });

        ((string?)message["state"]).ShouldBe("queued");
        ((string?)message["direction"]).ShouldBe("out");
        ((string?)message["channel_id"]).ShouldBe(channel);
        ((string?)message["identity_id"]).ShouldBe((string?)received["identity_id"]);
        ((string?)message["reply_to"]).ShouldBe((string?)received["id"]);
        message["author"]!.ToJsonString().ShouldBe("""{"kind":"bot","name":"Robin"}""");
        message["metadata"]!.ToJsonString().ShouldBe("""{"order":17,"tags":["a","b"]}""");
        ((string?)message["parts"]![0]!["text"]).ShouldBe("Good morning");
        await sending.StateAsync(message, "sent");
        OutboundMessage sent = provider.Sent.ShouldHaveSingleItem();
        sent.Key.ShouldBe(message["id"] + ".0");
        sent.Address.ShouldBe("chat" + address);
        sent.ReplyTo!.Value.Value.ShouldStartWith("in");
        sent.AuthorName.ShouldBe("Robin");
        sent.AuthorKind.ShouldBe("bot");
        JsonNode conversation = await Hub.GetAsync("/v1/conversations/" + received["conversation_id"]);
        ((string?)conversation["last_message"]!["id"]).ShouldBe((string?)message["id"]);
        ((int)conversation["unread"]!).ShouldBe(1);
    }

    [Fact]
    public async Task Every_error_is_told_at_once_by_field()
    {
        (string channel, _) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());

        JsonNode problem = await sending.SendAsync((string)received["conversation_id"]!, new
        {
            parts = new object?[]
            {
                new { type = "text" }, new { type = "poem", text = "x" }, null, new { type = "image", attachment_id = "att_0000000000000" },
                new { type = "location", latitude = 1 }, new { type = "buttons", text = "?", buttons = new object[] { new { id = "a", label = "A" }, new { id = "a", url = "ftp://x" } } },
                new { text = "no type" },
            },
            channel_id = "chn_nothing", identity_id = "idn_nothing", reply_to = "msg_nothing", author = new { kind = "god" },
        }, expect: 400);

        ((string?)problem["type"]).ShouldBe("/problems/invalid");
        problem["errors"]!.AsObject().Select(e => e.Key).ShouldBe(
        [
            "parts[0].text", "parts[1].type", "parts[2]", "parts[3].attachment_id", "parts[4].longitude", "parts[5].buttons[1].id", "parts[5].buttons[1].url",
            "parts[5].buttons[1].label", "parts[6].type", "author.kind", "channel_id", "identity_id", "reply_to",
        ], ignoreOrder: true);
    }

    [Theory]
    [InlineData("{}", "parts")]
    [InlineData("""{"parts":[]}""", "parts")]
    [InlineData("""{"parts":[{"type":"text","text":"  "}]}""", "parts[0].text")]
    [InlineData("""{"parts":[{"type":"reply","button_id":"x"}]}""", "parts[0].type")]
    [InlineData("""{"parts":[{"type":"location","latitude":91,"longitude":0}]}""", "parts[0].latitude")]
    [InlineData("""{"parts":[{"type":"audio","attachment_id":"att_0000000000000"}]}""", "parts[0].attachment_id")]
    public async Task A_message_that_cannot_be_sent_is_refused(string body, string field)
    {
        (string channel, _) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());

        JsonNode problem = await sending.SendAsync((string)received["conversation_id"]!, body, expect: 400);

        problem["errors"]!.AsObject().ShouldContain(e => e.Key == field);
    }

    [Fact]
    public async Task An_unknown_conversation_is_404()
    {
        await sending.SendAsync("cnv_0000000000000", new { parts = new[] { new { type = "text", text = "x" } } }, expect: 404);
        await sending.SendAsync("nonsense", new { parts = new[] { new { type = "text", text = "x" } } }, expect: 404);
        await Hub.PostAsync("/v1/conversations/cnv_0000000000000/typing", expect: 404);
    }

    [Fact]
    public async Task A_long_text_goes_out_as_several_units_in_order()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());
        string text = string.Join(' ', Enumerable.Range(0, 60).Select(i => $"word{i}"));

        JsonNode message = await sending.SendTextAsync((string)received["conversation_id"]!, text);

        message["parts"]!.AsArray().Count.ShouldBeGreaterThan(3);
        await sending.StateAsync(message, "sent");
        string.Join(' ', provider.Texts).ShouldBe(text);
        provider.Sent.Select(m => m.Key).ShouldBe(Enumerable.Range(0, provider.Sent.Count).Select(i => $"{message["id"]}.{i}"));
    }

    [Fact]
    public async Task A_merged_away_conversation_still_takes_messages()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        JsonNode older = await sending.ReceiveAsync(channel, sending.NewAddress());
        JsonNode newer = await sending.ReceiveAsync(channel, sending.NewAddress());
        await Hub.PostAsync($"/v1/customers/{older["customer_id"]}/merge", new { with = (string)newer["customer_id"]! });

        JsonNode message = await sending.SendTextAsync((string)newer["conversation_id"]!, "hello");

        ((string?)message["conversation_id"]).ShouldBe((string?)older["conversation_id"]);
        ((string?)message["identity_id"]).ShouldBe((string?)newer["identity_id"]);
        await sending.StateAsync(message, "sent");
        provider.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Proven_words_win_over_newer_claims()
    {
        (string first, _) = await sending.AddChannelAsync();
        (string second, _) = await sending.AddChannelAsync();
        string address = sending.NewAddress();
        JsonNode proven = await sending.ReceiveAsync(first, address);
        await sending.ReceiveAsync(second, address, assurance: Assurance.Asserted);

        JsonNode message = await sending.SendTextAsync((string)proven["conversation_id"]!, "hello");
        ((string?)message["channel_id"]).ShouldBe(first);
        JsonNode chosen = await sending.SendAsync((string)proven["conversation_id"]!, new { channel_id = second, parts = new[] { new { type = "text", text = "x" } } });
        ((string?)chosen["channel_id"]).ShouldBe(second);
    }

    [Fact]
    public async Task What_stands_in_the_way_is_said()
    {
        (string channel, _) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());
        string conversation = (string)received["conversation_id"]!;
        string identity = (string)received["identity_id"]!;
        long identityId = SendingHub.IdOf(IdPrefix.Identity, identity);

        await Expect("no-target", identity: null, "UPDATE reach SET unreachable_at = 1 WHERE identity_id = @identityId");
        await Expect("window-closed", identity: null, "UPDATE reach SET unreachable_at = NULL, window_until = 1 WHERE identity_id = @identityId");
        await Expect("window-closed", identity, "UPDATE reach SET window_until = 1 WHERE identity_id = @identityId");
        await Expect("no-target", identity: null, "UPDATE reach SET window_until = NULL, opted_out_at = 1 WHERE identity_id = @identityId");
        await Expect("opted-out", identity, "UPDATE reach SET opted_out_at = 1 WHERE identity_id = @identityId");
        await Expect("no-target", identity: null, "UPDATE identity SET blocked_at = 1 WHERE id = @identityId");
        await Expect("blocked", identity, "UPDATE identity SET blocked_at = 1 WHERE id = @identityId");

        async Task Expect(string slug, string? identity, string sql)
        {
            await Hub.Get<Database>().WriteAsync(session => session.Execute(sql, new { identityId }));
            JsonNode problem = await sending.SendAsync(conversation, new { parts = new[] { new { type = "text", text = "x" } }, identity_id = identity }, expect: 409);
            ((string?)problem["type"]).ShouldBe("/problems/" + slug);
        }
    }

    [Fact]
    public async Task A_customer_without_any_word_needs_a_named_channel()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        string address = sending.NewAddress();
        JsonNode customer = await Hub.PostAsync("/v1/customers", new { name = "New", identities = new[] { new { kind = "telegram", value = address } } }, expect: 201);
        string conversation = (string)customer["conversation_id"]!;
        object text = new { parts = new[] { new { type = "text", text = "x" } } };

        ((string?)(await sending.SendAsync(conversation, text, expect: 409))["type"]).ShouldBe("/problems/no-target");
        await sending.StateAsync(await sending.SendAsync(conversation, new { parts = new[] { new { type = "text", text = "first" } }, channel_id = channel }), "sent");
        // From now on that is where the shop last wrote.
        await sending.StateAsync(await sending.SendTextAsync(conversation, "second"), "sent");
        provider.Texts.ShouldBe(["first", "second"]);
    }

    [Fact]
    public async Task A_paused_channel_takes_messages_and_keeps_them()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());
        Hub.Get<ChannelDirectory>().TryGet(SendingHub.IdOf(IdPrefix.Channel, channel), out LiveChannel? live).ShouldBeTrue();
        await Hub.Get<ChannelHealth>().PauseAsync(live!, "bad token");

        JsonNode message = await sending.SendTextAsync((string)received["conversation_id"]!, "hello");
        ((string?)message["state"]).ShouldBe("queued");
        await Hub.PostAsync($"/v1/channels/{channel}/resume");

        await sending.StateAsync(message, "sent");
        provider.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_file_is_sent_with_its_bytes_and_each_message_keeps_its_own()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());
        byte[] bytes = "%PDF-1.4 invoice"u8.ToArray();
        string attachment = await sending.KeepFileAsync("invoice.pdf", "application/pdf", bytes);
        byte[]? seen = null;
        provider.OnSend = async (message, cancellation) =>
        {
            using var copy = new MemoryStream();
            await using Stream content = await message.Media!.OpenAsync(cancellation);
            await content.CopyToAsync(copy, cancellation);
            seen = copy.ToArray();
            return provider.Accept();
        };

        JsonNode first = await sending.SendAsync((string)received["conversation_id"]!, new { parts = new[] { new { type = "file", attachment_id = attachment, caption = "Your invoice" } } });
        await sending.StateAsync(first, "sent");
        JsonNode second = await sending.SendAsync((string)received["conversation_id"]!, new { parts = new[] { new { type = "file", attachment = new { id = attachment } } } });
        await sending.StateAsync(second, "sent");

        seen.ShouldBe(bytes);
        provider.Sent[0].Media!.FileName.ShouldBe("invoice.pdf");
        ((MediaPart)provider.Sent[0].Part).Caption.ShouldBe("Your invoice");
        ((string?)first["parts"]![0]!["attachment"]!["id"]).ShouldBe(attachment);
        ((string?)second["parts"]![0]!["attachment"]!["id"]).ShouldNotBe(attachment);
        ((string?)second["parts"]![0]!["attachment"]!["state"]).ShouldBe("ready");
        ((long)second["parts"]![0]!["attachment"]!["size"]!).ShouldBe(bytes.Length);
    }

    [Fact]
    public async Task An_address_nobody_is_known_at_becomes_a_customer()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        string address = sending.NewAddress();
        object body = new { to = new { kind = "telegram", value = address }, channel_id = channel, parts = new[] { new { type = "text", text = "hello" } } };

        JsonNode message = await Hub.PostAsync("/v1/messages", body, expect: 202);
        await sending.StateAsync(message, "sent");
        provider.Sent.ShouldHaveSingleItem().To.ShouldBe(new Key("telegram", address));
        JsonNode identity = await Hub.GetAsync("/v1/identities/" + message["identity_id"]);
        ((string?)identity["assurance"]).ShouldBe("asserted");

        JsonNode again = await Hub.PostAsync("/v1/messages", body, expect: 202);
        ((string?)again["identity_id"]).ShouldBe((string?)message["identity_id"]);
        JsonNode answer = await sending.ReceiveAsync(channel, address);
        ((string?)answer["conversation_id"]).ShouldBe((string?)message["conversation_id"]);
    }

    [Fact]
    public async Task An_address_is_brought_to_its_canonical_form_and_written_as_given()
    {
        string channel = await Hub.AddChannelAsync("plain", new { });
        string number = "+48 600 100 " + (100 + (Environment.TickCount64 % 800));

        JsonNode message = await Hub.PostAsync("/v1/messages",
            new { to = new { kind = "phone", value = number }, channel_id = channel, parts = new[] { new { type = "text", text = "hello" } } }, expect: 202);

        JsonNode identity = await Hub.GetAsync("/v1/identities/" + message["identity_id"]);
        ((string?)identity["value"]).ShouldBe(number.Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{}", "parts,channel_id,to")]
    [InlineData("""{"to":{"kind":"telegram"},"channel_id":"CHANNEL","parts":[{"type":"text","text":"x"}]}""", "to.value")]
    [InlineData("""{"to":{"kind":"phone","value":"+48600100200"},"channel_id":"CHANNEL","parts":[{"type":"text","text":"x"}]}""", "to.kind")]
    [InlineData("""{"to":{"kind":"email","value":"abc"},"channel_id":"CHANNEL","parts":[{"type":"text","text":"x"}]}""", "to.value")]
    public async Task A_wrong_address_is_told_by_field(string body, string fields)
    {
        (string channel, _) = await sending.AddChannelAsync();

        JsonNode problem = await Hub.PostAsync("/v1/messages", body.Replace("CHANNEL", channel, StringComparison.Ordinal), expect: 400);

        problem["errors"]!.AsObject().Select(e => e.Key).ShouldBe(fields.Split(','), ignoreOrder: true);
    }

    [Fact]
    public async Task Typing_is_shown_where_the_customer_is()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        string address = sending.NewAddress();
        JsonNode received = await sending.ReceiveAsync(channel, address);

        (int status, _) = await Hub.CallAsync(HttpMethod.Post, $"/v1/conversations/{received["conversation_id"]}/typing");

        status.ShouldBe(202);
        await provider.HasShownTypingAsync();
        provider.Typing.ShouldHaveSingleItem().Value.ShouldBe(address);
    }
}
