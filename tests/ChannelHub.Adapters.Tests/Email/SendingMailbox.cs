using System.Text;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Email;
using ChannelHub.Mail.Mime;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace ChannelHub.Adapters.Tests.Email;

/// <summary>A mailbox that sends to a scripted server.</summary>
internal sealed class SendingMailbox : IAsyncDisposable
{
    public static readonly Key Ada = new(KeyKinds.Email, "Ada@Customer.example");

    private readonly HttpClient http = new();

    public SendingMailbox()
    {
        Settings = new()
        {
            Address = "help@shop.example",
            DisplayName = "Shop",
            Password = "password",
            InboundToken = "t",
            Smtp = new EmailSmtp { Host = "127.0.0.1", Port = Server.Port, Security = MailSecurity.None },
        };
        Environment = new(http, TimeProvider.System, NullLogger.Instance) { SigningKey = "a key"u8.ToArray(), Dial = Loopback.DialAsync };
    }

    public FakeSmtp Server { get; } = new();

    public EmailSettings Settings { get; set; }

    public ChannelEnvironment Environment { get; set; }

    /// <summary>The newest mail that the server took.</summary>
    public MimeMessage Taken => MimeParser.Parse(Encoding.UTF8.GetBytes(Server.Mails[^1].Data));

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Server.DisposeAsync();
    }

    public IMessageSender Open() => (IMessageSender)new EmailChannelType().Open(Settings, Environment);

    public ValueTask<SendResult> SendAsync(Part part, Func<OutboundMessage, OutboundMessage>? change = null)
    {
        OutboundMessage message = SampleMessages.Of(Ada, null, part);
        return Open().SendAsync(change?.Invoke(message) ?? message, CancellationToken.None);
    }

    /// <summary>What a mail becomes that is pushed to the mailbox.</summary>
    public ChannelEvent Read(string mail) => Read(new Recording
    {
        Name = "mail", Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer t" }, Body = Encoding.UTF8.GetBytes(mail),
    }).ShouldNotBeNull();

    /// <summary>What a request becomes; null if it is forged.</summary>
    public ChannelEvent? Read(Recording request) =>
        request.ReceiveBy(new EmailChannelType(), Open(), DateTimeOffset.UnixEpoch)?.Entries.ShouldHaveSingleItem().ShouldBeOfType<Entry.Understood>().Event;
}
