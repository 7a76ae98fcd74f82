using System.Text;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;

namespace ChannelHub.Mail.Tests;

internal static class Some
{
    public static readonly DateTimeOffset Day = new(2026, 3, 2, 10, 15, 30, TimeSpan.FromHours(1));

    public static MimeMessage Mail(string text) => MimeParser.Parse(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")));

    public static MimeMessage Raw(string latin1) => MimeParser.Parse(Encoding.Latin1.GetBytes(latin1));

    public static MailContent Content(string text) => MailContent.Of(Mail(text));

    public static OutgoingMail Outgoing() => new()
    {
        From = new MailAddress("Shop", "help", "shop.example"),
        To = [new MailAddress(null, "ann", "mail.example")],
        MessageId = "hub.1.2.abc@mail.shop.example",
        Date = Day,
        Subject = "Your order",
        Text = "Hello Ann",
    };

    public static byte[] Compose(OutgoingMail mail) => MailComposer.Compose(mail).ShouldBeOfType<ComposeResult.Composed>().Bytes.ToArray();
}
