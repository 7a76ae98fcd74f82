using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Attachments;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Hooks;

/// <summary>
/// Makes of parsed input what the committer writes: keys in canonical form, content rendered, ids given. Done on the request's thread, since the writer's is
/// the one that all wait for.
/// </summary>
public sealed class IntakeBuilder(IdGenerator ids, NamedUploads uploads)
{
    /// <summary>Prepares one input.</summary>
    /// <param name="channel">Where it came in.</param>
    /// <param name="input">The raw input.</param>
    /// <param name="entries">What parsing it gave.</param>
    /// <param name="kept">For entries that were uploads: what became of them.</param>
    /// <param name="replayOf">The inbox row that is run again.</param>
    public Intake Build(
        LiveChannel channel, AuthenticInput input, IReadOnlyList<Entry> entries, IReadOnlyList<EntryOutcome?>? kept = null, long? replayOf = null)
    {
        var prepared = new IntakeEntry[entries.Count];
        for (int i = 0; i < prepared.Length; i++)
            prepared[i] = kept?[i] is { } outcome ? new IntakeEntry.Settled(outcome) : PrepareSafely(channel, entries[i], isReplay: replayOf is not null);
        return new Intake
        {
            ChannelId = channel.Id,
            Adapter = channel.Type!.Info.Version,
            Method = input.Method,
            SubPath = input.SubPath.Length == 0 ? null : input.SubPath,
            Query = input.Query.Count == 0 ? null : JsonSerializer.Serialize(input.Query),
            Headers = input.Headers.Count == 0 ? null : JsonSerializer.SerializeToUtf8Bytes(input.Headers, HookJson.Default.IReadOnlyDictionaryStringString),
            Body = input.Body,
            ReceivedAt = input.ReceivedAt.ToUnixTimeMilliseconds(),
            Entries = prepared,
            ReplayOf = replayOf,
            MediaExpiry = channel.Limits.MediaExpiry,
            Window = channel.Limits.Window,
            AsksProfiles = channel.Ability<IProfileSource>() is not null,
        };
    }

    private IntakeEntry PrepareSafely(LiveChannel channel, Entry entry, bool isReplay)
    {
        try
        {
            return Prepare(channel, entry, isReplay);
        }
        catch (Exception failure) when (entry is Entry.Understood)
        {
            // An adapter may hand over what no rule foresaw. It harms neither the other entries nor, on a pull, all that comes after it.
            return new IntakeEntry.Unreadable($"the hub could not take it ({failure.GetType().Name})");
        }
    }

    private IntakeEntry Prepare(LiveChannel channel, Entry entry, bool isReplay) => entry switch
    {
        Entry.Understood { Event: var e } => Prepare(channel, e, isReplay),
        Entry.Unreadable unreadable => new IntakeEntry.Unreadable(unreadable.Reason),
        Entry.Elsewhere elsewhere => Prepare(channel, AppWebhooks.Unknown(elsewhere), isReplay),
        Entry.Rejected rejected => new IntakeEntry.Settled(new EntryOutcome(EntryOutcomeKind.Rejected, rejected.Errors)),
        _ => throw new InvalidOperationException("an upload is stored before its input is committed"),
    };

    private IntakeEntry Prepare(LiveChannel channel, ChannelEvent channelEvent, bool isReplay)
    {
        if (TooLong(channelEvent) is { } reason)
            return new IntakeEntry.Unreadable(reason);
        (Sender? sender, IReadOnlyList<Part>? parts) = channelEvent switch
        {
            MessageReceived e => (e.Sender, e.Parts),
            MessageEchoed e => (e.Recipient, e.Parts),
            MessageChanged e => (e.AsReceived?.Sender, e.Parts),
            ReactionChanged e => (e.Sender, null),
            SubscriptionChanged e => (e.Sender, null),
            AliasLearned e => (e.Sender, null),
            TypingChanged e => (e.Sender, null),
            CallReported e => (e.Sender, [e.Call]),
            ThreadReported e => (e.Recipient, null),
            _ => ((Sender?)null, (IReadOnlyList<Part>?)null),
        };
        KeyedSender? keyed = null;
        if (sender is not null && !TryKey(channel, sender, out keyed, out string? problem))
            return new IntakeEntry.Unreadable("the sender's key: " + problem);
        if (parts is null)
        {
            return new IntakeEntry.Understood(channelEvent, keyed, null, ids.Next())
            {
                Learned = channelEvent is DeliveryReported report ? CanonicalKeys.Of(channel, report.Learned) : [],
            };
        }
        return uploads.TryFind(channel, channelEvent, parts, out IReadOnlyDictionary<string, AttachmentRow> stored, out string? missing)
            ? new IntakeEntry.Understood(channelEvent, keyed, Render(parts, stored), ids.Next())
            : WithoutFile(missing, isReplay);
    }

    // Whoever names a file has uploaded it before and can mend it; a replay has nobody to tell.
    private static IntakeEntry WithoutFile(string missing, bool isReplay)
    {
        const string Problem = "is no file that was uploaded to this channel and is still free";
        return isReplay
            ? new IntakeEntry.Unreadable("a file it names " + Problem)
            : new IntakeEntry.Settled(new EntryOutcome(EntryOutcomeKind.Rejected, [new Adapters.FieldError("file_id", $"'{CleanText.Truncate(missing, 64)}' {Problem}")]));
    }

    private Content Render(IReadOnlyList<Part> parts, IReadOnlyDictionary<string, AttachmentRow> stored)
    {
        List<PartFile>? files = null;
        byte[] json = PartsJson.Render(parts, media =>
        {
            PartFile file = FileOf(media.Media, stored);
            (files ??= []).Add(file);
            return file;
        });
        return new Content(json, files ?? (IReadOnlyList<PartFile>)[]);
    }

    private PartFile FileOf(MediaReference media, IReadOnlyDictionary<string, AttachmentRow> stored) =>
        media.Stored is { } upload && stored[upload] is var row
            ? new PartFile(row.Id, media, row.FileName, row.ContentType, row.Size, Ready: true)
            : new PartFile(ids.Next(), media, SafeName.Of(media.FileName), SafeType.Claim(media.ContentType), media.Size, Ready: false);

    private static bool TryKey(LiveChannel channel, Sender sender, [NotNullWhen(true)] out KeyedSender? keyed, out string? problem)
    {
        keyed = null;
        (Key? key, problem) = CanonicalKeys.Of(channel, sender.Key);
        if (key is null)
            return false;
        keyed = new KeyedSender(key, key.Value == sender.Key.Value ? null : sender.Key.Value, sender, CanonicalKeys.Of(channel, sender.Learned));
        return true;
    }

    private static string? TooLong(ChannelEvent channelEvent) => channelEvent.Key.Length is 0 or > 256 ? "the event's key is empty or longer than 256 characters" : null;
}
