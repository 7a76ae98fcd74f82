using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Simulation;

namespace ChannelHub.Tests.Acceptance;

/// <summary>Every channel from end to end: customers at simulated providers, the whole hub, and a CRM at its API.</summary>
public sealed class SimulatorFlowTests : IAsyncLifetime
{
    private static readonly byte[] Picture =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0];

    private SimulatedShop shop = null!;

    public async Task InitializeAsync() => shop = await SimulatedShop.StartAsync();

    public async Task DisposeAsync()
    {
        await shop.DisposeAsync();
        shop.Simulator.Violations.ShouldBeEmpty();
    }

    public static TheoryData<string> Chats => [.. (string[])["telegram", "whatsapp", "messenger", "instagram", "twilio_sms", "twilio_whatsapp", "viber", "vk"]];

    [Theory]
    [MemberData(nameof(Chats))]
    public async Task Words_and_files_go_both_ways_and_receipts_come_back(string type)
    {
        SimulatedChat chat = shop.Simulator.Chat(type);
        chat.Say(shop.Ada, "Where is my parcel?");
        JsonNode question = await shop.ReceivedAsync(chat);
        ((string)question["parts"]![0]!["text"]!).ShouldBe("Where is my parcel?");

        JsonNode answer = await shop.AnswerAsync(question, new { type = "text", text = "It left yesterday." });
        await shop.StateAsync(answer, "sent");
        ShownMessage shown = chat.Shown(shop.Ada).ShouldHaveSingleItem();
        shown.Text.ShouldBe("It left yesterday.");
        foreach (string receipt in chat.Receipts)
        {
            chat.Report(shop.Ada, shown, receipt);
            await shop.Simulator.DeliverAsync();
            await shop.StateAsync(answer, receipt);
        }

        chat.Send(shop.Ada, new FakeFile("kite.png", "image/png", Picture));
        JsonNode sent = await shop.ReceivedAsync(chat);
        JsonNode ready = await shop.Hub.UntilAsync($"/v1/messages/{sent["id"]}", message => (string)message["parts"]![0]!["attachment"]!["state"]! == "ready");
        (await shop.Hub.Admin.GetByteArrayAsync(new Uri((string)ready["parts"]![0]!["attachment"]!["url"]!, UriKind.Relative))).ShouldBe(Picture);

        string attachment = await shop.UploadAsync(Picture, "yours.png", "image/png");
        await shop.StateAsync(await shop.AnswerAsync(question, new { type = "image", attachment_id = attachment }), "sent");
        (await chat.FileAsync(chat.Shown(shop.Ada)[^1])).ShouldNotBeNull().Bytes.ToArray().ShouldBe(Picture);
    }

    [Fact]
    public async Task A_call_stands_on_its_thread_with_its_recording_and_is_answered_by_text()
    {
        SimulatedChat texts = shop.Simulator.Chat("twilio_sms");
        await shop.Simulator.Telephone.CallAsync(shop.Ada, ["1"], 12, "Please call me back");
        JsonNode call = await shop.ReceivedAsync(shop.Simulator.Telephone);
        JsonNode part = (await shop.Hub.UntilAsync($"/v1/messages/{call["id"]}", message => (string?)message["parts"]![0]!["recording"]?["state"] == "ready"))["parts"]![0]!;
        ((string)part["type"]!, (string)part["status"]!, (string)part["transcript"]!).ShouldBe(("call", "voicemail", "Please call me back"));
        (await shop.Hub.Admin.GetByteArrayAsync(new Uri((string)part["recording"]!["url"]!, UriKind.Relative))).ShouldNotBeEmpty();

        JsonNode answer = await shop.Hub.PostAsync($"/v1/conversations/{call["conversation_id"]}/messages",
            new { parts = new[] { new { type = "text", text = "We shall call at six." } }, channel_id = texts.ChannelId }, expect: 202);

        await shop.StateAsync(answer, "sent");
        texts.Shown(shop.Ada).ShouldHaveSingleItem().Text.ShouldBe("We shall call at six.");
    }
}
