using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>Who wrote. Pure.</summary>
internal static class ViberSenders
{
    public const string Kind = "viber";

    private const int MaxName = 256;

    /// <summary>A user of whom only the id is told. Ids are case-sensitive and another bot knows the same person by another one.</summary>
    public static Sender Of(string id) => new(new Key(Kind, KeyScopes.Channel, id));

    /// <summary>Null if the user has no id.</summary>
    public static Sender? Read(JsonElement user) => user.Id("id", 512) is { } id
        ? Of(id) with { DisplayName = user.Text("name", MaxName) is { Length: > 0 } name ? name : null, Language = user.Text("language", 35) is { Length: > 0 } language ? language : null }
        : null;
}
