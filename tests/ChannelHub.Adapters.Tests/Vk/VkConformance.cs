using System.Text;
using System.Text.Json;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Vk;

namespace ChannelHub.Adapters.Tests.Vk;

public sealed class VkCallbackConformance() : ChannelConformance(VkFacts.For(VkMode.Callback));

// Parsing does not know the mode: all recordings are tried by the callback's suite.
public sealed class VkPollingConformance() : ChannelConformance(VkFacts.For(VkMode.LongPoll) with
{
    PullBatches = 3,
    Webhooks = [.. VkFacts.Recordings.Where(recording => recording.Name is "text" or "press").SelectMany(recording => (Recording[])
        [recording, recording with { Method = "PULL", ApprovedPath = null }])],
})
{
    public override Task A_webhook_is_registered_as_often_as_one_likes() =>
        Deviates("a community that is polled needs no callback server; its events are switched on by hand");
}

internal static class VkFacts
{
    private static readonly Key Ada = new("vk", "555001");

    private static readonly byte[] Picture = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

    public static IReadOnlyList<Recording> Recordings { get; } = Recording.LoadFolder("tests/ChannelHub.Adapters.Tests/Fixtures/vk");

    public static ConformanceFacts For(VkMode mode) => new(new VkChannelType(), api => new VkSettings
    {
        GroupId = 123456,
        AccessToken = "vk1.a.recorded-token-of-a-community",
        Secret = "s3cr3t-recorded",
        ConfirmationCode = "1a2b3c4d",
        Mode = mode,
        ApiBaseUrl = api.AbsoluteUri,
    })
    {
        Webhooks = Recordings,
        Tamper = recording => recording.WithBody(Encoding.UTF8.GetBytes(recording.Text.Replace("s3cr3t-recorded", "s3cr3t-recorder", StringComparison.Ordinal))),
        Outbound = [SampleMessages.Text(Ada), SampleMessages.Picture(Ada), SampleMessages.Buttons(Ada), SampleMessages.Location(Ada)],
        Success = Answer,
        MediaReference = api => new Uri(api, "w.jpg").AbsoluteUri,
        MediaBytes = Picture,
    };

    private static ScriptedReply Answer(ProviderCall call) => call.Path[(call.Path.LastIndexOf('/') + 1)..] switch
    {
        "w.jpg" => ScriptedReply.Bytes(Picture, "image/jpeg"),
        "users.get" => Ok("""[{"id":555001,"first_name":"Ada","last_name":"L","screen_name":"ada_l"}]"""),
        "groups.getById" => Ok("""{"groups":[{"id":123456,"name":"Shop"}]}"""),
        "groups.getCallbackConfirmationCode" => Ok("""{"code":"1a2b3c4d"}"""),
        "groups.getCallbackServers" => Ok("""{"count":0,"items":[]}"""),
        "groups.addCallbackServer" => Ok("""{"server_id":3}"""),
        "photos.getMessagesUploadServer" => Ok($$"""{"upload_url":"http://{{call.Headers["Host"]}}/upload"}"""),
        "upload" => ScriptedReply.Json("""{"server":1,"photo":"[{}]","hash":"h"}"""),
        "photos.saveMessagesPhoto" => Ok("""[{"id":457239001,"owner_id":-123456,"access_key":"k1"}]"""),
        "messages.send" => Ok("""[{"peer_id":555001,"message_id":902,"conversation_message_id":78}]"""),
        "groups.getLongPollServer" => Ok($$"""{"key":"k","server":"http://{{call.Headers["Host"]}}/poll","ts":"1"}"""),
        "poll" => Events(call),
        _ => Ok("1"),
    };

    // Events 1 to 5, two at a time, as a server answers that has no more.
    private static ScriptedReply Events(ProviderCall call)
    {
        int from = int.Parse(call.Query.Split("ts=")[1].Split('&')[0]);
        int[] numbers = [.. Enumerable.Range(from, Math.Clamp(6 - from, 0, 2))];
        string updates = string.Join(',', numbers.Select(number =>
            $$"""{"type":"message_new","event_id":"e{{number}}","group_id":123456,"object":{"message":{"from_id":7,"peer_id":7,"conversation_message_id":{{number}},"date":1790000000,"text":"{{number}}"} } }"""));
        return ScriptedReply.Json($$"""{"ts":"{{from + numbers.Length}}","updates":[{{updates}}]}""");
    }

    private static ScriptedReply Ok(string response) => ScriptedReply.Json($$"""{"response":{{response}}}""");
}
