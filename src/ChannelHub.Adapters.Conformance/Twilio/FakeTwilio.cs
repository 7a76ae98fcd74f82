using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Twilio;

/// <summary>An API server of Twilio for messages and calls. It serves one account.</summary>
public sealed partial class FakeTwilio : FakeProvider
{
    private readonly ConcurrentDictionary<string, (int Code, string Words)> refusing = new();
    private readonly ConcurrentDictionary<string, TwilioNumber> numbers = new();
    private readonly ConcurrentDictionary<string, (byte[] Bytes, string Type)> files = new();
    private readonly ConcurrentQueue<TwilioSent> sent = new();
    private int recordingsMissing;
    private long last;

    private FakeTwilio(string accountSid, string token, TimeProvider? clock) : base(clock) => (AccountSid, Token) = (accountSid, token);

    /// <summary>The account's id.</summary>
    public string AccountSid { get; }

    /// <summary>Its auth token. It signs the webhooks too.</summary>
    public string Token { get; set; }

    /// <summary>State of the account: <c>active</c>, <c>suspended</c> or <c>closed</c>.</summary>
    public string AccountStatus { get; set; } = "active";

    /// <summary>What was sent, in order.</summary>
    public IReadOnlyList<TwilioSent> Sent => [.. sent];

    /// <summary>The account's numbers.</summary>
    public IReadOnlyCollection<TwilioNumber> Numbers => [.. numbers.Values];

    /// <summary>Starts a server.</summary>
    /// <param name="accountSid">The account's id.</param>
    /// <param name="token">Its auth token.</param>
    /// <param name="clock">Dates answers; the system's when absent.</param>
    /// <param name="port">A port to listen on; 0 takes a free one.</param>
    public static async Task<FakeTwilio> StartAsync(
        string accountSid = "AC00000000000000000000000000000001", string token = "invented-auth-token-of-an-account", TimeProvider? clock = null, int port = 0)
    {
        var twilio = new FakeTwilio(accountSid, token, clock);
        await twilio.ListenAsync(port);
        return twilio;
    }

    /// <summary>The signature of a request: the address and every field sorted by name, under the token.</summary>
    public static string Sign(string token, string url, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var content = new StringBuilder(url.Split('#')[0]);
        foreach (IGrouping<string, string> field in fields.GroupBy(pair => pair.Key, pair => pair.Value).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            foreach (string value in field.Distinct().Order(StringComparer.Ordinal))
                content.Append(field.Key).Append(value);
        }
#pragma warning disable CA5350 // It is Twilio's scheme.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(content.ToString())));
#pragma warning restore CA5350
    }

    /// <summary>The same over a body as it stands.</summary>
    public static string SignForm(string token, string url, string form) => Sign(token, url, FakeForm.Fields(form));

    /// <summary>The account gets a number; where it pushes is set by hand here, or by the API.</summary>
    public TwilioNumber AddNumber(string number, Uri? smsUrl = null, Uri? voiceUrl = null, Uri? statusCallback = null)
    {
        string sid = NewSid("PN");
        return numbers[sid] = new TwilioNumber(sid, number, smsUrl, voiceUrl, statusCallback);
    }

    /// <summary>Whatever is sent to an address from now on is answered with this error; null ends it.</summary>
    public void Refuse(string to, int? code, string words = "refused")
    {
        if (code is { } number)
            refusing[to] = (number, words);
        else
            refusing.TryRemove(to, out _);
    }

    /// <summary>Somebody writes: by text, or from <c>whatsapp:+…</c>. A lone STOP also stops what is sent there, as Twilio does it.</summary>
    /// <returns>The message's sid.</returns>
    public string AddText(string from, string to, string body, params IEnumerable<(string Name, string Value)> more)
    {
        string sid = NewSid("SM");
        received.Enqueue(new(sid, from, to, body, Clock.GetUtcNow(), more.ToDictionary(field => field.Name, field => field.Value)));
        if (body is "STOP" or "START")
            Refuse(from, body == "STOP" ? 21610 : null, "Attempt to send to unsubscribed recipient");
        Uri? hook = numbers.Values.FirstOrDefault(number => number.Number == to.Replace("whatsapp:", "", StringComparison.Ordinal))?.SmsUrl;
        if (hook is null)
            return sid;
        Dictionary<string, string> other = more.ToDictionary(field => field.Name, field => field.Value);
        other.TryAdd("NumMedia", "0");
        Queue(Push("message", hook,
        [
            new("ToCountry", "GB"), new("SmsMessageSid", sid), new("SmsSid", sid), new("SmsStatus", "received"), new("Body", body), new("To", to),
            new("NumSegments", "1"), new("MessageSid", sid), new("AccountSid", AccountSid), new("From", from), new("ApiVersion", "2010-04-01"),
            .. other,
        ]));
        return sid;
    }

    /// <summary>A sent message gets on: <c>sent</c>, <c>delivered</c>, <c>read</c>, <c>undelivered</c>, <c>failed</c>.</summary>
    public void AddStatus(TwilioSent message, string status, int? errorCode = null)
    {
        if (message["StatusCallback"] is not { } callback)
            return;
        List<KeyValuePair<string, string>> fields =
        [
            new("MessageSid", message.Sid), new("SmsSid", message.Sid), new("MessageStatus", status), new("SmsStatus", status), new("To", message["To"]!),
            new("AccountSid", AccountSid), new("ApiVersion", "2010-04-01"),
        ];
        if (errorCode is { } code)
            fields.Add(new("ErrorCode", code.ToString(CultureInfo.InvariantCulture)));
        Queue(Push("status", new Uri(callback), fields));
    }

    /// <summary>A file that a customer sent. It is handed out to the account only, and by another host.</summary>
    /// <returns>Its address.</returns>
    public string AddFile(byte[] bytes, string contentType)
    {
        string sid = NewSid("ME");
        files[sid] = (bytes, contentType);
        return new Uri(Url, $"/2010-04-01/Accounts/{AccountSid}/Messages/MM1/Media/{sid}").AbsoluteUri;
    }

    /// <summary>So often a recording is not there yet when it is asked for.</summary>
    public void DelayRecordings(int times) => recordingsMissing = times;

    /// <summary>Somebody calls a number and does what the plan says; what Twilio tells afterwards waits to be delivered.</summary>
    public Task<TwilioCall> CallAsync(string to, TwilioCaller caller, CancellationToken cancellation = default)
    {
        TwilioNumber number = numbers.Values.First(one => one.Number == to);
        var simulation = new TwilioCallSimulation(this, NewSid("CA"), number, caller);
        return simulation.RunAsync(cancellation);
    }

    internal string NewSid(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{Interlocked.Increment(ref last):x32}");

    internal void Later(string name, Uri url, IReadOnlyList<KeyValuePair<string, string>> fields) => Queue(Push(name, url, fields));

    internal Task<FakePushed> NowAsync(string name, Uri url, IReadOnlyList<KeyValuePair<string, string>> fields, CancellationToken cancellation) =>
        PushAsync(Push(name, url, fields), cancellation);

    internal void Complain(string what) => Violates(what);

    internal string AddRecording(byte[] bytes)
    {
        string sid = NewSid("RE");
        files[sid] = (bytes, "audio/mpeg");
        return sid;
    }

    private protected override string NameOf(ProviderCall call) => call.Path[(call.Path.LastIndexOf('/') + 1)..];

    private protected override async ValueTask<ScriptedReply> AnswerAsync(ProviderCall call, CancellationToken cancellation)
    {
        if (call.Path.StartsWith("/cdn/", StringComparison.Ordinal))
            await Task.Delay(MediaDelay, Clock, cancellation);
        int before = sent.Count;
        ScriptedReply answer = Answer(call);
        if (ReportsBeforeAnswers && sent.Count > before)
        {
            AddStatus(sent.Last(), "delivered");
            await DeliverAsync(cancellation: cancellation);
        }
        return answer;
    }

    private protected override void Pushed(FakePush push, FakePushed answer)
    {
        bool xml = answer.ContentType is "text/xml" or "application/xml" && answer.Body.Contains("<Response", StringComparison.Ordinal);
        if (push.Name is "message" or "call" && answer.Status == 200 && !xml)
            Violates($"a {push.Name} was answered with {answer.ContentType}: Twilio would text it to the customer, or say so to the caller");
    }

    private ScriptedReply Answer(ProviderCall call)
    {
        if (call.Path.StartsWith("/cdn/", StringComparison.Ordinal))
            return Cdn(call);
        string basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{AccountSid}:{Token}"));
        if (call.Headers.GetValueOrDefault("Authorization") != basic)
            return Error(401, 20003, "Authenticate");
        if (call.Path == "/v3/Indicators/Typing.json")
            return Typing(call);
        string account = $"/2010-04-01/Accounts/{AccountSid}";
        return (call.Method, call.Path.StartsWith(account, StringComparison.Ordinal) ? call.Path[account.Length..] : "?") switch
        {
            ("GET", ".json") => ScriptedReply.Json(new JsonObject { ["sid"] = AccountSid, ["friendly_name"] = "Shop", ["status"] = AccountStatus }.ToJsonString()),
            ("POST", "/Messages.json") => Send(call),
            ("GET", "/Messages.json") => Messages(call),
            ("GET", ['/', ..] path) when path.EndsWith("/Media.json", StringComparison.Ordinal) => FilesOf(path.Split('/')[^2]),
            ("GET", "/IncomingPhoneNumbers.json") => List(call),
            ("POST", ['/', ..] path) when path.StartsWith("/IncomingPhoneNumbers/", StringComparison.Ordinal) => Configure(call),
            ("GET", ['/', ..] path) when path.Contains("/Media/", StringComparison.Ordinal) => ToCdn(call),
            ("GET", ['/', ..] path) when path.StartsWith("/Recordings/", StringComparison.Ordinal) => Recording(call),
            _ => Unknown(call),
        };
    }

    private ScriptedReply Send(ProviderCall call)
    {
        IReadOnlyList<KeyValuePair<string, string>> fields = FakeForm.Fields(call.Text);
        var message = new TwilioSent(NewSid("SM"), fields);
        if (message["To"] is { } to && refusing.TryGetValue(to, out (int Code, string Words) refusal))
            return Error(refusal.Code is 20429 or 63038 ? 429 : 400, refusal.Code, refusal.Words);
        if (TwilioRules.Message(fields) is { } wrong)
        {
            Violates($"Messages: {wrong.Code} {wrong.Words}");
            return Error(400, wrong.Code, wrong.Words);
        }
        sent.Enqueue(message);
        return ScriptedReply.Json(new JsonObject
        {
            ["sid"] = message.Sid, ["status"] = "queued", ["to"] = message["To"], ["error_code"] = null,
            ["num_segments"] = SmsText.Count(message["Body"] ?? "").ToString(CultureInfo.InvariantCulture),
        }.ToJsonString(), 201);
    }

    private ScriptedReply List(ProviderCall call)
    {
        string wanted = FakeForm.Read(call.Query.TrimStart('?')).GetValueOrDefault("PhoneNumber") ?? "";
        return ScriptedReply.Json(new JsonObject
        {
            ["incoming_phone_numbers"] = new JsonArray([.. numbers.Values.Where(number => number.Number == wanted)
                .Select(number => new JsonObject { ["sid"] = number.Sid, ["phone_number"] = number.Number })]),
        }.ToJsonString());
    }

    private ScriptedReply Configure(ProviderCall call)
    {
        string sid = NameOf(call).Replace(".json", "", StringComparison.Ordinal);
        Dictionary<string, string> fields = FakeForm.Read(call.Text);
        if (!numbers.TryGetValue(sid, out TwilioNumber? number))
            return Error(404, 20404, "The requested resource was not found");
        if (TwilioRules.OfNumber(fields) is { } wrong)
        {
            Violates($"IncomingPhoneNumbers: {wrong}");
            return Error(400, 20001, wrong);
        }
        numbers[sid] = number with
        {
            SmsUrl = Url("SmsUrl") ?? number.SmsUrl, VoiceUrl = Url("VoiceUrl") ?? number.VoiceUrl, StatusCallback = Url("StatusCallback") ?? number.StatusCallback,
        };
        return ScriptedReply.Json(new JsonObject { ["sid"] = sid }.ToJsonString());

        Uri? Url(string name) => fields.TryGetValue(name, out string? given) ? new Uri(given) : null;
    }

    private ScriptedReply Typing(ProviderCall call)
    {
        JsonNode? body = JsonNode.Parse(call.Text);
        if ((string?)body?["channel"] != "WHATSAPP" || (string?)body["messageId"] is not ['S' or 'M', 'M', ..])
            Violates("Indicators/Typing: no channel or message");
        return ScriptedReply.Json("""{"success":true}""");
    }

    private ScriptedReply ToCdn(ProviderCall call) => files.ContainsKey(NameOf(call))
        ? ScriptedReply.Text("", 307).With("Location", new Uri(Url, $"/cdn/{NameOf(call)}").AbsoluteUri.Replace("127.0.0.1", "localhost", StringComparison.Ordinal))
        : Error(404, 20404, "The requested resource was not found");

    private ScriptedReply Recording(ProviderCall call)
    {
        string sid = NameOf(call).Replace(".mp3", "", StringComparison.Ordinal);
        return Interlocked.Decrement(ref recordingsMissing) >= 0 || !files.TryGetValue(sid, out (byte[] Bytes, string Type) file)
            ? Error(404, 20404, "The requested resource was not found")
            : ScriptedReply.Bytes(file.Bytes, file.Type);
    }

    private ScriptedReply Cdn(ProviderCall call)
    {
        if (call.Headers.ContainsKey("Authorization"))
            Violates("the account's credentials were shown to the storage host");
        return files.TryGetValue(NameOf(call), out (byte[] Bytes, string Type) file) ? ScriptedReply.Bytes(file.Bytes, file.Type) : ScriptedReply.Text("", 404);
    }

    private ScriptedReply Unknown(ProviderCall call)
    {
        Violates($"{call.Method} {call.Path} is no resource of this account");
        return Error(404, 20404, "The requested resource was not found");
    }

    private FakePush Push(string name, Uri url, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        return With(Token);

        FakePush With(string token) => new(name, url, "application/x-www-form-urlencoded; charset=UTF-8", Encoding.UTF8.GetBytes(FakeForm.Write(fields)))
        {
            Headers = new Dictionary<string, string> { ["X-Twilio-Signature"] = Sign(token, url.AbsoluteUri, fields) },
            Forged = () => With("somebody-elses-token"),
        };
    }

    private static ScriptedReply Error(int status, int code, string words) => ScriptedReply.Json(new JsonObject
    {
        ["code"] = code, ["message"] = words, ["more_info"] = $"https://www.twilio.com/docs/errors/{code}", ["status"] = status,
    }.ToJsonString(), status);
}
