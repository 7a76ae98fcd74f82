using System.Globalization;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>One request about a call: what became known of it, and what the caller hears next. Pure and total.</summary>
internal sealed class VoiceCalls(TwilioVoiceSettings settings, IvrClock clock, Uri? hook, string? channelId)
{
    private readonly IvrSettings menu = settings.Ivr ?? new();
    private readonly Ivr ivr = new(settings.Ivr ?? new(), clock);

    public Received Parse(AuthenticInput input)
    {
        TwilioForm form = TwilioForm.Of(input);
        if (form.Id("CallSid") is not { } sid)
            return new(new Entry.Unreadable(input.Body, "CallSid is missing"), TwiMl.Answer());
        if (!string.IsNullOrEmpty(settings.AccountSid) && form["AccountSid"] is { } account && account != settings.AccountSid)
            return new(new Ignored($"other:{sid}", "a call of another account"), TwiMl.Answer());
        var step = new Step(form, sid, IvrPlace.Read(input.Query), new IvrLinks(hook, channelId, input.SubPath), input.ReceivedAt);
        return input.SubPath switch
        {
            "" when IsOver(form["CallStatus"]) => new(Status(step)),
            "" => new(Come(step), ivr.Begin(step.Links, input.ReceivedAt)),
            "language" => new(Report(step, "language", new CallPart(CallStatus.InProgress)), ivr.Language(step.Links, form["Digits"], input.ReceivedAt)),
            "menu" => Menu(step),
            "dialed" => Dialed(step),
            "recorded" => new(Recorded(step, "recorded"), ivr.Recorded(step.Place)),
            "recording" => new(Recorded(step, "recording")),
            "transcribed" => new(Transcribed(step)),
            "status" => new(Status(step)),
            _ => new(new Ignored($"step:{sid}:{CleanText.Truncate(input.SubPath, 64)}", "a step that no menu leads to"), TwiMl.Answer(TwiMl.HangUp())),
        };
    }

    private static ChannelEvent Come(Step step) => VoiceCallers.Read(step.Form) is { } caller
        ? new CallReported($"{step.Sid}:ringing", new ExternalId(step.Sid), new CallPart(CallStatus.Ringing) { Attestation = VoiceCallers.AttestationOf(step.Form) }) { Sender = caller }
        : new Ignored($"{step.Sid}:ringing", "the caller's number is withheld; a message they leave is kept");

    private Received Menu(Step step)
    {
        string? digits = step.Form.Id("Digits", 8);
        if (ivr.KeyOf(step.Place, digits) is not { } key)
        {
            // Silence and keys that do nothing: the menu is said again.
            string what = digits is null ? "silence" : $"key {digits}";
            return new(new Ignored($"{step.Sid}:menu:{step.Place.Keys}:{step.Place.Try}:{digits}", $"{what} in the menu"), ivr.Menu(step.Links, step.Place));
        }
        Step after = step with { Place = step.Place.After(key.Key) };
        var call = new CallPart(CallStatus.InProgress) { Choices = after.Place.Choices(menu), CallbackWanted = key.Action is IvrAction.Callback };
        return new(Report(after, $"menu:{after.Place.Keys}", call), ivr.Press(after.Links, after.Place, key));
    }

    private Received Dialed(Step step)
    {
        string status = step.Form.Id("DialCallStatus", 32) ?? "unknown";
        bool answered = status is "completed" or "answered";
        var call = new CallPart(answered ? CallStatus.Answered : CallStatus.Missed)
        {
            DurationSeconds = answered ? Seconds(step.Form["DialCallDuration"]) : null, Choices = step.Place.Choices(menu),
        };
        return new(Report(step, $"dialed:{status}", call), answered ? TwiMl.Answer(TwiMl.HangUp()) : ivr.Voicemail(step.Links, step.Place));
    }

    // The end of the recording is told twice, to the call and beside it, in any order; both say the same.
    private ChannelEvent Recorded(Step step, string what)
    {
        string key = $"{step.Sid}:{what}:{step.Form.Id("RecordingSid")}";
        if (step.Form.Id("RecordingStatus", 32) is { } status && status != "completed")
            return new Ignored(key, $"the recording is {status}");
        if (step.Form.Id("RecordingUrl", 1024) is not { } url || Seconds(step.Form["RecordingDuration"]) == 0)
            return new Ignored(key, "nothing was recorded");
        return Kept(step, key, new CallPart(CallStatus.Voicemail) { Recording = Recording(url), Choices = step.Place.Choices(menu) });
    }

    private ChannelEvent Transcribed(Step step)
    {
        string key = $"{step.Sid}:transcribed:{step.Form.Id("RecordingSid")}";
        if (step.Form["TranscriptionStatus"] != "completed" || step.Form["TranscriptionText"] is not { } words)
            return new Ignored(key, "the recording could not be written down");
        return Kept(step, key, new CallPart(CallStatus.Voicemail)
        {
            Transcript = words, Recording = step.Form.Id("RecordingUrl", 1024) is { } url ? Recording(url) : null, Choices = step.Place.Choices(menu),
        });
    }

    private static ChannelEvent Status(Step step)
    {
        string status = step.Form.Id("CallStatus", 32) ?? "unknown";
        if (!IsOver(status))
            return new Ignored($"{step.Sid}:status:{status}", $"the call is {status}");
        long? seconds = Seconds(step.Form["CallDuration"]);
        // Outgoing calls are made elsewhere in the account.
        if (step.Form["Direction"]?.StartsWith("outbound", StringComparison.Ordinal) == true)
            return new Ignored($"{step.Sid}:status:{status}", "an outgoing call");
        bool heard = status == "completed" && seconds is not 0;
        return Report(step, $"status:{status}", new CallPart(heard ? CallStatus.Completed : CallStatus.Missed) { DurationSeconds = seconds });
    }

    private static ChannelEvent Report(Step step, string what, CallPart call)
    {
        string key = $"{step.Sid}:{what}";
        key = key.Length <= 256 ? key : CleanText.Truncate(key, 256);
        if (step.Form["From"] is null)
            return new CallReported(key, new ExternalId(step.Sid), call);
        return VoiceCallers.Read(step.Form) is { } caller
            ? new CallReported(key, new ExternalId(step.Sid), call with { Attestation = call.Attestation ?? VoiceCallers.AttestationOf(step.Form) }) { Sender = caller }
            : new Ignored(key, call.CallbackWanted ? "a call back was asked for by somebody who withholds the number" : "the caller's number is withheld");
    }

    // What somebody left is kept even if nobody knows who: each such call stands for itself.
    private static CallReported Kept(Step step, string key, CallPart call)
    {
        Sender? caller = VoiceCallers.Read(step.Form) ?? (step.Form["From"] is null ? null : VoiceCallers.Unknown(step.Sid));
        return new CallReported(key, new ExternalId(step.Sid), call) { Sender = caller };
    }

    private static MediaPart Recording(string url) =>
        new(MediaKind.Audio, new MediaReference { Reference = url.EndsWith(".mp3", StringComparison.Ordinal) ? url : url + ".mp3", ContentType = "audio/mpeg", FileName = "voicemail.mp3" });

    private static bool IsOver(string? status) => status is "completed" or "busy" or "failed" or "no-answer" or "canceled";

    private static long? Seconds(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds <= 864_000 ? seconds : null;

    private sealed record Step(TwilioForm Form, string Sid, IvrPlace Place, IvrLinks Links, DateTimeOffset At);
}
