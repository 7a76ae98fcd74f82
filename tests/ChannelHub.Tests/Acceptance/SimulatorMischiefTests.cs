using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Simulation;

namespace ChannelHub.Tests.Acceptance;

/// <summary>Providers that misbehave, and what may not come of it.</summary>
public sealed class SimulatorMischiefTests : IAsyncLifetime
{
    private SimulatedShop shop = null!;

    public async Task InitializeAsync() => shop = await SimulatedShop.StartAsync();

    public async Task DisposeAsync()
    {
        await shop.DisposeAsync();
        shop.Simulator.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatsApp_texts_and_an_attested_call_of_one_number_are_one_customer_with_one_thread()
    {
        string[] types = ["whatsapp", "twilio_sms", "twilio_whatsapp"];
        foreach (string type in types)
            shop.Simulator.Chat(type).Say(shop.Ada, $"Hello by {type}");
        await shop.Simulator.DeliverAsync();
        await shop.Simulator.Telephone.CallAsync(shop.Ada, ["1"], 12, "Please call me back");
        await shop.Simulator.DeliverAsync(new SimulatedMischief { PercentTwice = 50, Shuffles = true });

        JsonNode conversation = (await shop.Hub.GetAsync("/v1/conversations"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        JsonArray messages = (await shop.Hub.GetAsync($"/v1/conversations/{conversation["id"]}/messages"))["data"]!.AsArray();
        messages.Select(message => (string)message!["channel_type"]!).ShouldBe([.. types, "twilio_voice"], ignoreOrder: true);
        (await shop.Hub.GetAsync("/v1/customers"))["data"]!.AsArray().Count.ShouldBe(1);
        JsonNode call = messages.Single(message => (string)message!["channel_type"]! == "twilio_voice")!["parts"]![0]!;
        ((string?)call["status"], (string?)call["transcript"], (string?)call["attestation"]).ShouldBe(("voicemail", "Please call me back", "A"));
    }

    [Theory]
    [InlineData("whatsapp", "delivered")]
    [InlineData("messenger", "sent")] // An echo, as Instagram's and VK's.
    [InlineData("instagram", "sent")]
    [InlineData("twilio_sms", "delivered")]
    [InlineData("twilio_whatsapp", "delivered")]
    [InlineData("viber", "delivered")]
    [InlineData("vk", "sent")]
    public async Task What_is_told_before_the_answer_finds_its_message(string type, string state)
    {
        SimulatedChat chat = shop.Simulator.Chat(type);
        chat.Say(shop.Ada, "Hello");
        JsonNode message = await shop.ReceivedAsync(chat);
        chat.ReportBeforeAnswers(true);

        JsonNode answer = await shop.AnswerAsync(message, new { type = "text", text = "Hello to you" });

        await shop.StateAsync(answer, state);
        (await shop.ThreadAsync(chat, shop.Ada))["messages"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_storm_of_refusals_delays_messages_and_loses_none()
    {
        List<(SimulatedChat Chat, SimulatedPerson Person, JsonNode Answer)> answers = [];
        foreach (SimulatedChat chat in shop.Simulator.Chats)
        {
            foreach (SimulatedPerson person in shop.Simulator.People)
                chat.Say(person, "Hello");
            await shop.Simulator.DeliverAsync();
            chat.Throttle(calls: shop.Simulator.People.Count, retryAfterSeconds: 1);
            foreach (SimulatedPerson person in shop.Simulator.People)
            {
                JsonNode message = (await shop.ThreadAsync(chat, person))["messages"]!.AsArray().First(one => (string)one!["channel_id"]! == chat.ChannelId)!;
                answers.Add((chat, person, await shop.AnswerAsync(message, new { type = "text", text = $"Hello {person.Name} by {chat.Type}" })));
            }
        }

        foreach ((SimulatedChat chat, SimulatedPerson person, JsonNode answer) in answers)
        {
            await shop.StateAsync(answer, "sent");
            chat.Shown(person).ShouldHaveSingleItem().Text.ShouldBe($"Hello {person.Name} by {chat.Type}");
        }
    }

    [Theory]
    [InlineData("telegram", "opted-out")]
    [InlineData("whatsapp", "window-closed")]
    [InlineData("messenger", "window-closed")]
    [InlineData("instagram", "window-closed")]
    [InlineData("twilio_sms", "opted-out")]
    [InlineData("twilio_whatsapp", "window-closed")]
    [InlineData("viber", "opted-out")]
    [InlineData("vk", "opted-out")]
    public async Task Who_may_not_be_written_to_is_not_written_to_until_they_are_back(string type, string problem)
    {
        SimulatedChat chat = shop.Simulator.Chat(type);
        chat.Say(shop.Ada, "Hello");
        JsonNode message = await shop.ReceivedAsync(chat);
        chat.Shut(shop.Ada, isShut: true);
        JsonNode failed = await shop.StateAsync(await shop.AnswerAsync(message, new { type = "text", text = "Too late" }), "failed");
        ((string?)failed["error"]?["detail"]).ShouldNotBeNull();

        (int status, JsonNode? refusal) = await shop.Hub.CallAsync(HttpMethod.Post, $"/v1/conversations/{message["conversation_id"]}/messages",
            new { parts = new[] { new { type = "text", text = "Again" } }, channel_id = (string)message["channel_id"]! });

        (status, (string?)refusal?["type"]).ShouldBe((409, $"/problems/{problem}"));
        chat.Shown(shop.Ada).ShouldBeEmpty();

        chat.Shut(shop.Ada, isShut: false);
        chat.Say(shop.Ada, "Are you there?");
        await shop.Simulator.DeliverAsync();
        await shop.StateAsync(await shop.AnswerAsync(message, new { type = "text", text = "Yes" }), "sent");
    }

    [Fact]
    public async Task Slow_files_under_hostile_names_arrive_whole_and_harmless()
    {
        byte[] words = "A kite needs wind."u8.ToArray();
        foreach (string type in (string[])["telegram", "whatsapp", "viber", "vk"])
        {
            SimulatedChat chat = shop.Simulator.Chat(type);
            chat.SlowMedia(TimeSpan.FromMilliseconds(50));
            foreach (string name in SimulatedMischief.HostileNames)
                chat.Send(shop.Ada, new FakeFile(name, "text/plain", words));
        }
        await shop.Simulator.DeliverAsync(new SimulatedMischief { Connections = 4 });

        foreach (string type in (string[])["telegram", "whatsapp", "viber", "vk"])
        {
            JsonNode thread = await shop.ThreadAsync(shop.Simulator.Chat(type), shop.Ada);
            JsonArray messages = thread["messages"]!.AsArray();
            messages.Count.ShouldBe(SimulatedMischief.HostileNames.Count);
            foreach (JsonNode? message in messages)
            {
                JsonNode file = (await shop.Hub.UntilAsync($"/v1/messages/{message!["id"]}", one => (string)one["parts"]![0]!["attachment"]!["state"]! is not "pending"))["parts"]![0]!["attachment"]!;
                string name = (string?)file["file_name"] ?? "";
                name.ShouldNotContain("/");
                name.ShouldNotContain("\\");
                name.Any(char.IsControl).ShouldBeFalse(name);
                name.ShouldNotContain("\u202E");
                // A name that says "program" is refused; whatever else it is called, it is the words it was.
                if (name.EndsWith(".exe", StringComparison.Ordinal))
                    ((string)file["state"]!).ShouldBe("refused");
                else
                    (await shop.Hub.Admin.GetByteArrayAsync(new Uri((string)file["url"]!, UriKind.Relative))).ShouldBe(words, name);
            }
        }
    }
}
