using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Twilio;

/// <content>The lists: what was written to the account, whether or not a webhook told it.</content>
public sealed partial class FakeTwilio
{
    private readonly ConcurrentQueue<TwilioReceived> received = new();

    private ScriptedReply Messages(ProviderCall call)
    {
        Dictionary<string, string> query = FakeForm.Read(call.Query.TrimStart('?'));
        if (query.Keys.FirstOrDefault(name => name is not ("To" or "DateSent>" or "PageSize" or "Page" or "PageToken")) is { } unknown)
            Violates($"Messages: unknown parameter {unknown}");
        DateTimeOffset since = query.TryGetValue("DateSent>", out string? date)
            ? DateTimeOffset.ParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) : DateTimeOffset.MinValue;
        int size = int.Parse(query.GetValueOrDefault("PageSize") ?? "50", CultureInfo.InvariantCulture);
        int page = int.Parse(query.GetValueOrDefault("Page") ?? "0", CultureInfo.InvariantCulture);
        string? to = query.GetValueOrDefault("To");
        // The newest first, and what the shop sent among them.
        JsonObject[] all =
        [
            .. sent.Where(one => to is null || one["To"] == to).Select(Line),
            .. received.Where(one => (to is null || one.To == to) && one.At >= since).OrderByDescending(one => one.At).ThenByDescending(one => one.Sid, StringComparer.Ordinal).Select(Line),
        ];
        string? next = all.Length <= (page + 1) * size ? null
            : $"/2010-04-01/Accounts/{AccountSid}/Messages.json?{string.Join('&', query.Where(field => field.Key != "Page").Select(field => $"{Uri.EscapeDataString(field.Key)}={Uri.EscapeDataString(field.Value)}"))}&Page={page + 1}";
        return ScriptedReply.Json(new JsonObject { ["messages"] = new JsonArray([.. all.Skip(page * size).Take(size)]), ["next_page_uri"] = next, ["page_size"] = size }.ToJsonString());
    }

    private ScriptedReply FilesOf(string sid) => received.FirstOrDefault(one => one.Sid == sid) is { } message
        ? ScriptedReply.Json(new JsonObject
        {
            ["media_list"] = new JsonArray([.. message.Files.Select(file => new JsonObject { ["sid"] = file.Url[(file.Url.LastIndexOf('/') + 1)..], ["content_type"] = file.Type, ["parent_sid"] = sid })]),
        }.ToJsonString())
        : Error(404, 20404, "The requested resource was not found");

    private JsonObject Line(TwilioReceived one) => new()
    {
        ["sid"] = one.Sid, ["account_sid"] = AccountSid, ["direction"] = "inbound", ["status"] = "received", ["from"] = one.From, ["to"] = one.To, ["body"] = one.Body,
        ["num_media"] = one.Files.Count().ToString(CultureInfo.InvariantCulture), ["messaging_service_sid"] = one.More.GetValueOrDefault("MessagingServiceSid"),
        ["date_created"] = Date(one.At), ["date_sent"] = Date(one.At), ["error_code"] = null,
    };

    private JsonObject Line(TwilioSent one) => new()
    {
        ["sid"] = one.Sid, ["account_sid"] = AccountSid, ["direction"] = "outbound-api", ["status"] = "queued", ["from"] = one["From"], ["to"] = one["To"], ["body"] = one["Body"],
        ["num_media"] = "0", ["messaging_service_sid"] = one["MessagingServiceSid"], ["date_created"] = Date(Clock.GetUtcNow()), ["date_sent"] = null, ["error_code"] = null,
    };

    private static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    private sealed record TwilioReceived(string Sid, string From, string To, string Body, DateTimeOffset At, IReadOnlyDictionary<string, string> More)
    {
        public IEnumerable<(string Url, string Type)> Files =>
            Enumerable.Range(0, 10).Where(index => More.ContainsKey($"MediaUrl{index}")).Select(index => (More[$"MediaUrl{index}"], More.GetValueOrDefault($"MediaContentType{index}") ?? ""));
    }
}
