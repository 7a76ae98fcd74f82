using ChannelHub.Adapters.Conformance;
using ChannelHub.Email;

namespace ChannelHub.Adapters.Tests.Email;

// The kit's provider speaks HTTP. What it does to a send or a pull, scripted servers do by SMTP and IMAP: see EmailSendingTests and EmailPullingTests.
public sealed class EmailConformance() : ChannelConformance(new ConformanceFacts(new EmailChannelType(), address => new EmailSettings
{
    Address = "help@shop.example",
    DisplayName = "Shop",
    InboundToken = "inbound-token-of-the-shop",
    Password = "password-of-the-mailbox",
    TrustedAuthservIds = ["mx.shop.example"],
    Smtp = new EmailSmtp { Host = address.Host, Port = address.Port, Security = MailSecurity.None },
})
{
    Webhooks = Recording.LoadFolder("tests/ChannelHub.Adapters.Tests/Fixtures/email"),
    Tamper = recording => recording.WithHeader("Authorization", "Bearer inbound-token-of-the-shoq"),
    Outbound = [SampleMessages.Text(Ada), SampleMessages.Picture(Ada)],
})
{
    private const string Smtp = "it speaks SMTP; scripted servers try this";

    private static readonly Key Ada = new(KeyKinds.Email, "ada@customer.example");

    public override Task An_accepted_send_is_sent_with_an_id() => Deviates(Smtp);

    public override Task Success_with_garbage_is_unconfirmed(string garbage) => Deviates("a greeting that is none comes before anything was sent: " + Smtp);

    public override Task Refused_credentials_are_not_authorised() => Deviates(Smtp);

    public override Task Too_many_requests_wait_as_long_as_the_provider_says() => Deviates("SMTP names no time to wait");

    public override Task Too_many_requests_with_an_unreadable_wait_still_wait(string retryAfter) => Deviates("SMTP names no time to wait");

    public override Task A_gateway_that_lost_the_answer_leaves_it_unconfirmed(int status) => Deviates("there is no gateway that answers for a mail server");

    public override Task A_reset_leaves_it_unconfirmed() => Deviates("only after the last line of the mail: " + Smtp);

    public override Task An_answer_cut_short_leaves_it_unconfirmed() => Deviates("only after the last line of the mail: " + Smtp);

    public override Task A_time_out_leaves_it_unconfirmed() => Deviates("only after the last line of the mail: " + Smtp);

    public override Task An_answer_that_falls_silent_leaves_it_unconfirmed() => Deviates("only after the last line of the mail: " + Smtp);

    public override Task Cancellation_stops_a_send() => Deviates(Smtp);

    public override Task A_text_at_the_limit_passes_whole(string character) => Deviates(Smtp);

    public override Task Marks_in_a_text_stay_words() => Deviates(Smtp);

    public override Task A_caption_at_the_limit_passes_whole() => Deviates(Smtp);

    public override Task A_refusal_is_never_sent_and_never_unconfirmed(int status) => Deviates(Smtp);

    public override Task A_provider_in_trouble_is_tried_again(int status) => Deviates(Smtp);

    public override Task A_probe_tells_whether_the_account_works() => Deviates(Smtp);

    public override Task Cancellation_stops_a_probe() => Deviates(Smtp);
}
