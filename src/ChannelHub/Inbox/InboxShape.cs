using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Inbox;

/// <summary>An input as it arrived.</summary>
public sealed record InboxShape
{
    /// <summary>Id of the input (<c>inb_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The channel it came in by.</summary>
    public required string ChannelId { get; init; }

    /// <summary>When it arrived.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary><c>POST</c>, <c>GET</c>, or <c>PULL</c> for what the hub fetched itself.</summary>
    public required string Method { get; init; }

    /// <summary>What followed the channel's own path; usually empty.</summary>
    public required string SubPath { get; init; }

    /// <summary><c>quarantined</c> while something in it could not be read; <c>done</c> otherwise.</summary>
    public required string State { get; init; }

    /// <summary>Why it is quarantined.</summary>
    public required string? Reason { get; init; }

    /// <summary>What became of its entries.</summary>
    public required InboxCounts Counts { get; init; }

    /// <summary>Version of the adapter that parsed it last.</summary>
    public required string AdapterVersion { get; init; }
}

/// <summary>An input with everything that was kept of it.</summary>
public sealed record InboxContentShape
{
    /// <inheritdoc cref="InboxShape.Id"/>
    public required string Id { get; init; }

    /// <inheritdoc cref="InboxShape.ChannelId"/>
    public required string ChannelId { get; init; }

    /// <inheritdoc cref="InboxShape.ReceivedAt"/>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <inheritdoc cref="InboxShape.Method"/>
    public required string Method { get; init; }

    /// <inheritdoc cref="InboxShape.SubPath"/>
    public required string SubPath { get; init; }

    /// <inheritdoc cref="InboxShape.State"/>
    public required string State { get; init; }

    /// <inheritdoc cref="InboxShape.Reason"/>
    public required string? Reason { get; init; }

    /// <inheritdoc cref="InboxShape.Counts"/>
    public required InboxCounts Counts { get; init; }

    /// <inheritdoc cref="InboxShape.AdapterVersion"/>
    public required string AdapterVersion { get; init; }

    /// <summary>The query by name.</summary>
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>The headers that the type needs; a secret reads <c>•••</c>.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The body, if it is UTF-8 text.</summary>
    public required string? Body { get; init; }

    /// <summary>The body in base64, if it is not.</summary>
    public required string? BodyBase64 { get; init; }
}

/// <summary>What became of the entries of an input.</summary>
/// <param name="Stored">Kept.</param>
/// <param name="Duplicate">Known before.</param>
/// <param name="Ignored">Deliberately not kept.</param>
/// <param name="Quarantined">Not readable yet.</param>
public sealed record InboxCounts(long Stored, long Duplicate, long Ignored, long Quarantined);

/// <summary>Makes shapes of rows.</summary>
internal static class InboxView
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The input as it was when it was verified.</summary>
    public static AuthenticInput InputOf(InboxRow row) => AuthenticInput.Kept(
        row.Method, row.SubPath ?? "", Names(row.Query), new Dictionary<string, string>(Names(row.Headers), StringComparer.OrdinalIgnoreCase), row.Body,
        DateTimeOffset.FromUnixTimeMilliseconds(row.ReceivedAt));

    public static InboxShape Show(InboxHead row) => new()
    {
        Id = HubId.Format(IdPrefix.Inbox, row.Id),
        ChannelId = HubId.Format(IdPrefix.Channel, row.ChannelId),
        ReceivedAt = ApiJson.Time(row.ReceivedAt),
        Method = row.Method,
        SubPath = row.SubPath ?? "",
        State = StateOf(row.State),
        Reason = row.Reason,
        Counts = new InboxCounts(row.Stored, row.Duplicate, row.Ignored, row.Quarantined),
        AdapterVersion = row.Adapter,
    };

    public static InboxContentShape Show(InboxRow row)
    {
        string? text = TextOf(row.Body);
        return new InboxContentShape
        {
            Id = HubId.Format(IdPrefix.Inbox, row.Id),
            ChannelId = HubId.Format(IdPrefix.Channel, row.ChannelId),
            ReceivedAt = ApiJson.Time(row.ReceivedAt),
            Method = row.Method,
            SubPath = row.SubPath ?? "",
            State = StateOf(row.State),
            Reason = row.Reason,
            Counts = new InboxCounts(row.Stored, row.Duplicate, row.Ignored, row.Quarantined),
            AdapterVersion = row.Adapter,
            Query = Names(row.Query),
            Headers = Names(row.Headers),
            Body = text,
            BodyBase64 = text is null ? Convert.ToBase64String(row.Body) : null,
        };
    }

    /// <summary>Names and values as a row keeps them.</summary>
    public static Dictionary<string, string> Names(string? json) => json is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;

    private static string StateOf(long state) => state == InboxStore.Quarantined ? "quarantined" : "done";

    private static string? TextOf(byte[] body)
    {
        try
        {
            return Strict.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
