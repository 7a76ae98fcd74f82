using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace ChannelHub.Adapters.Conformance.Twilio;

/// <summary>One call from its ringing to its end: fetches the answers and does what they say, as Twilio would.</summary>
internal sealed class TwilioCallSimulation(FakeTwilio twilio, string sid, TwilioNumber number, TwilioCaller caller)
{
    // An answer that forgets where to go on asks itself for ever, and bills by the minute.
    private const int MostSteps = 40;

    private static readonly byte[] Sound = [0xFF, 0xFB, 0x90, 0x64, 1, 2, 3, 4];

    private readonly List<string> heard = [];
    private readonly Queue<string> keys = new(caller.Keys);
    private string? recording;
    private int steps;

    public async Task<TwilioCall> RunAsync(CancellationToken cancellation)
    {
        if (number.VoiceUrl is not null)
            await AskAsync(number.VoiceUrl, Fields(status: "ringing"), cancellation);
        if (number.StatusCallback is not null)
        {
            twilio.Later("call-status", number.StatusCallback,
                [.. Fields(status: caller.HangsUp && steps <= 1 ? "no-answer" : "completed"), new("CallDuration", caller.HangsUp ? "0" : "25"), new("SequenceNumber", "0"), new("CallbackSource", "call-progress-events")]);
        }
        return new TwilioCall(sid, heard, recording);
    }

    private async Task AskAsync(Uri url, IReadOnlyList<KeyValuePair<string, string>> fields, CancellationToken cancellation)
    {
        if (++steps > MostSteps)
        {
            twilio.Complain("the call goes round in circles");
            return;
        }
        FakePushed answer = await twilio.NowAsync("call", url, fields, cancellation);
        if (answer.Status != 200)
        {
            twilio.Complain($"the call was answered with {answer.Status}");
            return;
        }
        try
        {
            await DoAsync(url, XDocument.Parse(answer.Body).Root!.Elements(), cancellation);
        }
        catch (XmlException)
        {
            twilio.Complain("the answer to a call is not XML");
        }
    }

    private async Task DoAsync(Uri url, IEnumerable<XElement> verbs, CancellationToken cancellation)
    {
        foreach (XElement verb in verbs)
        {
            switch (verb.Name.LocalName)
            {
                case "Say":
                    heard.Add($"[{verb.Attribute("language")?.Value}] {verb.Value}");
                    break;
                case "Gather":
                    if (caller.HangsUp)
                        return;
                    heard.AddRange(verb.Elements("Say").Select(said => $"[{said.Attribute("language")?.Value}] {said.Value}"));
                    if (keys.TryDequeue(out string? key) && key.Length > 0)
                    {
                        await AskAsync(Action(url, verb), [.. Fields("in-progress"), new("Digits", key)], cancellation);
                        return;
                    }
                    break;
                case "Redirect":
                    await AskAsync(new Uri(url, verb.Value.Trim()), Fields("in-progress"), cancellation);
                    return;
                case "Dial":
                    await AskAsync(Action(url, verb), [.. Fields("in-progress"), new("DialCallStatus", caller.Dialled), new("DialCallDuration", caller.Dialled == "completed" ? "62" : "0")], cancellation);
                    return;
                case "Record":
                    if (await RecordAsync(url, verb, cancellation))
                        return;
                    break;
                case "Hangup":
                    return;
                default:
                    twilio.Complain($"<{verb.Name.LocalName}> is not a verb this simulation knows");
                    return;
            }
        }
    }

    private async Task<bool> RecordAsync(Uri url, XElement verb, CancellationToken cancellation)
    {
        if (caller.Speaks == 0)
            return false;
        int seconds = Math.Min(caller.Speaks, int.Parse(verb.Attribute("maxLength")?.Value ?? "3600", CultureInfo.InvariantCulture));
        recording = twilio.AddRecording(Sound);
        string recorded = new Uri(twilio.Url, $"/2010-04-01/Accounts/{twilio.AccountSid}/Recordings/{recording}").AbsoluteUri;
        KeyValuePair<string, string>[] about = [new("RecordingSid", recording), new("RecordingUrl", recorded), new("RecordingDuration", seconds.ToString(CultureInfo.InvariantCulture))];
        // Told beside the call, without saying whose it is.
        if (verb.Attribute("recordingStatusCallback") is { } status)
            twilio.Later("recording", new Uri(url, status.Value), [new("AccountSid", twilio.AccountSid), new("CallSid", sid), .. about, new("RecordingStatus", "completed"), new("RecordingChannels", "1")]);
        if (verb.Attribute("transcribeCallback") is { } transcribed && seconds is > 2 and < 120)
        {
            twilio.Later("transcription", new Uri(url, transcribed.Value),
                [.. Fields("completed"), .. about.Take(2), new("TranscriptionSid", twilio.NewSid("TR")), new("TranscriptionStatus", "completed"), new("TranscriptionText", caller.Words)]);
        }
        await AskAsync(Action(url, verb), [.. Fields("in-progress"), .. about, new("Digits", "hangup")], cancellation);
        return true;
    }

    private Uri Action(Uri url, XElement verb)
    {
        if (verb.Attribute("action") is { } action)
            return new Uri(url, action.Value);
        twilio.Complain($"<{verb.Name.LocalName}> without action asks the same address again");
        return url;
    }

    private List<KeyValuePair<string, string>> Fields(string status)
    {
        List<KeyValuePair<string, string>> fields =
        [
            new("CallSid", sid), new("AccountSid", twilio.AccountSid), new("From", caller.From), new("To", number.Number), new("Caller", caller.From), new("Called", number.Number),
            new("CallStatus", status), new("Direction", "inbound"), new("ApiVersion", "2010-04-01"), new("CallerCity", ""),
        ];
        if (caller.Verdict is { } verdict)
            fields.Add(new("StirVerstat", verdict));
        return fields;
    }
}
