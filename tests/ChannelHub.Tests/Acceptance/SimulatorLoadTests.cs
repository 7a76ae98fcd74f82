using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Simulation;

namespace ChannelHub.Tests.Acceptance;

/// <summary>Ten thousand things happen at all providers at once; a fifth of them is told twice, and all of them in no order.</summary>
public sealed class SimulatorLoadTests
{
    private const int People = 50;
    private const int Events = 10_000;

    [Fact]
    public async Task Ten_thousand_mixed_events_twice_and_in_no_order_end_in_exactly_the_expected_state()
    {
        await using SimulatedShop shop = await SimulatedShop.StartAsync();
        SimulatedPerson[] people = [.. Enumerable.Range(1, People).Select(number => new SimulatedPerson($"Customer {number}", number))];
        SimulatedChat[] chats = [.. shop.Simulator.Chats];
        Dictionary<string, ShownMessage> answers = await AnswerAsync(shop, chats, people[0]);
        Dictionary<string, JsonNode> before = await AccountsAsync(shop);

        var expected = new Dictionary<(string, int), List<string>>();
        var dice = new Random(20);
        for (int n = 0; n < Events; n++)
        {
            SimulatedChat chat = chats[dice.Next(chats.Length)];
            SimulatedPerson person = people[dice.Next(1, People)];
            if (n % 10 == 0 && chat.Receipts.Count > 0)
            {
                chat.Report(people[0], answers[chat.Type], chat.Receipts[dice.Next(chat.Receipts.Count)]);
                continue;
            }
            string text = $"{chat.Type} {n}";
            string id = chat.Say(person, text);
            if (n % 7 == 0 && chat is ISimulatedEditing editing)
                editing.Edit(person, id, text += " edited");
            if (!expected.TryGetValue((chat.Type, person.Number), out List<string>? list))
                expected[(chat.Type, person.Number)] = list = [];
            list.Add(text);
        }
        foreach (SimulatedChat chat in chats.Where(chat => chat.Receipts.Count > 0))
            chat.Report(people[0], answers[chat.Type], chat.Receipts[^1]);
        int pushed = await shop.Simulator.DeliverAsync(new SimulatedMischief { PercentTwice = 20, Shuffles = true, Seed = 4, Connections = 8 });

        await EverybodysWordsAsync(shop, chats, people, expected);
        pushed.ShouldBeGreaterThan(Events + (Events / 6));
        Accounted(before, await AccountsAsync(shop), pushed);
        foreach (SimulatedChat chat in chats.Where(chat => chat.Receipts.Count > 0))
            ((string)(await shop.ThreadAsync(chat, people[0]))["messages"]!.AsArray().First(message => (string)message!["direction"]! == "out" && (string)message["channel_id"]! == chat.ChannelId)!["state"]!)
                .ShouldBe(chat.Receipts[^1], chat.Type);
        shop.Simulator.Violations.ShouldBeEmpty();
    }

    private static async Task<Dictionary<string, ShownMessage>> AnswerAsync(SimulatedShop shop, SimulatedChat[] chats, SimulatedPerson person)
    {
        var answers = new Dictionary<string, ShownMessage>();
        foreach (SimulatedChat chat in chats)
        {
            chat.Say(person, "Hello");
            await shop.Simulator.DeliverAsync();
            JsonNode message = (await shop.ThreadAsync(chat, person))["messages"]!.AsArray().First(one => (string)one!["channel_id"]! == chat.ChannelId)!;
            await shop.StateAsync(await shop.AnswerAsync(message, new { type = "text", text = "Hello to you" }), "sent");
            answers[chat.Type] = chat.Shown(person).ShouldHaveSingleItem();
        }
        await shop.Simulator.DeliverAsync();
        return answers;
    }

    private static async Task EverybodysWordsAsync(
        SimulatedShop shop, SimulatedChat[] chats, SimulatedPerson[] people, Dictionary<(string Type, int Number), List<string>> expected)
    {
        Dictionary<string, string> typeOf = chats.ToDictionary(chat => chat.ChannelId!, chat => chat.Type);
        var found = new Dictionary<(string Conversation, string Type), List<string>>();
        string? cursor = null;
        do
        {
            JsonNode page = await shop.Hub.GetAsync($"/v1/conversations?order=created&limit=200{(cursor is null ? "" : $"&cursor={cursor}")}");
            foreach (JsonNode? conversation in page["data"]!.AsArray())
                await ReadAsync(shop, (string)conversation!["id"]!, typeOf, found);
            cursor = (string?)page["next"];
        }
        while (cursor is not null);

        foreach (((string type, int number), List<string> words) in expected)
        {
            string first = words[0];
            List<string> there = found.Values.Where(list => list.Contains(first)).ShouldHaveSingleItem(first);
            // Not one collection beside the other: their difference is what can be read.
            there.Except(words).Take(10).ShouldBeEmpty($"{people[number - 1].Name} on {type} has words of others");
            words.Except(there).Take(10).ShouldBeEmpty($"{people[number - 1].Name} on {type} lacks words");
            there.Count.ShouldBe(words.Count);
        }
        found.Values.Sum(list => list.Count).ShouldBe(expected.Values.Sum(list => list.Count) + chats.Length);
        // Whoever wrote from their number is one customer, by whatever way; elsewhere nothing says who they are.
        found.Keys.Select(place => place.Conversation).Distinct().Count().ShouldBe(
            expected.Keys.Concat(chats.Select(chat => (chat.Type, people[0].Number))).Select(key => (key.Number, Who(key.Type))).Distinct().Count());

        static string Who(string type) => type is "whatsapp" or "twilio_whatsapp" or "twilio_sms" ? "number" : type;
    }

    private static async Task ReadAsync(SimulatedShop shop, string conversation, Dictionary<string, string> typeOf, Dictionary<(string Conversation, string Type), List<string>> found)
    {
        string? cursor = null;
        do
        {
            JsonNode page = await shop.Hub.GetAsync($"/v1/conversations/{conversation}/messages?limit=200{(cursor is null ? "" : $"&cursor={cursor}")}");
            foreach (JsonNode? message in page["data"]!.AsArray().Where(message => (string)message!["direction"]! == "in"))
            {
                (string, string) place = (conversation, typeOf[(string)message!["channel_id"]!]);
                if (!found.TryGetValue(place, out List<string>? list))
                    found[place] = list = [];
                list.Add((string)message["parts"]![0]!["text"]!);
            }
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
    }

    private static async Task<Dictionary<string, JsonNode>> AccountsAsync(SimulatedShop shop)
    {
        var accounts = new Dictionary<string, JsonNode>();
        foreach (SimulatedChannel channel in shop.Simulator.Channels)
            accounts[channel.Type] = await shop.Hub.GetAsync($"/v1/channels/{channel.ChannelId}/accounting");
        return accounts;
    }

    /// <summary>Every push is counted once, nothing is ignored, and the books balance.</summary>
    private static void Accounted(Dictionary<string, JsonNode> before, Dictionary<string, JsonNode> after, int pushed)
    {
        foreach ((string type, JsonNode counts) in after)
        {
            Count("received").ShouldBe(Count("stored") + Count("duplicate"), type);
            Count("duplicate").ShouldBeGreaterThanOrEqualTo(Count("received") / 10, type);

            long Count(string name) => (long)counts[name]! - (long)before[type][name]!;
        }
        after.Sum(one => (long)one.Value["received"]! - (long)before[one.Key]["received"]!).ShouldBe(pushed);
    }
}
