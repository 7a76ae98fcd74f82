using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Options;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>What one attempt to fetch a file came to.</summary>
internal abstract record Fetched
{
    private Fetched() { }

    /// <summary>The bytes are there, all of them.</summary>
    public sealed record Ready(StoredFile File, JudgedType Type) : Fetched;

    /// <summary>The hub does not want it.</summary>
    public sealed record Refused(string Reason) : Fetched;

    /// <summary>It will never come.</summary>
    public sealed record Failed(string Reason) : Fetched;

    /// <summary>Not this time.</summary>
    public sealed record Later(string Reason, TimeSpan? RetryAfter = null) : Fetched;

    /// <summary>What came is not what was announced: cut short on its way, or wrong at its source.</summary>
    public sealed record Wrong(string Reason) : Fetched;
}

/// <summary>Fetches one file from its channel's provider. Reasons are for people and name no address: one may hold a secret.</summary>
public sealed partial class MediaFetch(
    ChannelDirectory channels, KeptInputs inputs, FileStore files, UnusedFiles unused, HubOptions options, TimeProvider clock, ILogger<MediaFetch> log)
{
    internal async Task<Fetched> TryAsync(AttachmentRow row, CancellationToken stop)
    {
        if (row.ChannelId is not { } id || !channels.TryGet(id, out LiveChannel? channel))
            return new Fetched.Later("its channel has been removed");
        if (!channel.Enabled)
            return new Fetched.Later("its channel is disabled");
        IMediaSource? source = channel.Ability<IMediaSource>();
        IMediaInInput? inside = channel.Ability<IMediaInInput>();
        if (row.Reference is not { } reference || (source is null && inside is null))
            return new Fetched.Later("its channel cannot fetch files with these settings");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Media.DownloadSeconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return (inside is not null ? inputs.Open(inside, row, reference) : await source!.OpenMediaAsync(reference, either.Token)) switch
            {
                MediaResult.Opened opened => await ReadAsync(row, channel, opened, either.Token),
                MediaResult.Gone gone => new Fetched.Failed(gone.Reason),
                MediaResult.Later later => new Fetched.Later(later.Reason, later.RetryAfter),
                var other => throw new InvalidOperationException($"an answer nobody knows: {other.GetType().Name}"),
            };
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return new Fetched.Later($"it was not complete after {options.Media.DownloadSeconds} seconds");
        }
        catch (StoreUnavailableException unavailable)
        {
            NotStored(log, channel.PublicId, unavailable.Message);
            return new Fetched.Later("the hub cannot store it now");
        }
        catch (Exception failure)
        {
            BrokenOff(log, channel.PublicId, failure.GetType().Name);
            return new Fetched.Later("the download broke off");
        }
    }

    private async Task<Fetched> ReadAsync(AttachmentRow row, LiveChannel channel, MediaResult.Opened opened, CancellationToken cancellation)
    {
        ChannelLimits limits = channel.Limits;
        long most = Math.Min(limits.MaxInboundFileBytes, options.Media.DownloadBytes);
        StoredFile? file;
        await using (Stream content = opened.Content)
            file = await files.WriteAsync(content, most, cancellation);
        if (file is null)
            return new Fetched.Refused($"it is larger than {most} bytes");
        string claimed = row.ContentType == SafeType.Unknown ? opened.ContentType ?? row.ContentType : row.ContentType;
        JudgedType type = SafeType.Judge(file.Head.Span, claimed, row.FileName);
        Fetched fetched = Judge(row, file, type, limits);
        if (fetched is not Fetched.Ready)
            await unused.DiscardAsync(file);
        return fetched;
    }

    private Fetched Judge(AttachmentRow row, StoredFile file, JudgedType type, ChannelLimits limits)
    {
        if (row.ExpectedSha256 is { } hash)
        {
            if (!hash.Equals(file.Sha256, StringComparison.OrdinalIgnoreCase))
                return new Fetched.Wrong("its hash is not the one that was announced");
        }
        else if (row.Size is { } size && size != file.Size)
        {
            return new Fetched.Wrong($"{file.Size} bytes came instead of {size}");
        }
        return TypePolicy.Refuses(type, [.. options.Media.RefusedTypes, .. limits.RefusedTypes])
            ? new Fetched.Refused("its type is not accepted")
            : new Fetched.Ready(file, type);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A file of channel {Channel} was not stored: {Reason}")]
    private static partial void NotStored(ILogger log, string channel, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Fetching a file of channel {Channel} broke off: {Failure}")]
    private static partial void BrokenOff(ILogger log, string channel, string failure);
}
