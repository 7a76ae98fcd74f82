using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>Brings a file to VK before it is sent: ask where, post it there, have it saved.</summary>
internal sealed class VkUploads(VkApi api)
{
    private static readonly string[] PhotoTypes = ["image/jpeg", "image/png", "image/gif"];

    /// <summary>The attachment's name in a message, or what went wrong. Nothing has been sent then.</summary>
    public async ValueTask<(string? Attachment, SendResult? Failure)> UploadAsync(MediaPart part, OutboundMedia media, long peer, CancellationToken cancellation)
    {
        string type = media.ContentType.Split(';')[0].Trim().ToLowerInvariant();
        if (type is "audio/mpeg" or "audio/mp3")
            return (null, new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "VK takes no mp3 files")));
        Stream bytes;
        try
        {
            bytes = await media.OpenAsync(cancellation);
        }
        catch (IOException)
        {
            return (null, new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "the file to send could not be opened")));
        }
        await using (bytes)
        {
            bool photo = part.Kind is MediaKind.Image or MediaKind.Sticker && PhotoTypes.Contains(type) && !type.EndsWith("gif", StringComparison.Ordinal);
            (string? attachment, SendResult? failure) = photo
                ? await PhotoAsync(media, bytes, peer, cancellation)
                : await DocumentAsync(part.Kind is MediaKind.Audio && type is "audio/ogg" or "audio/opus" ? "audio_message" : "doc", media, bytes, peer, cancellation);
            return (attachment, NothingWasSent(failure));
        }
    }

    private async ValueTask<(string? Attachment, SendResult? Failure)> PhotoAsync(OutboundMedia media, Stream bytes, long peer, CancellationToken cancellation)
    {
        (JsonElement posted, SendResult? failure) = await PostAsync("photos.getMessagesUploadServer", [("peer_id", Number(peer))], "photo", media, bytes, cancellation);
        if (failure is not null)
            return (null, failure);
        // Without a picture VK answers an empty list here and an odd error at the next step.
        if (posted.Text("photo") is null or "" or "[]")
            return (null, new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "VK did not recognise the picture")));
        VkAnswer saved = await api.CallAsync("photos.saveMessagesPhoto",
            [("server", posted.Get("server").ToString()), ("photo", posted.Text("photo")), ("hash", posted.Text("hash"))], cancellation);
        return saved.Failure is { } unsaved ? (null, unsaved) : Named("photo", saved.Response.ValueKind == JsonValueKind.Array ? saved.Response.EnumerateArray().FirstOrDefault() : default);
    }

    private async ValueTask<(string? Attachment, SendResult? Failure)> DocumentAsync(string kind, OutboundMedia media, Stream bytes, long peer, CancellationToken cancellation)
    {
        (JsonElement posted, SendResult? failure) = await PostAsync("docs.getMessagesUploadServer", [("type", kind), ("peer_id", Number(peer))], "file", media, bytes, cancellation);
        if (failure is not null)
            return (null, failure);
        VkAnswer saved = await api.CallAsync("docs.save", [("file", posted.Text("file")), ("title", media.FileName)], cancellation);
        return saved.Failure is { } unsaved ? (null, unsaved) : Named("doc", saved.Response.Child(kind) is { ValueKind: JsonValueKind.Object } typed ? typed : saved.Response.Child("doc"));
    }

    private async ValueTask<(JsonElement Posted, SendResult? Failure)> PostAsync(
        string method, (string, string?)[] parameters, string field, OutboundMedia media, Stream bytes, CancellationToken cancellation)
    {
        VkAnswer where = await api.CallAsync(method, parameters, cancellation);
        if (where.Failure is { } failure)
            return (default, failure);
        if (!Uri.TryCreate(where.Response.Text("upload_url"), UriKind.Absolute, out Uri? address) || address.Scheme is not ("https" or "http"))
            return (default, new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "VK did not tell where to upload")));
        VkAnswer posted = await api.UploadAsync(address, field, media, bytes, cancellation);
        return (posted.Response, posted.Failure);
    }

    private static (string?, SendResult?) Named(string kind, JsonElement saved)
    {
        if (saved.Long("id") is not { } id || saved.Long("owner_id") is not { } owner)
            return (null, new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "VK did not tell under what name it saved the file")));
        string name = string.Create(CultureInfo.InvariantCulture, $"{kind}{owner}_{id}");
        return (saved.Text("access_key", 128) is { Length: > 0 } key ? $"{name}_{key}" : name, null);
    }

    private static SendResult? NothingWasSent(SendResult? failure) => failure is SendResult.Unconfirmed unconfirmed
        ? new SendResult.Deferred(new Fault(FaultKind.ProviderDown, $"the file could not be uploaded: {unconfirmed.Reason}"))
        : failure;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
