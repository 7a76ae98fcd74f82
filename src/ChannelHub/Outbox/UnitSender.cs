using ChannelHub.Adapters;
using ChannelHub.Attachments;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Options;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Outbox;
using ChannelHub.WebChat;

namespace ChannelHub.Outbox;

/// <summary>Hands one unit to its adapter, waits no longer than allowed, and judges what came of it. Whatever happens is a verdict.</summary>
public sealed class UnitSender(Database database, OutboundFiles files, OneTimeCodes codes, HubOptions options, Random random, ILogger<UnitSender> log)
{
    /// <summary>Sends a unit; <paramref name="content"/> is null if its message has been removed meanwhile.</summary>
    internal async Task<Verdict> TryAsync(LiveChannel channel, OutboxRow unit, UnitToSend? content, CancellationToken stop)
    {
        if (content is null)
            return new Verdict(new UnitOutcome.Failed(SentParts.Json("not_found", "the message is no longer there")), ChannelSign.Answers);
        SendResult result = await SendAsync(channel, unit, content, stop);
        if (result is SendResult.Sent { Learned.Count: > 0 } sent)
            result = sent with { Learned = CanonicalKeys.Of(channel, sent.Learned) };
        return Verdict.Of(result, SendTry.Of(unit, channel.Limits.DeduplicatesSends, database.Clock.GetUtcNow(), random.NextDouble()), options.Outbox);
    }

    /// <summary>A unit as adapters and reports name it.</summary>
    public static string KeyOf(long messageId, long index) => $"{HubId.Format(IdPrefix.Message, messageId)}.{index}";

    private async Task<SendResult> SendAsync(LiveChannel channel, OutboxRow unit, UnitToSend content, CancellationToken stop)
    {
        if (channel.Ability<IMessageSender>() is not { } sender)
            return new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, "this channel's settings no longer allow sending") { WholeChannel = true });
        if (codes.Reveal(unit.MessageId, content.AuthorKind, content.ReadPart()) is not { } part)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "the code is no longer good"));
        OutboundMedia? media = null;
        if (part is MediaPart file && (media = await OpenAsync(file, channel.Limits.LinkLife)) is null)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "the file is no longer there or is damaged"));
        var message = new OutboundMessage
        {
            Key = KeyOf(unit.MessageId, unit.Idx),
            To = content.To,
            Address = content.Address,
            Part = part,
            Media = media,
            ReplyTo = content.ReplyTo,
            AuthorName = content.AuthorName,
            AuthorKind = content.AuthorKind ?? "agent",
            Attempt = (int)(unit.Attempt + content.PartAttempt - 1),
        };
        return await SendAsync(sender, message, channel.PublicId, stop);
    }

    private async Task<SendResult> SendAsync(IMessageSender sender, OutboundMessage message, string channel, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Outbox.SendSeconds), database.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return await sender.SendAsync(message, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return new SendResult.Unconfirmed(stop.IsCancellationRequested
                ? "the hub was stopped while this was being sent"
                : $"no answer within {options.Outbox.SendSeconds} seconds");
        }
        catch (Exception failure)
        {
            // An adapter that throws has a bug, and nobody knows how far it came.
            OutboxLog.AdapterFailed(log, channel, message.Key, failure);
            return new SendResult.Unconfirmed("the adapter failed: " + failure.GetType().Name);
        }
    }

    private async ValueTask<OutboundMedia?> OpenAsync(MediaPart part, TimeSpan linkLife) =>
        HubId.TryParse(IdPrefix.Attachment, part.Media.Stored, out long id) && database.Read(session => AttachmentStore.Find(session, id)) is { } row
            ? await files.OfAsync(row, linkLife, CancellationToken.None)
            : null;
}

internal static partial class OutboxLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The adapter of channel {Channel} failed on unit {Unit}; it counts as unconfirmed")]
    public static partial void AdapterFailed(ILogger log, string channel, string unit, Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "What became of unit {Unit} cannot be stored yet: {Reason}")]
    public static partial void NotRecorded(ILogger log, string unit, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "What became of unit {Unit} was not stored; when its lease ends it counts as unconfirmed")]
    public static partial void RecordFailed(ILogger log, string unit, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} units were being sent when the hub last stopped; they count as unconfirmed")]
    public static partial void FoundSending(ILogger log, int count);
}
