using System.Net;
using System.Text;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Operation;

namespace ChannelHub.Tests.Acceptance;

/// <summary>While more waits than is written in time, new work is told to come back before anybody looks at it, and the rest of the hub goes on.</summary>
public sealed class OverloadTests : IAsyncLifetime
{
    private const string Nonsense = "{\"neither signed nor JSON";

    private readonly ManualResetEventSlim stuck = new();
    private readonly List<Task> writes = [];
    private TestHub hub = null!;
    private string channel = null!;
    private string chat = null!;

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        channel = await hub.AddChannelAsync("telegram", new { secret_token = "overload-secret" });
        chat = await hub.AddChannelAsync("webchat", new { });
        await FillAsync(hub.Get<Database>());
    }

    public async Task DisposeAsync()
    {
        stuck.Set();
        await Task.WhenAll(writes);
        await hub.DisposeAsync();
        stuck.Dispose();
    }

    [Fact]
    public async Task A_webhook_is_refused_unread_until_there_is_room()
    {
        (await PostAsync("/hooks/" + channel)).ShouldBe((HttpStatusCode.ServiceUnavailable, true));
        await MakeRoomAsync();
        (await PostAsync("/hooks/" + channel)).ShouldBe((HttpStatusCode.Forbidden, false));
    }

    [Fact]
    public async Task A_write_of_the_API_is_refused_unread_and_reading_goes_on()
    {
        (await PostAsync("/v1/messages")).ShouldBe((HttpStatusCode.ServiceUnavailable, true));
        await hub.GetAsync("/v1/channels");
        await MakeRoomAsync();
        (await PostAsync("/v1/messages")).ShouldBe((HttpStatusCode.BadRequest, false));
    }

    [Fact]
    public async Task A_visitor_is_asked_to_come_back()
    {
        (await PostAsync($"/chat/{chat}/sessions")).ShouldBe((HttpStatusCode.ServiceUnavailable, true));
        await MakeRoomAsync();
        (await PostAsync($"/chat/{chat}/sessions")).ShouldBe((HttpStatusCode.BadRequest, false));
    }

    /// <summary>Has the writer stand in a transaction and lets so much wait behind it that no more is taken.</summary>
    private async Task FillAsync(Database database)
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        writes.Add(database.WriteAsync(_ =>
        {
            inside.TrySetResult();
            stuck.Wait();
        }));
        await inside.Task;
        while (database.CanTakeMore)
            writes.Add(database.WriteAsync(session => Heartbeat.Beat(session, node: 0)));
    }

    private async Task MakeRoomAsync()
    {
        stuck.Set();
        await Task.WhenAll(writes);
    }

    private async Task<(HttpStatusCode Status, bool SaysWhen)> PostAsync(string path)
    {
        using var content = new StringContent(Nonsense, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await hub.Admin.PostAsync(path, content);
        return (answer.StatusCode, answer.Headers.RetryAfter is not null);
    }
}
