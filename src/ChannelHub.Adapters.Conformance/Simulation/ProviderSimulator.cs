using System.Collections.Concurrent;
using ChannelHub.Adapters.Conformance.Meta;
using ChannelHub.Adapters.Conformance.Telegram;
using ChannelHub.Adapters.Conformance.Twilio;
using ChannelHub.Adapters.Conformance.Viber;
using ChannelHub.Adapters.Conformance.Vk;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>
/// All providers at once, each a server of its own at 127.0.0.1, with one account each and people who write to it. Connected to a hub, it makes a channel
/// for each account and registers its webhook; from then on what people do is pushed there, signed as the provider signs.
/// </summary>
public sealed class ProviderSimulator : IAsyncDisposable
{
    private const string Number = "+15005550006";
    private const string WhatsAppNumber = "+15005550008";

    private readonly List<IAsyncDisposable> servers = [];
    private readonly List<SimulatedChannel> channels = [];
    private readonly ConcurrentQueue<SimulatedDelivery> undelivered = new();
    private readonly SimulatedLinks links = new();

    private ProviderSimulator() { }

    /// <summary>The accounts, one of each type of channel.</summary>
    public IReadOnlyList<SimulatedChannel> Channels => channels;

    /// <summary>The accounts to which people write.</summary>
    public IEnumerable<SimulatedChat> Chats => channels.OfType<SimulatedChat>();

    /// <summary>The number that people call.</summary>
    public SimulatedTelephone Telephone => channels.OfType<SimulatedTelephone>().Single();

    /// <summary>Some people to begin with.</summary>
    public IReadOnlyList<SimulatedPerson> People { get; } = [new("Ada Lark", 123), new("Bram Gale", 124), new("Cleo Breeze", 125)];

    /// <summary>Where the servers listen. A hub must be allowed to connect there.</summary>
    public IReadOnlyList<string> Endpoints { get; private set; } = [];

    /// <summary>Everything that was not a provider's way. Should be empty at the end of a test.</summary>
    public IReadOnlyList<string> Violations => [.. channels.SelectMany(channel => channel.Violations.Select(what => $"{channel.Type}: {what}")).Distinct()];

    /// <summary>Starts the servers on free ports.</summary>
    /// <param name="clock">Dates what happens; the system's when absent.</param>
    public static async Task<ProviderSimulator> StartAsync(TimeProvider? clock = null)
    {
        var simulator = new ProviderSimulator();
        FakeBotApi telegram = simulator.Serves(await FakeBotApi.StartAsync(clock: clock));
        FakeViber viber = simulator.Serves(await FakeViber.StartAsync(clock: clock));
        FakeVk vk = simulator.Serves(await FakeVk.StartAsync(clock: clock));
        FakeTwilio twilio = simulator.Serves(await FakeTwilio.StartAsync(clock: clock));
        List<FakeGraphApi> graph = [];
        foreach (GraphProduct product in (GraphProduct[])[GraphProduct.WhatsApp, GraphProduct.Messenger, GraphProduct.Instagram])
        {
            graph.Add(simulator.Serves(await FakeGraphApi.StartAsync(product, clock)));
            graph[^1].AccessToken = $"EAAsimulated0{product}0token";
        }
        simulator.channels.AddRange(
        [
            new SimulatedTelegram(telegram), .. graph.Select(api => new SimulatedGraph(api, simulator.links)), new SimulatedTwilio(twilio, simulator.links, Number, isWhatsApp: false),
            new SimulatedTwilio(twilio, simulator.links, WhatsAppNumber, isWhatsApp: true), new SimulatedTelephone(twilio, Number),
            new SimulatedViber(viber, simulator.links), new SimulatedVk(vk),
        ]);
        // Twilio sends whoever fetches a file on to another host, here the same one by its name, which may stand for either family.
        simulator.Endpoints = [.. ((Uri[])[telegram.Url, viber.Url, vk.Url, twilio.Url, .. graph.Select(api => api.Url)]).Select(url => $"127.0.0.1:{url.Port}"), $"[::1]:{twilio.Url.Port}"];
        return simulator;
    }

    /// <summary>The account of a type to which people write.</summary>
    public SimulatedChat Chat(string type) => Chats.Single(chat => chat.Type == type);

    /// <summary>Makes a channel for each account in a hub, and registers its webhook.</summary>
    /// <param name="hub">Its API.</param>
    public async Task ConnectAsync(SimulatedHub hub)
    {
        foreach (SimulatedChannel channel in channels)
        {
            string id = await hub.AddChannelAsync(channel);
            channel.Connected(id, hub.HookOf(id));
            if (channel.IsRegistered)
                await hub.RegisterAsync(channel);
        }
    }

    /// <summary>Pushes what waits. What is not taken (an answer that is none of success) waits for the next time.</summary>
    /// <returns>How many were taken.</returns>
    public async Task<int> DeliverAsync(SimulatedMischief? mischief = null, CancellationToken cancellation = default)
    {
        mischief ??= new();
        var waiting = new List<SimulatedDelivery>();
        while (undelivered.TryDequeue(out SimulatedDelivery? again))
            waiting.Add(again);
        waiting.AddRange(channels.SelectMany(channel => channel.Take()));
        int taken = 0;
        await Parallel.ForEachAsync(mischief.Arrange(waiting), new ParallelOptions { MaxDegreeOfParallelism = mischief.Connections, CancellationToken = cancellation },
            async (delivery, stop) =>
            {
                if (await IsTakenAsync(delivery, stop))
                    Interlocked.Increment(ref taken);
                else
                    undelivered.Enqueue(delivery);
            });
        return taken;
    }

    /// <summary>The providers are gone: nothing that calls them is answered. What they were told can be read on.</summary>
    public async ValueTask DisposeAsync()
    {
        links.Dispose();
        foreach (IAsyncDisposable server in servers)
            await server.DisposeAsync();
        servers.Clear();
    }

    private static async Task<bool> IsTakenAsync(SimulatedDelivery delivery, CancellationToken cancellation)
    {
        try
        {
            return await delivery.PushAsync(cancellation) is >= 200 and < 300;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private T Serves<T>(T server) where T : IAsyncDisposable
    {
        servers.Add(server);
        return server;
    }
}
