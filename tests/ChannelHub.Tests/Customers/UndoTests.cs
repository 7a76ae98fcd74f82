using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using static ChannelHub.Tests.Customers.GraphRig;

namespace ChannelHub.Tests.Customers;

public sealed class UndoTests
{
    private const string Number = "+48600100200";

    [Fact]
    public async Task An_automatic_link_can_be_undone_again_once_its_bar_was_lifted()
    {
        await using TestHub hub = await TestHub.StartAsync();
        string telegram = await hub.AddChannelAsync("telegram", new { secret_token = "s3cret" });
        const string Shared = """{"update_id":1,"message":{"message_id":1,"date":1790000000,"chat":{"id":5,"type":"private"},"from":{"id":5,"is_bot":false,"first_name":"Ada"},"contact":{"phone_number":"48600100200","first_name":"Ada","user_id":5}}}""";
        using (HttpResponseMessage answer = await hub.Anonymous.SendAsync(Acceptance.TelegramLoad.Request(hub.Address, telegram, "s3cret", Shared)))
            answer.EnsureSuccessStatusCode();
        JsonNode link = (await hub.GetAsync("/v1/merges"))["data"]!.AsArray().Single()!;

        await hub.PostAsync($"/v1/merges/{link["merge_id"]}/undo");
        (await Together(hub)).ShouldBeFalse();
        (await hub.CallAsync(HttpMethod.Post, $"/v1/merges/{link["merge_id"]}/undo", new { })).Status.ShouldBe(409);

        string bar = (string)(await hub.GetAsync("/v1/vetoes"))["data"]!.AsArray().Single()!["id"]!;
        (await hub.CallAsync(HttpMethod.Delete, "/v1/vetoes/" + bar)).Status.ShouldBe(204);
        (await Together(hub)).ShouldBeTrue();
        JsonNode again = (await hub.GetAsync("/v1/merges"))["data"]!.AsArray().Single(action => (string)action!["kind"]! == "automatic")!;
        again["undone_by"].ShouldBeNull();

        await hub.PostAsync($"/v1/merges/{link["merge_id"]}/undo");
        (await Together(hub)).ShouldBeFalse();
    }

    [Fact]
    public void A_block_stays_where_it_was_made_through_merge_and_undo()
    {
        using var rig = new GraphRig();
        rig.Say(Who(KeyKinds.Telegram, "1"));
        rig.Say(Who(KeyKinds.Phone, Number));
        (long telegram, long phone) = (rig.Identity(KeyKinds.Telegram, "1"), rig.Identity(KeyKinds.Phone, Number));
        rig.Write(session => Storage.Customers.CustomerStore.Block(session, phone, blocked: true));
        MergePlan.Change merged = rig.Merge(telegram, phone).ShouldBeOfType<MergePlan.Change>();
        rig.Say(Who(KeyKinds.Phone, Number));
        rig.Undo(merged.Append[0].ActionId);
        rig.Find(KeyKinds.Phone, Number)!.BlockedAt.ShouldNotBeNull();
        rig.Find(KeyKinds.Telegram, "1")!.BlockedAt.ShouldBeNull();
    }

    private static async Task<bool> Together(TestHub hub) =>
        (await hub.GetAsync("/v1/customers?identity=phone:%2B48600100200"))["data"]![0]!["identities"]!.AsArray().Count == 2;
}
