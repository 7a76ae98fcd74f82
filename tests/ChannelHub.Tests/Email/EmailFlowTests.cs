using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChannelHub.Adapters.Tests.Email;
using ChannelHub.Mail.Mime;
using ChannelHub.Tests.Api;
using ChannelHub.Tests.WebChat;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.Email;

/// <summary>Customers who write by mail, and a CRM that answers.</summary>
public sealed class EmailFlowTests : IAsyncLifetime
{
    private const string Ada = "ada@customer.example";
    private const string Token = "token-of-the-mail-server";

    private readonly FakeSmtp smtp = new();
    private readonly FakeImap imap = new();
    private TestHub hub = null!;
    private string channel = null!;
    private int mails;

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync(options => options with { Webchat = ChatHub.Roomy });
        channel = await hub.AddChannelAsync("email", new
        {
            address = "help@shop.example", display_name = "Shop", password = "p", inbound_token = Token, trusted_authserv_ids = new[] { "mx.shop.example" },
            smtp = new { host = "127.0.0.1", port = smtp.Port, security = "none" },
        });
    }

    public async Task DisposeAsync()
    {
        await hub.DisposeAsync();
        await smtp.DisposeAsync();
        await imap.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_shows_its_new_words_its_whole_text_and_safe_HTML_and_its_files_open()
    {
        await PushAsync(Proven(Ada) + """
            Subject: Parcel
            Cc: Bob <bob@else.example>
            Message-ID: <m1@customer.example>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/html

            <p>Where is it?<script>alert(1)</script></p><div class="gmail_quote">On Monday Shop wrote:<blockquote>Soon</blockquote></div>
            --b
            Content-Type: text/plain; name=a.txt
            Content-Disposition: attachment; filename=a.txt

            hello file
            --b--
            """);
        JsonNode message = (await ThreadAsync()).ShouldHaveSingleItem();
        JsonNode text = message["parts"]![0]!;
        ((string)text["text"]!).ShouldBe("Where is it?");
        ((string)text["full_text"]!).ShouldContain("Soon");
        ((string)text["html"]!).ShouldContain("<p>Where is it?</p>");
        ((string)message["subject"]!).ShouldBe("Parcel");
        ((string)message["sender_assurance"]!).ShouldBe("proven");
        message["recipients"]!.AsArray().Select(one => (string)one!["address"]!).ShouldBe(["help@shop.example", "bob@else.example"]);

        JsonNode ready = await hub.UntilAsync($"/v1/messages/{message["id"]}", one => (string?)one["parts"]![1]!["attachment"]!["state"] == "ready");
        (await hub.Admin.GetStringAsync((string)ready["parts"]![1]!["attachment"]!["url"]!)).ShouldBe("hello file");
    }

    [Fact]
    public async Task An_answer_goes_out_below_the_mail_it_answers_and_the_reply_to_it_knows_it()
    {
        await PushAsync(Proven(Ada) + "Subject: Parcel\nMessage-ID: <m1@customer.example>\n\nWhere?\n");
        JsonNode sent = await AnswerAsync("Here.");
        MimeMessage mail = await TakenAsync(1);
        mail.Subject.ShouldBe("Re: Parcel");
        mail.InReplyTo.ShouldBe(["m1@customer.example"]);

        await PushAsync(Proven(Ada) + $"Subject: Re: Parcel\nMessage-ID: <m2@customer.example>\nIn-Reply-To: <{mail.MessageId}>\n\nThanks!\n");
        JsonNode reply = (await ThreadAsync())[^1];
        ((string)reply["reply_to"]!).ShouldBe((string)sent["id"]!);

        await AnswerAsync("Welcome.");
        (await TakenAsync(2)).References.ShouldBe([mail.MessageId!, "m2@customer.example"]);
    }

    [Fact]
    public async Task Somebody_else_who_answers_joins_as_a_participant_and_gets_no_answer()
    {
        await PushAsync(Proven(Ada) + "Subject: Parcel\nMessage-ID: <m1@customer.example>\n\nWhere?\n");
        await AnswerAsync("Here.");
        MimeMessage mail = await TakenAsync(1);
        await PushAsync(Proven("charles@colleague.example") + $"Subject: Re: Parcel\nMessage-ID: <c1@colleague.example>\nIn-Reply-To: <{mail.MessageId}>\n\nI signed for it.\n");

        List<JsonNode> thread = await ThreadAsync();
        thread.Count.ShouldBe(3);
        ((string)thread[2]["author"]!["kind"]!).ShouldBe("participant");
        ((string?)thread[2]["author_identity_id"]).ShouldNotBeNull();
        await AnswerAsync("Good.");
        (await TakenAsync(2)).To[0].Address.ShouldBe(Ada);
    }

    [Fact]
    public async Task Who_only_names_a_message_joins_no_thread()
    {
        await PushAsync(Proven(Ada) + "Subject: Parcel\nMessage-ID: <m1@customer.example>\n\nWhere?\n");
        await PushAsync(Proven("eve@evil.example") + "Subject: Re: Parcel\nMessage-ID: <e1@evil.example>\nIn-Reply-To: <m1@customer.example>\n\nTell me.\n");
        JsonArray conversations = (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray();
        conversations.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_mail_that_its_domain_disowns_stands_apart_with_a_suggestion()
    {
        await PushAsync(Proven(Ada) + "Subject: Parcel\nMessage-ID: <m1@customer.example>\n\nWhere?\n");
        await PushAsync(Proven(Ada).Replace("dmarc=pass", "dmarc=fail", StringComparison.Ordinal) + "Subject: Money\nMessage-ID: <x1@customer.example>\n\nSend it.\n");
        (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().Count.ShouldBe(2);
        (await hub.UntilAsync("/v1/merge-suggestions?state=open", page => page["data"]!.AsArray().Count > 0))["data"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_bounce_is_the_fate_of_its_message_and_no_message()
    {
        await PushAsync(Proven(Ada) + "Subject: Parcel\nMessage-ID: <m1@customer.example>\n\nWhere?\n");
        JsonNode sent = await AnswerAsync("Here.");
        MimeMessage mail = await TakenAsync(1);
        await PushAsync($"""
            From: mailer-daemon@mx.example
            Subject: Undelivered
            Message-ID: <d1@mx.example>
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status; boundary=b

            --b
            Content-Type: text/plain

            no
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example

            Final-Recipient: rfc822; {Ada}
            Action: failed
            Status: 5.1.1
            Diagnostic-Code: smtp; 550 5.1.1 gone

            --b
            Content-Type: text/rfc822-headers

            Message-ID: <{mail.MessageId}>

            --b--
            """);
        JsonNode failed = await hub.UntilAsync($"/v1/messages/{sent["id"]}", one => (string?)one["state"] == "failed");
        ((string)failed["error"]!["kind"]!).ShouldBe("unknown_recipient");
        (await ThreadAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_code_reaches_the_mailbox_and_proves_it()
    {
        string chat = await hub.AddChatAsync(Jwt.Settings);
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        string claim = (string)(await browser.PostAsync("claims", new { kind = "email", value = Ada })).Body!["id"]!;
        MimeMessage mail = await TakenAsync(1);
        mail.To[0].Address.ShouldBe(Ada);
        mail.Headers.Value("Auto-Submitted").ShouldBe("auto-generated");
        string code = Regex.Match(mail.Root.Text(), "[0-9]{6}").Value;
        mail.Subject.ShouldNotContain(code);
        (await browser.PostAsync($"claims/{claim}/confirm", new { code })).Status.ShouldBe(204);
    }

    [Fact]
    public async Task Mail_in_the_mailbox_is_stored_once_also_when_the_folder_is_renumbered()
    {
        for (uint uid = 1; uid <= 40; uid++)
            imap.Add(uid, "Hello");
        string pulled = await PulledAsync();
        await hub.UntilAsync($"/v1/channels/{pulled}/accounting", accounting => (long)accounting["stored"]! == 40);
        await hub.StopAsync();
        imap.UidValidity = 9;
        imap.Add(41, "New");
        await hub.StartAgainAsync();
        JsonNode accounting = await hub.UntilAsync($"/v1/channels/{pulled}/accounting", one => (long)one["stored"]! == 41 && (long)one["duplicate"]! == 40);
        ((long)accounting["quarantined"]!).ShouldBe(0);
    }

    [Fact]
    public async Task Remote_pictures_are_shown_to_who_asks_and_pixels_to_nobody()
    {
        await PushAsync(Proven(Ada) + """
            Subject: Parcel
            Message-ID: <m1@customer.example>
            Content-Type: text/html

            Write &lt;img data-remote-src=x: <img src="https://t.example/a.png"><img src="https://t.example/p.gif" width=1 height=1>
            """);
        JsonNode message = (await ThreadAsync()).ShouldHaveSingleItem();
        ((string)message["parts"]![0]!["html"]!).ShouldNotContain(" src=");
        ((string)message["metadata"]!["blocked_images"]!).ShouldBe("1");
        JsonNode asked = await hub.GetAsync($"/v1/messages/{message["id"]}?remote_images=true");
        ((string)asked["parts"]![0]!["html"]!).Trim()
            .ShouldBe("Write &lt;img data-remote-src=x: <img referrerpolicy=\"no-referrer\" src=\"https://t.example/a.png\">");
    }

    [Fact]
    public async Task A_hostile_mail_is_quarantined_and_the_mailbox_goes_on()
    {
        imap.Add(1, "Hello");
        imap.Mails[2] = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(level => $"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")));
        imap.Mails[3] = Encoding.ASCII.GetBytes("From: ada@customer.example\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 100_000)) + "\r\n\r\nx");
        imap.Mails[4] = [0, 255, 13, 10];
        imap.Add(5, "Bye");
        string pulled = await PulledAsync();
        await hub.UntilAsync($"/v1/channels/{pulled}/accounting", one => (long)one["stored"]! == 2 && (long)one["quarantined"]! == 3);
        (await hub.GetAsync("/v1/inbox?channel_id=" + pulled))["data"]!.AsArray().Count(item => (string)item!["state"]! == "quarantined").ShouldBe(3);
    }

    [Fact]
    public async Task A_mailbox_that_refuses_the_login_is_paused_with_its_servers_words()
    {
        imap.Answer = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? "NO [AUTHENTICATIONFAILED] Application password required" : null;
        string pulled = await PulledAsync();
        JsonNode paused = await hub.UntilAsync("/v1/channels/" + pulled, one => (string)one["state"]! == "paused");
        ((string)paused["state_reason"]!).ShouldContain("Application password required");
        (await hub.GetAsync("/v1/events?after=0"))["data"]!.AsArray().ShouldContain(one => (string)one!["type"]! == "channel.paused");
    }

    [Fact]
    public async Task Of_a_mail_over_the_limit_its_beginning_is_kept_and_its_server_does_not_try_again()
    {
        string large = Proven(Ada) + "Subject: Pictures\nMessage-ID: <big@customer.example>\n\n" + new string('x', 5_000_000);
        await PushAsync(large);
        JsonNode message = (await ThreadAsync()).ShouldHaveSingleItem();
        ((string)message["subject"]!).ShouldBe("Pictures");
        JsonNode file = message["parts"]!.AsArray().Select(part => part!["attachment"]).OfType<JsonNode>().ShouldHaveSingleItem();
        ((long)file["size"]!).ShouldBe(Encoding.UTF8.GetByteCount(large));
        (await PostAsync(large, "wrong")).ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Without_the_token_mail_is_forged()
    {
        (await PostAsync("From: a@b.example\n\nx", "wrong")).ShouldBe(HttpStatusCode.Forbidden);
        (await hub.GetAsync($"/v1/channels/{channel}/accounting"))["forged"]!.GetValue<long>().ShouldBe(1);
    }

    // Mail servers write whole seconds, and what is written within one would have no order.
    private string Proven(string from) =>
        $"Authentication-Results: mx.shop.example; dmarc=pass header.from={from.Split('@')[1]}\n"
        + $"Received: from mail.x.example (mail.x.example [192.0.2.7]) by mx.shop.example; {DateTimeOffset.UtcNow.AddSeconds((6 * mails++) - 3):r}\n"
        + $"From: <{from}>\nTo: help@shop.example\n";

    private Task<string> PulledAsync() => hub.AddChannelAsync("email", new
    {
        address = "inbox@shop.example", password = "p", imap = new { host = "127.0.0.1", port = imap.Port, security = "none" },
    });

    private async Task PushAsync(string mail) => (await PostAsync(mail, Token)).ShouldBe(HttpStatusCode.OK);

    private async Task<HttpStatusCode> PostAsync(string mail, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/" + channel) { Content = new StringContent(mail, Encoding.UTF8, "message/rfc822") };
        request.Headers.Authorization = new("Bearer", token);
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>Ada's thread, oldest first.</summary>
    private async Task<List<JsonNode>> ThreadAsync() =>
        [.. (await hub.GetAsync($"/v1/conversations/{await ConversationAsync()}/messages?order=asc"))["data"]!.AsArray().Select(one => one!)];

    private async Task<string> ConversationAsync() =>
        (string)(await hub.GetAsync("/v1/customers?identity=email:" + Ada))["data"]![0]!["conversation_id"]!;

    private async Task<JsonNode> AnswerAsync(string text) =>
        await hub.PostAsync($"/v1/conversations/{await ConversationAsync()}/messages", new { parts = new[] { new { type = "text", text } } }, expect: 202);

    private async Task<MimeMessage> TakenAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (smtp.Mails.Count < count)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(10, CancellationToken.None);
        }
        return MimeParser.Parse(Encoding.UTF8.GetBytes(smtp.Mails[count - 1].Data));
    }
}
