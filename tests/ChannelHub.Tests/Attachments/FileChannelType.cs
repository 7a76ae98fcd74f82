using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;

namespace ChannelHub.Tests.Attachments;

public sealed record FileChannelSettings
{
    [Secret]
    public string? Token { get; init; }
}

/// <summary>
/// A kind of channel whose files are what the test says. Its wire format is a message with files, or an upload: <c>{id,from,files:[…]}</c>,
/// <c>{upload,name,type}</c> with the bytes in base64.
/// </summary>
public sealed class FileChannelType(string id = "files") : ChannelType<FileChannelSettings>
{
    public const string Token = "the-right-token";

    public override ChannelInfo Info => new() { Id = id, Name = "Files", KeyKind = "files", Limits = Allowed };

    public override Type ChannelClass => typeof(FileChannel);

    public ChannelLimits Allowed { get; set; } = new() { MediaExpiry = TimeSpan.FromHours(24) };

    /// <summary>What opening a reference gives.</summary>
    public Func<string, CancellationToken, ValueTask<MediaResult>> OpenMedia { get; set; } = (_, _) => new(new MediaResult.Later("nothing there yet"));

    /// <summary>How often it was asked to open one.</summary>
    public int Asked { get; internal set; }

    public override HookReply Acknowledge(IReadOnlyList<EntryOutcome> outcomes) => HookReply.Text(new JsonArray(
        [.. outcomes.Select(o => (JsonNode)new JsonObject
        {
            ["kind"] = o.Kind.ToString(), ["upload"] = o.UploadId, ["error"] = o.Errors is null ? null : o.Errors[0].Field + " " + o.Errors[0].Message,
        })]).ToJsonString(), "application/json");

    protected override ChannelLimits LimitsOf(FileChannelSettings settings) => Allowed;

    protected override SettingsHalves HalvesOf(FileChannelSettings settings) =>
        new(SettingsHalf.Of(("token", settings.Token)), SettingsHalf.Always);

    protected override IChannel Open(FileChannelSettings settings, ChannelEnvironment environment) => new FileChannel(this, settings);
}

internal sealed class FileChannel(FileChannelType type, FileChannelSettings settings) : IWebhookReceiver, IMediaSource
{
    public bool Verify(WebhookRequest request) => Signatures.Matches(settings.Token, request.Header("x-token"));

    public Received Parse(AuthenticInput input) => new([.. JsonNode.Parse(input.Body.Span)!.AsArray().Select(e => Read(e!))]);

    public ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation) => new(new ProbeResult(Ok: true, "works"));

    public ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation)
    {
        type.Asked++;
        return type.OpenMedia(reference, cancellation);
    }

    private static Entry Read(JsonNode entry)
    {
        if ((string?)entry["upload"] is { } upload)
            return new Entry.Uploaded((string?)entry["name"], (string?)entry["type"], Convert.FromBase64String(upload));
        var sender = new Sender(new Key("files", (string)entry["from"]!));
        Part[] parts = [.. entry["files"]!.AsArray().Select(f => new MediaPart(MediaKind.File, f.Deserialize<MediaReference>()!))];
        var id = new ExternalId((string)entry["id"]!);
        DateTimeOffset? at = (DateTimeOffset?)entry["at"];
        return (string?)entry["edits"] is { } edited
            ? new MessageChanged(id.Value, new ExternalId(edited), parts) { At = at }
            : new MessageReceived(id, sender, parts) { At = at };
    }
}
