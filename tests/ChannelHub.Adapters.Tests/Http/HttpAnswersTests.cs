using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChannelHub.Adapters.Tests.Http;

public sealed class HttpAnswersTests
{
    private static readonly HttpChannelType Type = new();
    private static readonly IReadOnlyList<FieldError> Errors =
        [new FieldError("data.x", "is required"), new FieldError("data.y", "is odd"), new FieldError("data.x", "is late")];

    [Fact]
    public void What_was_stored_is_counted()
    {
        HookReply reply = Type.Acknowledge([
            new EntryOutcome(EntryOutcomeKind.Stored), new EntryOutcome(EntryOutcomeKind.Duplicate), new EntryOutcome(EntryOutcomeKind.Rejected, Errors),
            new EntryOutcome(EntryOutcomeKind.Ignored), new EntryOutcome(EntryOutcomeKind.Quarantined)]);

        reply.Status.ShouldBe(200);
        Text(reply).ShouldBe("""{"accepted":3,"duplicates":1,"rejected":[{"index":2,"errors":{"data.x":["is required","is late"],"data.y":["is odd"]}}]}""");
    }

    [Fact]
    public void A_single_malformed_event_is_a_problem_that_names_the_fields()
    {
        HookReply reply = Type.Acknowledge([new EntryOutcome(EntryOutcomeKind.Rejected, Errors)]);

        reply.Status.ShouldBe(400);
        reply.ContentType.ShouldBe("application/problem+json");
        using JsonDocument problem = JsonDocument.Parse(reply.Body);
        problem.RootElement.GetProperty("type").GetString().ShouldBe("/problems/invalid");
        problem.RootElement.GetProperty("status").GetInt32().ShouldBe(400);
        problem.RootElement.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.RootElement.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        problem.RootElement.GetProperty("errors").GetProperty("data.x")[1].GetString().ShouldBe("is late");
    }

    [Fact]
    public void An_upload_is_answered_with_the_id_of_its_file() =>
        Text(Type.Acknowledge([new EntryOutcome(EntryOutcomeKind.Uploaded, UploadId: "att_0000000000001")])).ShouldBe("""{"file_id":"att_0000000000001"}""");

    [Fact]
    public void A_batch_holds_a_hundred_events_and_no_more()
    {
        Parse(Batch(100)).Entries.Count.ShouldBe(100);
        Parse(Batch(101)).Entries.ShouldHaveSingleItem().ShouldBeOfType<Entry.Rejected>().Errors[0].Field.ShouldBe("data");
    }

    [Fact]
    public void A_body_of_events_is_limited_although_files_may_be_larger()
    {
        string padded = $$$"""{"type":"typing","data":{"sender":{"external_id":"u"}},"padding":"{{{new string('x', 1024 * 1024)}}}"}""";
        Parse(padded).Entries.ShouldHaveSingleItem().ShouldBeOfType<Entry.Rejected>().Errors[0].Field.ShouldBe("body");
        Parse(padded, "files").Entries.ShouldHaveSingleItem().ShouldBeOfType<Entry.Uploaded>().Content.Length.ShouldBe(Encoding.UTF8.GetByteCount(padded));
    }

    [Fact]
    public void Each_half_of_the_settings_is_complete_absent_or_names_what_it_lacks()
    {
        Type.Halves(new HttpSettings()).ShouldBe(new SettingsHalves(SettingsHalf.Absent, SettingsHalf.Absent) { Fetching = SettingsHalf.Always });
        Type.Halves(new HttpSettings { InboundToken = "t" }).Receiving.Complete.ShouldBeTrue();
        Type.Halves(new HttpSettings { InboundSecrets = ["whsec_YQ=="] }).Receiving.Complete.ShouldBeTrue();
        Type.Halves(new HttpSettings { SendUrl = "https://x.example" }).Sending.Missing.ShouldBe(["outbound_secret"]);
        Type.Halves(new HttpSettings { OutboundSecret = "whsec_YQ==" }).Sending.Missing.ShouldBe(["send_url"]);
    }

    [Fact]
    public void Limits_follow_what_the_channel_declares()
    {
        Type.Limits(new HttpSettings()).ShouldBe(Type.Info.Limits);
        ChannelLimits limits = Type.Limits(new HttpSettings
        {
            Capabilities = new HttpCapabilities { Types = ["text", "image"], MaxText = 160, MaxFileBytes = 1000 },
        });
        limits.MaxText.ShouldBe(160);
        limits.MaxFileBytes.ShouldBe(1000);
        limits.Media.ShouldBe([MediaKind.Image]);
        limits.MaxButtons.ShouldBe(0);
        limits.Locations.ShouldBeFalse();
        limits.Contacts.ShouldBeFalse();
        limits.DeduplicatesSends.ShouldBeTrue();
    }

    private static string Batch(int count)
    {
        IEnumerable<string> events = Enumerable.Range(0, count)
            .Select(number => $$$"""{"type":"message.deleted","data":{"external_id":"m-{{{number}}}"}}""");
        return $$"""{"type":"batch","data":[{{string.Join(',', events)}}]}""";
    }

    private static Received Parse(string body, string subPath = "")
    {
        using var client = new HttpClient();
        IChannel channel = Type.Open(HttpExamples.Settings(new Uri("http://127.0.0.1/")), new ChannelEnvironment(client, TimeProvider.System, NullLogger.Instance));
        var recording = new Recording { Name = "body", SubPath = subPath, Body = Encoding.UTF8.GetBytes(body) };
        return HttpExamples.Sign(recording).ReceiveBy(Type, channel, HttpExamples.Now).ShouldNotBeNull();
    }

    private static string Text(HookReply reply) => Encoding.UTF8.GetString(reply.Body.Span);
}
