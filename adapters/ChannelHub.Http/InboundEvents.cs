using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>Reads one event or a batch of them.</summary>
/// <param name="senders">Reads who an event speaks of.</param>
/// <param name="delivery">The request's <c>webhook-id</c>, the same on every attempt.</param>
internal sealed class InboundEvents(InboundSenders senders, string? delivery)
{
    private const int LargestBody = 1024 * 1024;
    private const int LargestBatch = 100;
    private const int LongestId = 256;

    public Received Read(ReadOnlyMemory<byte> body)
    {
        if (body.Length > LargestBody)
            return new Received(Rejected("body", $"must be at most {LargestBody} bytes; send files to the sub-path files, or a smaller batch"));
        using JsonDocument? document = ProviderJson.TryParse(body);
        if (document is null)
            return new Received(Rejected("body", "must be JSON in UTF-8"));
        JsonElement root = document.RootElement;
        bool batch = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("type", out JsonElement type)
            && type.ValueKind == JsonValueKind.String && type.ValueEquals("batch");
        return batch ? ReadBatch(root) : new Received(ReadEvent(root, delivery));
    }

    private Received ReadBatch(JsonElement root)
    {
        if (!root.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Array || data.GetArrayLength() > LargestBatch)
            return new Received(Rejected("data", $"must be a list of at most {LargestBatch} events"));
        Entry[] entries = [.. data.EnumerateArray().Index()
            .Select(item => ReadEvent(item.Item, delivery is null ? null : $"{delivery}/{item.Index}"))];
        // From one outcome alone a batch of one cannot be told from a single event, which would be answered 400.
        return entries is [Entry.Rejected single]
            ? new Received(entries, HttpAnswers.Counted([new EntryOutcome(EntryOutcomeKind.Rejected, single.Errors)]))
            : new Received(entries);
    }

    private Entry ReadEvent(JsonElement root, string? occurrence)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return Rejected("event", "must be an object with type and data");
        var errors = new List<FieldError>();
        var envelope = new Fields(root, "", errors);
        string? type = envelope.Text("type", 100, required: true);
        DateTimeOffset? at = envelope.Time("timestamp");
        ChannelEvent? happened = type is not null && envelope.Object("data", required: true) is { } data
            ? Translate(type, at, Fingerprint.Of(type, at, occurrence, data.Element), data)
            : null;
        if (happened is null && errors.Count == 0)
            envelope.Wrong("type", "is not known; see the list of types in the documentation of this channel");
        return errors.Count > 0 ? new Entry.Rejected(errors) : happened!;
    }

    private ChannelEvent? Translate(string type, DateTimeOffset? at, string key, Fields data) => type switch
    {
        "message.received" => Received(at, data),
        "message.echo" => Echoed(at, data),
        "message.edited" => Changed(key, at, data),
        "message.deleted" => new MessageRemoved(key, Id(data, "external_id")) { At = at },
        "reaction.changed" => new ReactionChanged(key, Id(data, "message_id"), senders.Read(data, "sender"), Reactions(data)) { At = at },
        "button.pressed" => Pressed(key, at, data),
        "typing" => new TypingChanged(key, senders.Read(data, "sender"), data.Flag("typing") ?? true) { At = at },
        "message.status" => Reported(key, at, data),
        "identity.opted_out" => new SubscriptionChanged(key, senders.Read(data, "sender"), OptedOut: true) { At = at },
        "identity.opted_in" => new SubscriptionChanged(key, senders.Read(data, "sender"), OptedOut: false) { At = at },
        "identity.changed" => new AliasLearned(key, senders.Renamed(data)) { At = at },
        "call.ended" => Called(key, at, data),
        _ => null,
    };

    private MessageReceived Received(DateTimeOffset? at, Fields data) =>
        new(Id(data, "external_id"), senders.Read(data, "sender"), InboundContent.Read(data))
        {
            At = data.Time("sent_at") ?? at,
            ReplyTo = OptionalId(data, "reply_to"),
            Metadata = InboundContent.Metadata(data),
        };

    // With its sender an edit of a message that never arrived keeps the words.
    private MessageChanged Changed(string key, DateTimeOffset? at, Fields data)
    {
        if (!data.Element.TryGetProperty("sender", out _))
            return new MessageChanged(key, Id(data, "external_id"), InboundContent.Read(data)) { At = at };
        MessageReceived received = Received(at, data);
        return new MessageChanged(key, received.Id, received.Parts) { At = at, AsReceived = received };
    }

    private MessageEchoed Echoed(DateTimeOffset? at, Fields data) =>
        new(Id(data, "external_id"), senders.Read(data, "recipient"), InboundContent.Read(data))
        {
            At = data.Time("sent_at") ?? at,
            ReplyTo = OptionalId(data, "reply_to"),
        };

    private MessageReceived Pressed(string key, DateTimeOffset? at, Fields data)
    {
        string button = data.Id("payload", LongestId, required: true) ?? "";
        ExternalId id = OptionalId(data, "external_id") ?? new ExternalId(key);
        return new MessageReceived(id, senders.Read(data, "sender"), [new ReplyPart(button, data.Text("label", 1000))])
        {
            At = at,
            ReplyTo = OptionalId(data, "message_id"),
        };
    }

    private static DeliveryReported Reported(string key, DateTimeOffset? at, Fields data)
    {
        ExternalId? ours = OptionalId(data, "outbound_id");
        ExternalId? theirs = OptionalId(data, "external_id");
        if (ours is null && theirs is null)
            data.Wrong("outbound_id", "is required: the id under which the message was posted (or external_id, the one it was answered with)");
        DeliveryState? state = HttpReplies.State(data.Text("status", 20, required: true));
        if (state is null)
            data.Wrong("status", "must be sent, delivered, read or failed");
        Fields? error = data.Object("error");
        return new DeliveryReported(key, ours ?? theirs ?? default, state ?? DeliveryState.Sent)
        {
            At = at,
            ProviderId = ours is null ? null : theirs,
            Fault = state == DeliveryState.Failed ? HttpReplies.FaultOf(error?.Text("code", 100), error?.Text("message", 2000)) : null,
        };
    }

    // Without a word on how it went the seconds tell whether anybody spoke.
    private CallReported Called(string key, DateTimeOffset? at, Fields data)
    {
        long? seconds = data.Count("duration_s");
        CallStatus? status = data.Text("status", 20) switch
        {
            "answered" => CallStatus.Answered,
            "missed" => CallStatus.Missed,
            "voicemail" => CallStatus.Voicemail,
            null => seconds switch { null => CallStatus.Completed, 0 => CallStatus.Missed, _ => CallStatus.Answered },
            _ => null,
        };
        if (status is null)
            data.Wrong("status", "must be answered, missed or voicemail");
        string direction = data.Text("direction", 10) ?? "in";
        if (direction is not ("in" or "out"))
            data.Wrong("direction", "must be in or out");
        Fields? recording = data.Object("recording");
        return new CallReported(key, Id(data, "external_id"), new CallPart(status ?? CallStatus.Completed)
        {
            Outgoing = direction == "out",
            DurationSeconds = seconds,
            Transcript = data.Text("transcript", HttpChannelType.LongestText),
            Recording = recording?.WebAddress("url") is { } address
                ? new MediaPart(MediaKind.Audio, new MediaReference { Reference = address.AbsoluteUri, ContentType = recording.Text("mime", 127), FileName = recording.Text("name", 255) })
                : null,
        })
        {
            At = at,
            Sender = senders.Read(data, "sender"),
        };
    }

    private static IReadOnlyList<string> Reactions(Fields data)
    {
        string? emoji = data.Text("emoji", 64);
        switch (data.Text("action", 20))
        {
            case "removed":
                return [];
            case "added" or null when emoji is not null:
                return [emoji];
            case "added" or null:
                data.Wrong("emoji", "is required unless action is removed");
                return [];
            default:
                data.Wrong("action", "must be added or removed");
                return [];
        }
    }

    private static ExternalId Id(Fields data, string name) => new(data.Id(name, LongestId, required: true) ?? "");

    private static ExternalId? OptionalId(Fields data, string name) => data.Id(name, LongestId) is { } id ? new ExternalId(id) : null;

    private static Entry.Rejected Rejected(string field, string message) => new([new FieldError(field, message)]);
}
