using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Twilio;

namespace ChannelHub.Tests.Channels;

/// <summary>A provider's list of what it has pushed, looked through for what did not arrive.</summary>
public sealed class MissedMessagesTests : IAsyncLifetime
{
    private const string Ada = "+447700900123";
    private const string Number = "+15005550006";

    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 9, 21, 12, 0, 0, TimeSpan.Zero));
    private FakeTwilio twilio = null!;
    private TestHub hub = null!;
    private string channel = "";

    public async Task InitializeAsync()
    {
        twilio = await FakeTwilio.StartAsync(clock: clock);
        hub = await TestHub.StartAsync(clock: clock);
        channel = await hub.AddChannelAsync("twilio_sms", new
        {
            account_sid = twilio.AccountSid, auth_token = twilio.Token, from = Number, public_url = hub.Address.AbsoluteUri, api_base_url = twilio.Url.AbsoluteUri,
        });
        twilio.AddNumber(Number, new Uri(hub.Address, $"/hooks/{channel}"));
    }

    public async Task DisposeAsync()
    {
        twilio.Violations.ShouldBeEmpty();
        await hub.DisposeAsync();
        await twilio.DisposeAsync();
    }

    [Fact]
    public async Task What_was_written_while_the_hub_was_off_is_fetched_once_and_what_came_by_webhook_is_not_counted_again()
    {
        twilio.AddText(Ada, Number, "before");
        await twilio.DeliverAsync();
        await hub.StopAsync();
        twilio.AddText(Ada, Number, "meanwhile");
        clock.Advance(TimeSpan.FromHours(30));
        await hub.StartAgainAsync();

        await hub.UntilAsync($"/v1/channels/{channel}/accounting", counts => (long)counts["stored"]! == 2);
        JsonNode conversation = (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        JsonArray thread = (await hub.GetAsync($"/v1/conversations/{conversation["id"]}/messages?order=asc"))["data"]!.AsArray();
        thread.Select(message => (string)message!["parts"]![0]!["text"]!).ShouldBe(["before", "meanwhile"]);
        ((DateTimeOffset)thread[1]!["provider_time"]!).ShouldBe(new DateTimeOffset(2026, 9, 21, 12, 0, 0, TimeSpan.Zero));
        (await CountsAsync()).ShouldBe((2, 2, 0));

        // The webhook that Twilio had not given up comes after all.
        (await twilio.DeliverAsync()).ShouldAllBe(answer => answer.Status == 200);
        (await CountsAsync()).ShouldBe((3, 2, 1));
    }

    private async Task<(long Received, long Stored, long Duplicate)> CountsAsync()
    {
        JsonNode counts = await hub.GetAsync($"/v1/channels/{channel}/accounting");
        return ((long)counts["received"]!, (long)counts["stored"]!, (long)counts["duplicate"]!);
    }
}
