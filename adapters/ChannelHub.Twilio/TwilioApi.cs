using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>The one road to the API, by basic authentication.</summary>
internal sealed class TwilioApi(ITwilioAccount account, HttpClient http)
{
    private const string DefaultRoot = "https://api.twilio.com";

    // A hundred messages of the greatest length, every letter escaped.
    private const int MaxListBytes = 4 * 1024 * 1024;

    private readonly Uri? root = Uri.TryCreate(string.IsNullOrEmpty(account.ApiBaseUrl) ? DefaultRoot : account.ApiBaseUrl, UriKind.Absolute, out Uri? uri)
        && uri is { Scheme: "http" or "https", Query: "", Fragment: "" } ? uri : null;

    /// <summary>Posts a form to a resource of the account, such as <c>Messages.json</c>.</summary>
    public ValueTask<TwilioAnswer> PostAsync(string resource, IEnumerable<(string Name, string? Value)> fields, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Post, Address(resource), new FormUrlEncodedContent(
            fields.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Name, field.Value!))), cancellation);

    /// <summary>Reads a resource of the account; an empty name reads the account itself.</summary>
    public ValueTask<TwilioAnswer> GetAsync(string resource, CancellationToken cancellation) => AskAsync(HttpMethod.Get, Address(resource), body: null, cancellation);

    /// <summary>Reads a list of the account, by its name or as <see cref="NextPage"/> says.</summary>
    public ValueTask<TwilioAnswer> ListAsync(string resource, CancellationToken cancellation) => AskAsync(HttpMethod.Get, Address(resource), body: null, cancellation, MaxListBytes);

    /// <summary>Where a list goes on; null at its end, and for anything outside of the account.</summary>
    public string? NextPage(JsonElement page)
    {
        string own = $"/2010-04-01/Accounts/{Uri.EscapeDataString(account.AccountSid ?? "")}/";
        return page.Text("next_page_uri", 4096) is { } next && next.StartsWith(own, StringComparison.Ordinal) && !next.Contains("..", StringComparison.Ordinal) ? next[own.Length..] : null;
    }

    /// <summary>Posts JSON to the messaging host, which is another one.</summary>
    public ValueTask<TwilioAnswer> PostMessagingAsync(string path, ReadOnlyMemory<byte> json, CancellationToken cancellation)
    {
        var body = new ReadOnlyMemoryContent(json);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        string host = root?.Host == new Uri(DefaultRoot).Host ? "https://messaging.twilio.com" : Root;
        return AskAsync(HttpMethod.Post, $"{host}/{path}", body, cancellation);
    }

    /// <summary>The whole address of a resource of the account.</summary>
    public string Address(string resource)
    {
        string sid = Uri.EscapeDataString(account.AccountSid ?? "");
        return root is null ? "" : resource.Length == 0 ? $"{Root}/2010-04-01/Accounts/{sid}.json" : $"{Root}/2010-04-01/Accounts/{sid}/{resource}";
    }

    /// <summary>The credentials for files, and only for the account's own hosts.</summary>
    public AuthenticationHeaderValue? Credentials(Uri address)
    {
        bool own = root is not null && address.Scheme == root.Scheme && address.Authority == root.Authority;
        bool twilios = address.Scheme == "https" && (address.Host == "api.twilio.com" || address.Host.EndsWith(".api.twilio.com", StringComparison.Ordinal))
            && root?.Host == new Uri(DefaultRoot).Host;
        return own || twilios ? Basic : null;
    }

    private string Root => root!.AbsoluteUri.TrimEnd('/');

    private AuthenticationHeaderValue Basic =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{account.AccountSid}:{account.AuthToken}")));

    private string? Missing => string.IsNullOrEmpty(account.AccountSid) ? "account_sid is not set"
        : string.IsNullOrEmpty(account.AuthToken) ? "auth_token is not set"
        : root is null ? "api_base_url is not an http address" : null;

    private async ValueTask<TwilioAnswer> AskAsync(
        HttpMethod method, string address, HttpContent? body, CancellationToken cancellation, int maxAnswerBytes = ProviderHttp.MaxAnswerBytes)
    {
        if (Missing is { } missing)
            return new(default, new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, missing) { WholeChannel = true }));
        JsonElement read = default;
        var request = new HttpRequestMessage(method, address) { Content = body };
        request.Headers.Authorization = Basic;
        SendResult outcome = await ProviderHttp.SendAsync(http, request, answer => TwilioErrors.Read(answer, Redact, out read), cancellation, maxAnswerBytes);
        return outcome is SendResult.Sent ? new(read, null) : new(default, outcome);
    }

    private string Redact(string words)
    {
        foreach (string? secret in (string?[])[account.AuthToken, account.SecondaryAuthToken])
        {
            if (!string.IsNullOrEmpty(secret))
                words = words.Replace(secret, "•••", StringComparison.Ordinal);
        }
        return words;
    }
}

/// <summary>What a call gave: its answer, or what went wrong.</summary>
internal sealed record TwilioAnswer(JsonElement Body, SendResult? Failure)
{
    public Fault? Fault => Failure switch
    {
        SendResult.Rejected rejected => rejected.Fault,
        SendResult.Deferred deferred => deferred.Fault,
        SendResult.Unconfirmed unconfirmed => new(FaultKind.ProviderDown, unconfirmed.Reason),
        _ => null,
    };
}
