using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Simulation;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Tests.Acceptance;

/// <summary>A hub with one channel of each type, and the simulator that all of them point at.</summary>
internal sealed class SimulatedShop : IAsyncDisposable
{
    private readonly SimulatedHub connection;

    private SimulatedShop(ProviderSimulator simulator, TestHub hub, SimulatedHub connection) => (Simulator, Hub, this.connection) = (simulator, hub, connection);

    public ProviderSimulator Simulator { get; }

    public TestHub Hub { get; }

    public SimulatedPerson Ada => Simulator.People[0];

    public static async Task<SimulatedShop> StartAsync(Action<ILoggingBuilder>? logging = null, TextWriter? output = null)
    {
        ProviderSimulator simulator = await ProviderSimulator.StartAsync();
        TestHub hub = await TestHub.StartAsync(options => options with { EgressAllow = simulator.Endpoints }, logging: logging, output: output);
        // The port is known by now, and with it the address that providers call.
        await hub.StopAsync();
        await hub.StartAgainAsync(options => options with { PublicUrl = hub.Address });
        var connection = new SimulatedHub(hub.Address, TestHub.AdminKey);
        await simulator.ConnectAsync(connection);
        return new SimulatedShop(simulator, hub, connection);
    }

    /// <summary>The newest message that came in on a channel, once what waits is delivered.</summary>
    public async Task<JsonNode> ReceivedAsync(SimulatedChannel channel)
    {
        await Simulator.DeliverAsync();
        JsonNode thread = await ThreadAsync(channel, Ada);
        return thread["messages"]!.AsArray().First(message => (string)message!["direction"]! == "in" && (string)message["channel_id"]! == channel.ChannelId)!;
    }

    public async Task<JsonObject> ThreadAsync(SimulatedChannel channel, SimulatedPerson person) => (await connection.ThreadAsync(channel, person)).ShouldNotBeNull();

    /// <summary>Answers a message on its channel.</summary>
    public async Task<JsonNode> AnswerAsync(JsonNode message, params object[] parts) => await Hub.PostAsync(
        $"/v1/conversations/{message["conversation_id"]}/messages", new { parts, channel_id = (string)message["channel_id"]! }, expect: 202);

    public Task<JsonNode> StateAsync(JsonNode message, string state) => Hub.UntilAsync($"/v1/messages/{message["id"]}", shown => (string)shown["state"]! == state);

    public async Task<string> UploadAsync(byte[] bytes, string name, string contentType)
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(bytes);
        file.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        form.Add(file, "file", name);
        using HttpResponseMessage answer = await Hub.Admin.PostAsync(new Uri("/v1/attachments", UriKind.Relative), form);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!;
    }

    public async ValueTask DisposeAsync()
    {
        connection.Dispose();
        await Hub.DisposeAsync();
        await Simulator.DisposeAsync();
    }
}
