using ChannelHub.Adapters.Conformance;
using ChannelHub.WebChat;

namespace ChannelHub.Adapters.Tests.WebChat;

public sealed class WebChatConformance() : ChannelConformance(
    new ConformanceFacts(new WebChatChannelType(), _ => new WebChatSettings
    {
        AllowedOrigins = ["https://shop.example"],
        IdentityKeys = [new WebChatIdentityKey { Kid = "k1", Key = "recorded key of a shop, 32 bytes at least" }],
    })
    {
        Webhooks = Recording.LoadFolder("tests/ChannelHub.Adapters.Tests/Fixtures/webchat"),
        Outbound = [SampleMessages.Text(Visitor), SampleMessages.Picture(Visitor), SampleMessages.Buttons(Visitor), SampleMessages.Location(Visitor), SampleMessages.Contact(Visitor)],
    })
{
    private static Key Visitor { get; } = new(KeyKinds.Visitor, KeyScopes.Channel, "v_recorded");

    public override Task Success_with_garbage_is_unconfirmed(string garbage) => HasNoProvider();

    public override Task Refused_credentials_are_not_authorised() => HasNoProvider();

    public override Task A_refusal_is_never_sent_and_never_unconfirmed(int status) => HasNoProvider();

    public override Task Too_many_requests_wait_as_long_as_the_provider_says() => HasNoProvider();

    public override Task Too_many_requests_with_an_unreadable_wait_still_wait(string retryAfter) => HasNoProvider();

    public override Task A_provider_in_trouble_is_tried_again(int status) => HasNoProvider();

    public override Task A_gateway_that_lost_the_answer_leaves_it_unconfirmed(int status) => HasNoProvider();

    public override Task A_reset_leaves_it_unconfirmed() => HasNoProvider();

    public override Task An_answer_cut_short_leaves_it_unconfirmed() => HasNoProvider();

    public override Task A_time_out_leaves_it_unconfirmed() => HasNoProvider();

    public override Task An_answer_that_falls_silent_leaves_it_unconfirmed() => HasNoProvider();

    public override Task A_closed_port_defers() => HasNoProvider();

    public override Task Cancellation_stops_a_send() => HasNoProvider();

    public override Task A_text_at_the_limit_passes_whole(string character) => HasNoProvider();

    public override Task Marks_in_a_text_stay_words() => HasNoProvider();

    public override Task Buttons_at_the_limit_pass_whole() => HasNoProvider();

    public override Task A_caption_at_the_limit_passes_whole() => HasNoProvider();

    public override Task A_part_it_has_no_way_for_is_refused() => HasNoProvider();

    public override Task A_probe_tells_whether_the_account_works() => HasNoProvider();

    public override Task Cancellation_stops_a_probe() => HasNoProvider();

    public override Task Editing_tells_the_truth() => HasNoProvider();

    public override Task Deleting_tells_the_truth() => HasNoProvider();

    public override Task Typing_is_best_effort() => HasNoProvider();

    private Task HasNoProvider() => Deviates("the hub shows its visitors what it has stored; no provider is called that could answer, refuse or be out of reach");
}
