using ChannelHub.Adapters.Conformance;
using ChannelHub.Mail.Mime;
using Shouldly;
using Xunit;

namespace ChannelHub.Adapters.Tests.Email;

/// <summary>What programs may write, and how one is rid of them.</summary>
public sealed class EmailAutomaticTests : IAsyncLifetime
{
    private readonly SendingMailbox mailbox = new();
    private readonly SteppedClock clock = new();

    public EmailAutomaticTests() =>
        mailbox.Environment = mailbox.Environment with { Clock = clock, HookUrl = new Uri("https://hub.example/hooks/chn_conformance") };

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => mailbox.DisposeAsync().AsTask();

    [Fact]
    public async Task One_press_lets_the_recipient_go_and_nobody_else()
    {
        (await mailbox.SendAsync(new TextPart("Offer"), ByProgram)).ShouldBeOfType<SendResult.Sent>();
        MimeMessage mail = mailbox.Taken;
        mail.Headers.Value("Auto-Submitted").ShouldBe("auto-generated");
        mail.Headers.Value("List-Unsubscribe-Post").ShouldBe("List-Unsubscribe=One-Click");
        var way = new Uri(Ways(mail)[0]);
        way.AbsoluteUri.ShouldStartWith("https://hub.example/hooks/chn_conformance/unsubscribe/");

        SubscriptionChanged left = mailbox.Read(Press(way)).ShouldBeOfType<SubscriptionChanged>();
        left.OptedOut.ShouldBeTrue();
        left.Sender.Key.Value.ShouldBe("ada@customer.example");
        mailbox.Read(Press(way)).ShouldBeOfType<SubscriptionChanged>().Key.ShouldBe(left.Key);
        mailbox.Read(Press(way) with { Method = "GET" }).ShouldBeNull("programs that look for harm follow every link");
        mailbox.Read(Press(way) with { Query = "to=bob%40customer.example" }).ShouldBeNull();
        mailbox.Read(Press(way) with { SubPath = Press(way).SubPath[..^1] + "_" }).ShouldBeNull();
    }

    [Fact]
    public async Task A_mail_lets_the_recipient_go_and_nobody_else()
    {
        await mailbox.SendAsync(new TextPart("Offer"), ByProgram);
        string way = Ways(mailbox.Taken)[^1];
        way.ShouldStartWith("mailto:help@shop.example?subject=");
        string mail = $"From: <Ada@customer.example>\nTo: help@shop.example\nSubject: {Uri.UnescapeDataString(way.Split('=')[1])}\nMessage-ID: <u1@customer.example>\n\n\n";
        mailbox.Read(mail).ShouldBeOfType<SubscriptionChanged>().Sender.Key.Value.ShouldBe("ada@customer.example");
        mailbox.Read(mail.Replace("<Ada@", "<bob@", StringComparison.Ordinal)).ShouldBeOfType<MessageReceived>();
    }

    [Theory]
    [InlineData("Auto-Submitted: auto-replied")]
    [InlineData("List-Id: <news.shop.example>")]
    [InlineData("X-Auto-Response-Suppress: All")]
    public async Task What_asks_for_silence_is_answered_by_people_alone(string header)
    {
        var received = (MessageReceived)mailbox.Read($"From: ada@customer.example\nSubject: Away\nMessage-ID: <v1@customer.example>\n{header}\n\nI am away\n");
        SendResult told = await mailbox.SendAsync(new TextPart("Hello"), message => ByProgram(message) with { Address = received.Sender.Address });
        told.ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.ContentRefused);
        (await mailbox.SendAsync(new TextPart("Hello"), message => message with { Address = received.Sender.Address })).ShouldBeOfType<SendResult.Sent>();
    }

    [Fact]
    public async Task Programs_write_to_one_address_twelve_times_an_hour_at_most()
    {
        IMessageSender channel = mailbox.Open();
        for (int unit = 0; unit < 12; unit++)
            (await SendAsync(unit)).ShouldBeOfType<SendResult.Sent>();
        (await SendAsync(12)).ShouldBeOfType<SendResult.Rejected>().Fault.Detail.ShouldContain("answer each other");
        (await SendAsync(11)).ShouldBeOfType<SendResult.Sent>("another attempt is not another mail");
        (await SendAsync(12, message => message with { AuthorKind = "agent" })).ShouldBeOfType<SendResult.Sent>();
        (await SendAsync(12, message => message with { To = new Key(KeyKinds.Email, "bob@customer.example") })).ShouldBeOfType<SendResult.Sent>();
        clock.Now += TimeSpan.FromMinutes(61);
        (await SendAsync(12)).ShouldBeOfType<SendResult.Sent>();

        ValueTask<SendResult> SendAsync(int unit, Func<OutboundMessage, OutboundMessage>? change = null)
        {
            OutboundMessage message = ByProgram(SampleMessages.Text(SendingMailbox.Ada)) with { Key = $"msg_0000000000001.{unit}" };
            return channel.SendAsync(change?.Invoke(message) ?? message, CancellationToken.None);
        }
    }

    [Fact]
    public async Task Where_answers_have_no_address_of_their_own_the_words_bring_the_token_back()
    {
        mailbox.Settings = mailbox.Settings with { PlusAddressing = false };
        await mailbox.SendAsync(new TextPart("Here."));
        mailbox.Taken.ReplyTo.ShouldBeEmpty();
        string quoted = mailbox.Taken.Root.Text().Trim();
        Answer(quoted).ShouldBe(new ExternalId("msg_0000000000001.0"));
        Answer(quoted.Replace("msg_0000000000001", "msg_0000000000002", StringComparison.Ordinal)).ShouldBeNull();

        ExternalId? Answer(string text) =>
            ((MessageReceived)mailbox.Read($"From: ada@customer.example\nSubject: Re: x\nMessage-ID: <b1@customer.example>\n\nThanks\n\n> {text.ReplaceLineEndings("\n> ")}\n")).ThreadOf;
    }

    private static OutboundMessage ByProgram(OutboundMessage message) => message with { AuthorKind = "bot" };

    private static string[] Ways(MimeMessage mail) =>
        [.. mail.Headers.Value("List-Unsubscribe").ShouldNotBeNull().Split(',').Select(way => way.Replace(" ", "", StringComparison.Ordinal).Trim('<', '>'))];

    private static Recording Press(Uri way) => new()
    {
        Name = "press", SubPath = way.AbsolutePath["/hooks/chn_conformance/".Length..], Query = way.Query[1..], Body = "List-Unsubscribe=One-Click"u8.ToArray(),
    };

    private sealed class SteppedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(56);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
