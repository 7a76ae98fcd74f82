using System.Text;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChannelHub.Adapters.Tests.Http;

public sealed class HttpVerificationTests
{
    private static readonly DateTimeOffset Now = HttpExamples.Now;
    private static readonly Recording Hello = new()
    {
        Name = "hello",
        Body = Encoding.UTF8.GetBytes("""
            {"type":"message.received","data":{"external_id":"m-1","content":[{"type":"text","text":"Hello"}],
            "sender":{"external_id":"u-1","phone":"+447700900123","phone_verified":true}}}
            """),
    };

    [Fact]
    public void The_published_vector_verifies_and_a_changed_copy_does_not()
    {
        const string body = """{"type":"message.created","timestamp":"2026-09-21T12:00:00Z","data":{"id":"m1"}}""";
        DateTimeOffset at = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
        Recording vector = new Recording { Name = "vector", Body = Encoding.UTF8.GetBytes(body) }
            .WithHeader("webhook-id", "msg_1")
            .WithHeader("webhook-timestamp", "1790000000")
            .WithHeader("webhook-signature", "v1,prbUkmV8HWiAtT/RrnwOLb7O7v+yTMc7HKtW4s6GIIo=");

        Receive(vector, at).ShouldNotBeNull();
        Receive(vector.WithBody(Encoding.UTF8.GetBytes(body.Replace("m1", "m2", StringComparison.Ordinal))), at).ShouldBeNull();
        Receive(vector.WithHeader("webhook-id", "msg_2"), at).ShouldBeNull();
        Receive(vector.WithHeader("webhook-timestamp", "1790000001"), at).ShouldBeNull();
    }

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    public void A_signature_counts_for_five_minutes_either_way(int seconds, bool accepted) =>
        (Receive(HttpExamples.Signed(Hello, Now.AddSeconds(seconds))) is not null).ShouldBe(accepted);

    [Theory]
    [InlineData("{0} v1,bm90IHRoaXMgb25l", true)]
    [InlineData("v1,bm90IHRoaXMgb25l v2,whatever v1a,c29tZXRoaW5n {0}", true)]
    [InlineData("v2,{0}", false)]
    [InlineData("", false)]
    [InlineData("v1,", false)]
    [InlineData("v1", false)]
    [InlineData("v1,====", false)]
    public void Any_known_signature_of_the_list_is_enough(string list, bool accepted)
    {
        Recording signed = HttpExamples.Signed(Hello, Now);
        string header = string.Format(list, signed.Headers["webhook-signature"]);
        (Receive(signed.WithHeader("webhook-signature", header)) is not null).ShouldBe(accepted);
    }

    [Fact]
    public void A_signature_cut_short_does_not_count()
    {
        Recording signed = HttpExamples.Signed(Hello, Now);
        byte[] whole = Convert.FromBase64String(signed.Headers["webhook-signature"][3..]);
        for (int length = 0; length < whole.Length; length++)
            Receive(signed.WithHeader("webhook-signature", "v1," + Convert.ToBase64String(whole[..length]))).ShouldBeNull();
    }

    [Fact]
    public void A_signature_of_another_version_does_not_count_even_if_its_bytes_are_right()
    {
        Recording signed = HttpExamples.Signed(Hello, Now);
        Receive(signed.WithHeader("webhook-signature", "v9" + signed.Headers["webhook-signature"][2..])).ShouldBeNull();
    }

    [Theory]
    [InlineData("whsec_")]
    [InlineData("whsec_%%%")]
    [InlineData("")]
    [InlineData("whsec_\u0141")]
    public void A_malformed_secret_never_verifies(string secret)
    {
        // What a careless implementation would make of it: an empty key, or the characters themselves.
        foreach (byte[] key in (byte[][])[[], Encoding.UTF8.GetBytes(secret)])
        {
            string forged = HttpExamples.Signature("whsec_" + Convert.ToBase64String(key), "msg_1", "1790000000", Hello.Body.Span);
            Recording request = HttpExamples.Signed(Hello, DateTimeOffset.FromUnixTimeSeconds(1_790_000_000)).WithHeader("webhook-signature", forged);
            Receive(request, DateTimeOffset.FromUnixTimeSeconds(1_790_000_000), new HttpSettings { InboundSecrets = [secret] }).ShouldBeNull();
        }
    }

    [Fact]
    public void Either_of_two_secrets_verifies_while_one_replaces_the_other()
    {
        const string next = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3";
        var settings = new HttpSettings { InboundSecrets = [HttpExamples.InboundSecret, next] };
        Receive(HttpExamples.Signed(Hello, Now), Now, settings).ShouldNotBeNull();
        Receive(HttpExamples.Signed(Hello, Now, secret: next), Now, settings).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("Bearer correct-horse-battery", true)]
    [InlineData("bearer correct-horse-battery", true)]
    [InlineData("Basic correct-horse-battery", false)]
    [InlineData("correct-horse-battery", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Bearer correct-horse-batterY", false)]
    public void A_token_is_accepted_as_a_bearer_only(string authorization, bool accepted) =>
        (Receive(Hello.WithHeader("authorization", authorization)) is not null).ShouldBe(accepted);

    [Fact]
    public void Without_an_inbound_token_no_bearer_is_accepted()
    {
        var settings = new HttpSettings { InboundSecrets = [HttpExamples.InboundSecret] };
        foreach (string authorization in (string[])["Bearer ", "Bearer", "Bearer null", "Bearer •••"])
            Receive(Hello.WithHeader("authorization", authorization), Now, settings).ShouldBeNull();
    }

    [Fact]
    public void A_signed_request_proves_its_sender_and_verified_contacts()
    {
        Sender sender = SenderOf(Receive(HttpExamples.Signed(Hello, Now)));
        sender.Assurance.ShouldBe(Assurance.Proven);
        sender.Learned.ShouldBe([new LearnedKey(new Key(KeyKinds.Phone, "+447700900123"), Assurance.Proven, LearnedAs.Contact)]);
    }

    [Fact]
    public void A_bearer_request_asserts_its_sender_and_proves_no_contact_whatever_else_it_carries()
    {
        Recording bearer = Hello.WithHeader("authorization", "Bearer " + HttpExamples.Token);
        Recording stale = HttpExamples.Signed(bearer, Now.AddMinutes(-6));
        Recording strayed = bearer.WithHeader("webhook-id", "x").WithHeader("webhook-timestamp", "x").WithHeader("webhook-signature", "v1,x");
        foreach (Recording request in (Recording[])[bearer, stale, strayed])
        {
            Sender sender = SenderOf(Receive(request));
            sender.Assurance.ShouldBe(Assurance.Asserted);
            sender.Learned[0].Assurance.ShouldBe(Assurance.Claimed);
        }
    }

    [Fact]
    public void A_signed_request_that_also_carries_a_token_is_taken_as_signed() =>
        SenderOf(Receive(HttpExamples.Signed(Hello, Now).WithHeader("authorization", "Bearer something else"))).Assurance.ShouldBe(Assurance.Proven);

    [Fact]
    public void Verified_contacts_are_proven_only_where_that_is_trusted()
    {
        HttpSettings settings = HttpExamples.Settings(new Uri("http://127.0.0.1/"));
        SenderOf(Receive(HttpExamples.Signed(Hello, Now), Now, settings with { TrustVerified = false })).Learned[0].Assurance.ShouldBe(Assurance.Claimed);
        var claimed = new HttpCapabilities { Identity = new HttpIdentity { Phone = "claimed" } };
        SenderOf(Receive(HttpExamples.Signed(Hello, Now), Now, settings with { Capabilities = claimed })).Learned[0].Assurance.ShouldBe(Assurance.Claimed);
        var unverified = new HttpCapabilities { Identity = new HttpIdentity { Verified = false } };
        SenderOf(Receive(HttpExamples.Signed(Hello, Now), Now, settings with { Capabilities = unverified })).Assurance.ShouldBe(Assurance.Asserted);
    }

    [Fact]
    public void A_declared_scheme_is_the_scope_of_sender_ids()
    {
        HttpSettings settings = HttpExamples.Settings(new Uri("http://127.0.0.1/"));
        SenderOf(Receive(HttpExamples.Signed(Hello, Now), Now, settings)).Key.ShouldBe(new Key("app", KeyScopes.Channel, "u-1"));
        var scheme = new HttpCapabilities { Identity = new HttpIdentity { Scheme = "acme-app" } };
        SenderOf(Receive(HttpExamples.Signed(Hello, Now), Now, settings with { Capabilities = scheme })).Key.ShouldBe(new Key("app", "acme-app", "u-1"));
    }

    [Fact]
    public void Sender_ids_may_be_telephone_numbers_or_mail_addresses()
    {
        static Recording From(string id) => new()
        {
            Name = "gateway",
            Body = Encoding.UTF8.GetBytes("""{"type":"message.received","data":{"external_id":"m","sender":{"external_id":"ID"},"content":[{"type":"text","text":"x"}]}}""".Replace("ID", id, StringComparison.Ordinal)),
        };
        HttpSettings Of(string kind) => HttpExamples.Settings(new Uri("http://127.0.0.1/")) with { Capabilities = new HttpCapabilities { Identity = new HttpIdentity { Kind = kind } } };

        SenderOf(Receive(HttpExamples.Signed(From("+48 600 100 200"), Now), Now, Of("phone"))).Key.ShouldBe(new Key(KeyKinds.Phone, "+48 600 100 200"));
        SenderOf(Receive(HttpExamples.Signed(From("ada@example.org"), Now), Now, Of("email"))).Key.ShouldBe(new Key(KeyKinds.Email, "ada@example.org"));
        SenderOf(Receive(HttpExamples.Signed(From("ada@example.org"), Now), Now, Of("telepathy"))).Key.Kind.ShouldBe(KeyKinds.App);
        foreach ((string kind, string id) in new[] { ("phone", "ada"), ("email", "ada") })
            Receive(HttpExamples.Signed(From(id), Now), Now, Of(kind))!.Entries.ShouldHaveSingleItem().ShouldBeOfType<Entry.Rejected>().Errors[0].Field.ShouldEndWith("external_id");
        new HttpChannelType().KeyKind(Of("phone")).ShouldBe(KeyKinds.Phone);
        new HttpChannelType().KeyKind(HttpExamples.Settings(new Uri("http://127.0.0.1/"))).ShouldBe(KeyKinds.App);
    }

    [Fact]
    public void Events_without_an_id_are_told_apart_by_their_time_or_their_delivery()
    {
        Recording Reaction(string timestamp) => new()
        {
            Name = "reaction",
            Body = Encoding.UTF8.GetBytes("""{"type":"reaction.changed",""" + timestamp + """ "data":{"message_id":"m","emoji":"👍","sender":{"external_id":"u"}}}"""),
        };
        string Key(Recording recording, string id) => EventOf(Receive(HttpExamples.Signed(recording, Now, id))).Key;

        Recording timed = Reaction("""  "timestamp":"2026-09-21T12:00:00Z", """);
        Key(timed, "a").ShouldBe(Key(timed, "b"), "the event's own time says that it is the same");
        Key(timed, "a").ShouldNotBe(Key(Reaction("""  "timestamp":"2026-09-21T12:00:01Z", """), "a"));
        Recording timeless = Reaction("");
        Key(timeless, "a").ShouldBe(Key(timeless, "a"), "a redelivery has the id of the first delivery");
        Key(timeless, "a").ShouldNotBe(Key(timeless, "b"));
    }

    [Fact]
    public void The_order_and_the_spacing_of_fields_do_not_change_a_key()
    {
        Recording Of(string body) => new() { Name = "status", Body = Encoding.UTF8.GetBytes(body) };
        string first = EventOf(Receive(HttpExamples.Signed(Of("""{"type":"message.status","data":{"outbound_id":"o","status":"read"}}"""), Now))).Key;
        string second = EventOf(Receive(HttpExamples.Signed(Of("""{ "data": {"status": "read", "outbound_id": "o"}, "type": "message.status" }"""), Now))).Key;
        second.ShouldBe(first);
    }

    private static Received? Receive(Recording recording, DateTimeOffset? at = null, HttpSettings? settings = null)
    {
        var type = new HttpChannelType();
        using var client = new HttpClient();
        IChannel channel = type.Open(
            settings ?? HttpExamples.Settings(new Uri("http://127.0.0.1/")), new ChannelEnvironment(client, TimeProvider.System, NullLogger.Instance));
        return recording.ReceiveBy(type, channel, at ?? Now);
    }

    private static ChannelEvent EventOf(Received? received) => received.ShouldNotBeNull().Entries[0].ShouldBeOfType<Entry.Understood>().Event;

    private static Sender SenderOf(Received? received) => EventOf(received).ShouldBeOfType<MessageReceived>().Sender;
}
