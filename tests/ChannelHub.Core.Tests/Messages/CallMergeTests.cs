using System.Text;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Core.Messages;

namespace ChannelHub.Core.Tests.Messages;

public sealed class CallMergeTests
{
    private static readonly CallPart[] Reports =
    [
        new(CallStatus.Ringing) { Attestation = "A" },
        new(CallStatus.InProgress) { Choices = ["Orders"] },
        new(CallStatus.InProgress) { Choices = ["Orders", "Returns"], CallbackWanted = true },
        new(CallStatus.Voicemail) { Recording = new MediaPart(MediaKind.Audio, new MediaReference { Reference = "RE1.mp3" }) },
        new(CallStatus.Voicemail) { Transcript = "Proszę o telefon" },
        new(CallStatus.Completed) { DurationSeconds = 25 },
    ];

    [Fact]
    public void Reports_in_any_order_come_to_the_same()
    {
        string[] outcomes = [.. Orders(Reports).Select(order => Fold(order).ToJsonString()).Distinct()];

        JsonObject call = JsonNode.Parse(outcomes.ShouldHaveSingleItem())!.AsObject();
        ((string?)call["status"], (long?)call["duration_s"], (string?)call["attestation"], (string?)call["transcript"]).ShouldBe(("voicemail", 25, "A", "Proszę o telefon"));
        call["choices"]!.AsArray().Count.ShouldBe(2);
        ((bool?)call["callback_requested"]).ShouldBe(true);
        call["recording"].ShouldNotBeNull();
    }

    [Fact]
    public void A_report_that_tells_nothing_new_changes_nothing()
    {
        string known = Encoding.UTF8.GetString(Render(Reports[3]));

        CallMerge.Merge(known, Render(Reports[3])).ShouldBeNull();
        CallMerge.Merge(known, Render(Reports[0] with { Attestation = null })).ShouldBeNull();
        CallMerge.Merge("""[{"index":0,"type":"text","text":"x"}]""", Render(Reports[0])).ShouldBeNull();
    }

    [Fact]
    public void A_second_recording_is_not_taken()
    {
        MergedCall? first = CallMerge.Merge(Encoding.UTF8.GetString(Render(Reports[0])), Render(Reports[3]));

        first.ShouldNotBeNull().TookRecording.ShouldBeTrue();
        CallMerge.Merge(Encoding.UTF8.GetString(first.Content), Render(Reports[3])).ShouldBeNull();
    }

    [Fact]
    public void What_was_stored_is_read_back()
    {
        var call = new CallPart(CallStatus.Answered) { Outgoing = true, DurationSeconds = 7, Attestation = "B", Choices = ["x"], CallbackWanted = true, Transcript = "t" };

        CallPart read = PartsReader.Read(Encoding.UTF8.GetString(Render(call))).ShouldHaveSingleItem().ShouldBeOfType<CallPart>();

        (read with { Choices = call.Choices }).ShouldBe(call);
        read.Choices.ShouldBe(call.Choices);
    }

    private static JsonObject Fold(IEnumerable<CallPart> reports)
    {
        string? known = null;
        foreach (CallPart report in reports)
            known = known is null ? Encoding.UTF8.GetString(Render(report)) : CallMerge.Merge(known, Render(report)) is { } merged ? Encoding.UTF8.GetString(merged.Content) : known;
        JsonObject call = JsonNode.Parse(known!)![0]!.AsObject();
        return new JsonObject(call.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
    }

    private static byte[] Render(CallPart call) =>
        PartsJson.Render([call], media => new PartFile(7, media.Media, "voicemail.mp3", "audio/mpeg", null, Ready: false));

    private static IEnumerable<CallPart[]> Orders(CallPart[] reports) => reports.Length <= 1
        ? [reports]
        : reports.SelectMany((first, index) => Orders([.. reports.Where((_, other) => other != index)]).Select(rest => (CallPart[])[first, .. rest]));
}
