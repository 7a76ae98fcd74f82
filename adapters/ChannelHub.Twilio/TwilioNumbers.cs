using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>The account and its numbers: what a probe asks, and where a number's calls and messages go.</summary>
internal sealed class TwilioNumbers(ITwilioAccount account, TwilioApi api)
{
    // Twilio gives up after one try unless the address says otherwise; this part of it is not signed.
    private const string Retries = "#rc=3&rp=all";

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        TwilioAnswer answer = await api.GetAsync("", cancellation);
        if (answer.Fault is { } fault)
            return new(false, fault.Detail, fault);
        string name = answer.Body.Text("friendly_name", 100) is { Length: > 0 } friendly ? friendly : "an account without a name";
        if (answer.Body.Text("status", 32) is not { } status)
            return Wrong(FaultKind.ProviderDown, "the answer does not tell the account's state");
        return status == "active" ? new(true, name) : Wrong(FaultKind.NotAuthorized, $"{name}: the account is {status}");
    }

    /// <summary>Enters a hook at the number.</summary>
    public async ValueTask<ProbeResult> RegisterAsync(IReadOnlyList<(string Name, Uri Url)> hooks, CancellationToken cancellation)
    {
        if (account.From is not { Length: > 1 } number || number[0] != '+')
            return Wrong(FaultKind.ContentRefused, $"from is not a number of the account; enter {hooks[0].Url.Host}'s hook at the Messaging Service or sender by hand");
        TwilioAnswer listed = await api.GetAsync($"IncomingPhoneNumbers.json?PhoneNumber={Uri.EscapeDataString(number)}", cancellation);
        if (listed.Fault is { } unknown)
            return new(false, unknown.Detail, unknown);
        if (listed.Body.List("incoming_phone_numbers").FirstOrDefault(one => one.Text("phone_number") == number).Id("sid") is not { } sid)
            return Wrong(FaultKind.ContentRefused, "the account has no such number");
        TwilioAnswer set = await api.PostAsync($"IncomingPhoneNumbers/{Uri.EscapeDataString(sid)}.json",
            hooks.SelectMany(hook => ((string, string?)[])[(hook.Name, hook.Url.AbsoluteUri + Retries), (hook.Name.Replace("Url", "", StringComparison.Ordinal) + "Method", "POST")]), cancellation);
        if (set.Fault is { } fault)
            return new(false, fault.Detail, fault);
        return set.Body.Id("sid") is null
            ? Wrong(FaultKind.ProviderDown, "the answer does not tell that the number was changed")
            : new(true, $"Twilio pushes to {hooks[0].Url.Host} from now on");
    }

    private static ProbeResult Wrong(FaultKind kind, string words) => new(false, words, new Fault(kind, words));
}
