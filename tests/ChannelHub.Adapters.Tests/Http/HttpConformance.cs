using System.Text;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Http;

namespace ChannelHub.Adapters.Tests.Http;

public sealed class HttpConformance() : ChannelConformance(
    new ConformanceFacts(new HttpChannelType(), HttpExamples.Settings)
    {
        Webhooks = Recording.LoadFolder("tests/ChannelHub.Adapters.Tests/Fixtures/http"),
        Sign = HttpExamples.Sign,
        Tamper = recording => recording.Headers.ContainsKey("authorization")
            ? recording.WithHeader("authorization", "Bearer incorrect-horse")
            : recording.WithBody(Encoding.UTF8.GetBytes(recording.Text + " ")),
        Outbound =
        [
            SampleMessages.Text(HttpExamples.Ada, "th-9"), SampleMessages.Picture(HttpExamples.Ada), SampleMessages.Buttons(HttpExamples.Ada),
            SampleMessages.Location(HttpExamples.Ada), SampleMessages.Contact(HttpExamples.Ada),
        ],
        Success = call => call.Method == "GET"
            ? ScriptedReply.Text("meow", contentType: "text/plain")
            : ScriptedReply.Json("""{"external_id":"m-1","status":"sent"}"""),
        MediaReference = address => new Uri(address, "cat.txt").AbsoluteUri,
        MediaBytes = "meow"u8.ToArray(),
    });
