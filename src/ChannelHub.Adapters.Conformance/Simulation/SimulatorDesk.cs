using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Twilio;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>What can be done at the page: play somebody, look at the thread and answer there, make the providers difficult.</summary>
internal sealed class SimulatorDesk(ProviderSimulator simulator, SimulatedHub hub)
{
    private const int MostWaitSeconds = 60;
    private const int MostThrottled = 100;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(150);

    private volatile SimulatedMischief mischief = new();
    private volatile bool holds;
    private volatile JsonObject difficult = [];

    /// <summary>Delivers what people do until it is stopped.</summary>
    public async Task DeliverAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (!holds)
                await DeliverOnceAsync(stop);
            await Task.Delay(Pace, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task<JsonNode> DoAsync(string method, string call, SimulatorAsk asked, CancellationToken cancellation) => (method, call) switch
    {
        ("GET", "start") => Start(),
        ("GET", "state") => await StateAsync(asked, cancellation),
        ("POST", "say") => Done(() => ChatOf(asked).Say(PersonOf(asked), asked.Text("text"))),
        ("POST", "send") => Done(() => ChatOf(asked).Send(PersonOf(asked), asked.File())),
        ("POST", "press") => Press(asked),
        ("POST", "report") => Report(asked),
        ("POST", "answer") => await AnswerAsync(asked, cancellation),
        ("POST", "answer-file") => await AnswerFileAsync(asked, cancellation),
        ("POST", "call") => await CallAsync(asked, cancellation),
        ("POST", "misbehave") => Misbehave(asked),
        _ => throw new SimulatorAsk.WrongException("there is no such call"),
    };

    /// <summary>A file of the shop as the customer got it, or one of a customer as the hub keeps it.</summary>
    public Task<FakeFile?> FileAsync(string call, SimulatorAsk asked, CancellationToken cancellation) =>
        call == "file" ? ChatOf(asked).FileAsync(MessageOf(asked), cancellation) : hub.FileAsync(asked.Text("id"), cancellation);

    private async Task DeliverOnceAsync(CancellationToken stop)
    {
        try
        {
            await simulator.DeliverAsync(mischief, stop);
        }
        catch (OperationCanceledException)
        {
            // It ends.
        }
    }

    private JsonObject Start() => new()
    {
        ["hub"] = hub.Address.AbsoluteUri.TrimEnd('/'),
        ["people"] = new JsonArray([.. simulator.People.Select(person => (JsonNode)new JsonObject { ["number"] = person.Number, ["name"] = person.Name, ["phone"] = person.Phone })]),
        ["channels"] = new JsonArray([.. simulator.Channels.Select(channel => (JsonNode)new JsonObject
        {
            ["type"] = channel.Type, ["title"] = channel.Title, ["answerId"] = AnswerChannel(channel), ["isChat"] = channel is SimulatedChat,
            ["receipts"] = new JsonArray([.. (channel as SimulatedChat)?.Receipts.Select(one => (JsonNode)one) ?? []]),
        })]),
        ["difficult"] = difficult.DeepClone(),
        ["hostileNames"] = new JsonArray([.. SimulatedMischief.HostileNames.Select(name => (JsonNode)name)]),
    };

    private async Task<JsonNode> StateAsync(SimulatorAsk asked, CancellationToken cancellation)
    {
        SimulatedPerson person = PersonOf(asked);
        SimulatedChannel channel = ChannelOf(asked);
        var chat = channel as SimulatedChat;
        return new JsonObject
        {
            ["said"] = new JsonArray([.. (chat?.Said(person) ?? []).Select(word => (JsonNode)new JsonObject { ["text"] = word.Text, ["file"] = word.File, ["after"] = word.After })]),
            ["shown"] = new JsonArray([.. (chat?.Shown(person) ?? []).Select(Shown)]),
            ["thread"] = await hub.ThreadAsync(channel, person, cancellation),
            ["violations"] = new JsonArray([.. simulator.Violations.Select(what => (JsonNode)what)]),
        };
    }

    private static JsonNode Shown(ShownMessage message) => new JsonObject
    {
        ["id"] = message.Id, ["text"] = message.Text, ["hasFile"] = message.File is not null,
        ["buttons"] = new JsonArray([.. message.Buttons.Select(button => (JsonNode)new JsonObject { ["label"] = button.Label, ["url"] = button.Url })]),
    };

    private JsonObject Press(SimulatorAsk asked)
    {
        ShownMessage message = MessageOf(asked);
        ShownButton? button = message.Buttons.ElementAtOrDefault(asked.Number("button", 1000));
        return button?.Data is null ? throw new SimulatorAsk.WrongException("there is no such button") : Done(() => ChatOf(asked).Press(PersonOf(asked), message, button));
    }

    private JsonObject Report(SimulatorAsk asked)
    {
        string state = asked.Text("state");
        return ChatOf(asked).Receipts.Contains(state)
            ? Done(() => ChatOf(asked).Report(PersonOf(asked), MessageOf(asked), state))
            : throw new SimulatorAsk.WrongException("there is no such receipt");
    }

    private async Task<JsonNode> AnswerAsync(SimulatorAsk asked, CancellationToken cancellation)
    {
        IReadOnlyList<string> labels = asked.Texts("buttons");
        var part = new JsonObject { ["type"] = labels.Count == 0 ? "text" : "buttons", ["text"] = asked.Text("text") };
        if (labels.Count > 0)
            part["buttons"] = new JsonArray([.. labels.Select((label, index) => (JsonNode)new JsonObject { ["id"] = $"choice-{index + 1}", ["label"] = label })]);
        return Answered(await hub.AnswerAsync(await ConversationAsync(asked, cancellation), AnswerChannel(ChannelOf(asked)), part, cancellation));
    }

    private async Task<JsonNode> AnswerFileAsync(SimulatorAsk asked, CancellationToken cancellation) =>
        Answered(await hub.AnswerAsync(await ConversationAsync(asked, cancellation), AnswerChannel(ChannelOf(asked)), asked.File(), cancellation));

    private static JsonObject Answered(string? refusal) => refusal is null ? [] : throw new SimulatorAsk.WrongException(refusal);

    private async Task<string> ConversationAsync(SimulatorAsk asked, CancellationToken cancellation) =>
        (string?)(await hub.ThreadAsync(ChannelOf(asked), PersonOf(asked), cancellation))?["conversation"]?["id"]
        ?? throw new SimulatorAsk.WrongException("this customer has not written on this channel yet");

    // Who calls is answered by text.
    private string? AnswerChannel(SimulatedChannel channel) => (channel is SimulatedTelephone ? simulator.Chat("twilio_sms") : channel).ChannelId;

    private async Task<JsonNode> CallAsync(SimulatorAsk asked, CancellationToken cancellation)
    {
        string[] keys = [.. asked.Text("keys").Where(key => char.IsAsciiDigit(key) || key is '*' or '#').Select(key => key.ToString())];
        TwilioCall call = await simulator.Telephone.CallAsync(
            PersonOf(asked), keys, asked.Number("seconds", 3600), asked.Text("words"), asked.Flag("attested"), cancellation);
        return new JsonObject { ["heard"] = new JsonArray([.. call.Heard.Select(words => (JsonNode)words)]) };
    }

    // All channels and all people alike, so that the page always shows what is the case.
    private JsonObject Misbehave(SimulatorAsk asked)
    {
        mischief = new SimulatedMischief { PercentTwice = asked.Flag("twice") ? 100 : 0, Shuffles = asked.Flag("shuffle"), Seed = Environment.TickCount };
        holds = asked.Flag("hold");
        int slow = asked.Number("slow", MostWaitSeconds);
        int throttle = asked.Number("throttle", MostThrottled);
        foreach (SimulatedChannel channel in simulator.Channels)
            channel.SlowMedia(TimeSpan.FromSeconds(slow));
        foreach (SimulatedChat chat in simulator.Chats)
        {
            chat.ReportBeforeAnswers(asked.Flag("early"));
            chat.Throttle(throttle, retryAfterSeconds: 2);
            foreach (SimulatedPerson person in simulator.People)
                chat.Shut(person, asked.Flag("shut"));
        }
        difficult = asked.Flags(["hold", "twice", "shuffle", "early", "shut"]);
        difficult["slow"] = slow;
        return [];
    }

    private static JsonObject Done(Action act)
    {
        act();
        return [];
    }

    private SimulatedPerson PersonOf(SimulatorAsk asked)
    {
        int number = asked.Number("person", 999);
        return simulator.People.FirstOrDefault(person => person.Number == number) ?? throw new SimulatorAsk.WrongException("there is no such person");
    }

    private SimulatedChannel ChannelOf(SimulatorAsk asked)
    {
        string type = asked.Text("channel");
        return simulator.Channels.FirstOrDefault(channel => channel.Type == type) ?? throw new SimulatorAsk.WrongException("there is no such channel");
    }

    private SimulatedChat ChatOf(SimulatorAsk asked) => ChannelOf(asked) as SimulatedChat ?? throw new SimulatorAsk.WrongException("this channel is not written to");

    private ShownMessage MessageOf(SimulatorAsk asked)
    {
        string id = asked.Text("message");
        return ChatOf(asked).Shown(PersonOf(asked)).FirstOrDefault(message => message.Id == id) ?? throw new SimulatorAsk.WrongException("there is no such message");
    }
}
