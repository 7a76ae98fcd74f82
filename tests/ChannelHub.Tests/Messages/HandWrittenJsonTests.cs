using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Api;
using ChannelHub.Events;
using ChannelHub.Messages;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Messages;

/// <summary>What is written by hand says exactly what the serializer, and with it the API description, would say.</summary>
public sealed class HandWrittenJsonTests
{
    private static readonly DateTimeOffset Time = new(2026, 2, 3, 4, 5, 6, 7, TimeSpan.FromHours(2));

    private static readonly MessageShape Bare = new()
    {
        Id = "msg_1", ConversationId = "cnv_1", CustomerId = "cus_1", IdentityId = "idn_1", ChannelId = "chn_1", ChannelType = "telegram", Direction = "in",
        Author = new AuthorShape("customer", null), Parts = new RawJson("[]"), State = "received", Reactions = [], ReceivedAt = Time, Revision = 1,
    };

    private static readonly MessageShape Full = Bare with
    {
        AuthorIdentityId = "idn_2", Author = new AuthorShape("participant", "Zoë \"<b>\" 😀\u0007"), SenderAssurance = "proven",
        Parts = new RawJson("""[{"index":0,"type":"text","text":"naïve"}]"""), Error = new StoredFault("window_closed", "24 hours are over"), ReplyTo = "msg_0",
        Group = "album", Subject = "Re: parcel", Recipients = new RawJson("""{"to":["a@b.example"]}"""),
        Reactions = [new ReactionShape("👍", null, Time), new ReactionShape("custom:1", "idn_3", Time)], Metadata = new RawJson("""{"page":"/"}"""),
        ProviderTime = Time, Revision = 3, EditedAt = Time, DeletedAt = Time,
    };

    [Fact]
    public void A_page_of_messages_is_written_as_the_serializer_would()
    {
        var page = new Page<MessageShape>([Full, Bare], "abc");
        Written(target =>
        {
            using Utf8JsonWriter json = MessageJson.Writer(target);
            MessageJson.Write(json, page);
        }).ShouldBe(JsonSerializer.Serialize(page, ApiJson.Options));
    }

    [Fact]
    public void A_page_of_events_is_written_as_the_serializer_would()
    {
        var plain = new EventShape { Position = 7, Id = "evt_7", Type = "customer.created", At = Time, CustomerId = "cus_1", ConversationId = "cnv_1", Data = new RawJson("""{"a":1}""") };
        EventShape message = plain with { Position = 8, Data = default, Message = Full };
        var page = new EventPage([plain, message, plain with { CustomerId = null, ConversationId = null }], 9);
        EventPage asSerialized = page with { Data = [page.Data[0], message with { Data = new RawJson(JsonSerializer.Serialize(Full, ApiJson.Options)) }, page.Data[2]] };
        Written(target => EventJson.Write(target, page)).ShouldBe(JsonSerializer.Serialize(asSerialized, ApiJson.Options));
    }

    [Fact]
    public void No_property_of_a_message_or_event_is_forgotten()
    {
        string[] names = [.. Names<MessageShape>()];
        names.ShouldBe(JsonNode.Parse(JsonSerializer.Serialize(Full, ApiJson.Options))!.AsObject().Select(p => p.Key), "a new property needs a value here");
        Names<EventShape>().ShouldBe(["position", "id", "type", "at", "customer_id", "conversation_id", "data"]);
    }

    private static IEnumerable<string> Names<T>() =>
        ApiJson.Options.GetTypeInfo(typeof(T)).Properties.Where(p => p.Get is not null).Select(p => p.Name);

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var target = new ArrayBufferWriter<byte>();
        write(target);
        return Encoding.UTF8.GetString(target.WrittenSpan);
    }
}
