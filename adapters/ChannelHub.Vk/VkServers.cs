using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>The callback servers of a community: up to ten, each with an address, a secret and a choice of events.</summary>
internal sealed class VkServers(VkSettings settings, VkApi api)
{
    private const string Title = "ChannelHub";

    private volatile string? code;

    /// <summary>What VK wants to hear, as it was fetched last; it may change whenever the servers do.</summary>
    public string? FetchedCode => code;

    public async ValueTask<ProbeResult> RegisterAsync(Uri url, CancellationToken cancellation)
    {
        if (settings.GroupId is not > 0 || string.IsNullOrEmpty(settings.Secret))
            return new(false, "group_id and secret are needed: nothing would tell VK's events from forged ones");
        if (await FetchCodeAsync(cancellation) is { } unknown)
            return Failed(unknown);
        VkAnswer listed = await api.CallAsync("groups.getCallbackServers", [Group], cancellation);
        if (listed.Failure is not null)
            return Failed(listed);
        // Known already? Then it is brought up to date, since a second server with one address would bring every event twice.
        long? known = listed.Response.List("items").FirstOrDefault(server => server.Text("url") == url.AbsoluteUri).Long("id");
        (string, string?)[] server = [Group, ("url", url.AbsoluteUri), ("title", Title), ("secret_key", settings.Secret)];
        VkAnswer added = known is { } id
            ? await api.CallAsync("groups.editCallbackServer", [.. server, ("server_id", VkSending.Number(id))], cancellation)
            : await api.CallAsync("groups.addCallbackServer", server, cancellation);
        if (added.Failure is not null)
            return Failed(added);
        if ((known ?? added.Response.Long("server_id")) is not { } serverId)
            return new(false, "VK did not tell the server's number", new Fault(FaultKind.ProviderDown, "VK did not tell the server's number"));
        VkAnswer set = await api.CallAsync("groups.setCallbackSettings",
            [Group, ("server_id", VkSending.Number(serverId)), ("api_version", VkApi.Version), .. VkEvents.Asked.Select(kind => (kind, (string?)"1"))], cancellation);
        return set.Failure is null ? new(true, $"VK pushes to {url.Host} from now on") : Failed(set);
    }

    public async ValueTask<ProbeResult> ProbeAsync(Uri? hook, CancellationToken cancellation)
    {
        VkAnswer community = await api.CallAsync("groups.getById", settings.GroupId is > 0 ? [("group_id", VkSending.Number(settings.GroupId.Value))] : [], cancellation);
        if (community.Failure is not null)
            return Failed(community);
        string name = NameIn(community.Response);
        if (settings.Mode is VkMode.LongPoll || settings.GroupId is not > 0)
            return new(true, settings.Mode is VkMode.LongPoll ? $"{name}; polling" : $"{name}; this channel only sends");
        // A hub that was started anew knows the code again after this.
        if (await FetchCodeAsync(cancellation) is { } unknown)
            return new(true, $"{name}; callback servers unknown: {unknown.Fault!.Detail}");
        VkAnswer listed = await api.CallAsync("groups.getCallbackServers", [Group], cancellation);
        return new(true, listed.Fault is { } fault ? $"{name}; callback servers unknown: {fault.Detail}" : $"{name}; {State(listed.Response, hook)}");
    }

    private (string, string?) Group => ("group_id", settings.GroupId?.ToString(CultureInfo.InvariantCulture));

    private async ValueTask<VkAnswer?> FetchCodeAsync(CancellationToken cancellation)
    {
        VkAnswer answer = await api.CallAsync("groups.getCallbackConfirmationCode", [Group], cancellation);
        if (answer.Failure is not null)
            return answer;
        code = answer.Response.Id("code", 64) ?? code;
        return null;
    }

    // Only states: who knows the whole address of a hook knows half of what it takes to call it.
    private static string State(JsonElement response, Uri? hook)
    {
        JsonElement[] items = [.. response.List("items")];
        JsonElement mine = hook is null ? default : items.FirstOrDefault(server => server.Text("url") == hook.AbsoluteUri);
        if (mine.ValueKind == JsonValueKind.Object)
            return $"callback server is {mine.Text("status", 32) ?? "in an unknown state"}";
        return items.Length == 0 ? "no callback server: register it" : $"{items.Length} callback servers, none with this hub's address";
    }

    // Newer versions wrap the list.
    private static string NameIn(JsonElement response)
    {
        JsonElement group = response.ValueKind == JsonValueKind.Array ? response.EnumerateArray().FirstOrDefault() : response.List("groups").FirstOrDefault();
        return group.Text("name", 100) is { Length: > 0 } name ? name : "a community without a name";
    }

    private static ProbeResult Failed(VkAnswer answer) => new(false, answer.Fault!.Detail, answer.Fault);
}
