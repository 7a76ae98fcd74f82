#pragma warning disable CS1591 // The names of the tests are the sentences that describe them.
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace ChannelHub.Adapters.Conformance;

public abstract partial class ChannelConformance
{
    [Fact]
    public virtual Task Every_recorded_webhook_is_accepted() => ForEach(Pushed, (receiver, recording) =>
        Assert.NotNull(Authentic(receiver, recording)));

    [Fact]
    public virtual Task A_tampered_webhook_is_forged() => ForEach(Pushed, (receiver, recording) =>
    {
        Recording signed = facts.Sign(recording);
        Assert.True(((IWebhookReceiver)receiver).Verify(signed.ToRequest(facts.Now)));
        Assert.False(((IWebhookReceiver)receiver).Verify(facts.Tamper!(signed).ToRequest(facts.Now)));
    });

    [Fact]
    public virtual Task A_proof_with_one_wrong_byte_is_forged() => ForEach(Pushed, (receiver, recording) =>
    {
        Recording signed = facts.Sign(recording);
        // What cannot be left out is a proof, wherever the scheme keeps it; a proof in the body is for the tampering to change.
        foreach ((string header, string value) in signed.Headers.Where(header => !Good(header.Key, null)))
        {
            foreach (int place in (int[])[0, value.Length / 2, value.Length - 1])
                Assert.False(Good(header, $"{value[..place]}{(char)(value[place] ^ 1)}{value[(place + 1)..]}"), $"{header} may differ at {place}");
            Assert.False(Good(header, value[..^1]), $"{header} may be cut");
            Assert.False(Good(header, value + value[^1]), $"{header} may be longer");
        }

        bool Good(string header, string? value) => ((IWebhookReceiver)receiver).Verify(signed.WithHeader(header, value).ToRequest(facts.Now));
    });

    [Fact]
    public virtual Task A_request_with_odd_headers_is_judged_and_never_throws() => ForEach(Pushed, (receiver, recording) =>
    {
        Recording signed = facts.Sign(recording);
        foreach (string header in signed.Headers.Keys)
        {
            foreach (string odd in (string[])["", " ", ",", "=", "\u0000", "ł€", "v1,", new string('a', 9000), "-1", "99999999999999999999"])
                ((IWebhookReceiver)receiver).Verify(signed.WithHeader(header, odd).ToRequest(facts.Now));
        }
    });

    [Fact]
    public virtual Task Parsing_gives_what_was_approved() => ForEach(All, (receiver, recording) =>
    {
        string actual = NormalisedJson.Of(receiver.Parse(Authentic(receiver, recording)!));
        if (recording.ApprovedPath is not { } path)
            return;
        if (Environment.GetEnvironmentVariable("CHANNELHUB_APPROVE") == "1")
            File.WriteAllText(path, actual);
        Assert.True(File.Exists(path), $"{path} is missing; run with CHANNELHUB_APPROVE=1 and read what it writes");
        Assert.Equal(File.ReadAllText(path), actual);
    });

    [Fact]
    public virtual Task Parsing_twice_gives_the_same_also_on_another_account_object() => ForEach(All, (receiver, recording) =>
    {
        string first = NormalisedJson.Of(receiver.Parse(Authentic(receiver, recording)!));
        Assert.Equal(first, NormalisedJson.Of(receiver.Parse(Authentic(receiver, recording)!)));
        Assert.Equal(first, NormalisedJson.Of(((IReceiver)Open()).Parse(Authentic(receiver, recording)!)));
    });

    // A key made from the time of arrival would make every redelivery a new event.
    [Fact]
    public virtual Task A_redelivery_next_day_has_the_same_keys() => ForEach(All, (receiver, recording) =>
    {
        AuthenticInput input = Authentic(receiver, recording)!;
        Assert.Equal(Keys(receiver.Parse(input)), Keys(receiver.Parse(input with { ReceivedAt = input.ReceivedAt.AddDays(1) })));

        static IEnumerable<string> Keys(Received received) => received.Entries.OfType<Entry.Understood>().Select(entry => entry.Event.Key);
    });

    [Fact]
    public virtual Task Events_are_sound() => ForEach(All, (receiver, recording) =>
    {
        Received received = receiver.Parse(Authentic(receiver, recording)!);
        Sound(received);
        NothingIsGivenAway([.. received.Entries.SelectMany(entry => Strings.In(entry))]);
        IEnumerable<string> keys = received.Entries.OfType<Entry.Understood>().Select(entry => entry.Event.Key);
        Assert.Distinct(keys);
    });

    [Fact]
    public virtual Task A_body_that_means_nothing_never_throws() => ForEach(All, (receiver, recording) =>
    {
        foreach (byte[] body in (byte[][])[[], "{"u8.ToArray(), "[]"u8.ToArray(), "null"u8.ToArray(), "{}"u8.ToArray(), "=&="u8.ToArray()])
            ParseHostile(receiver, recording, body);
    });

    [Fact]
    public virtual Task A_body_cut_at_any_byte_never_throws() => ForEach(All, (receiver, recording) =>
    {
        for (int length = 0; length < recording.Body.Length; length++)
            ParseHostile(receiver, recording, recording.Body[..length]);
    });

    [Fact]
    public virtual Task Random_bytes_never_throw() => ForEach(All, (receiver, recording) =>
    {
        var random = new Random(20260921);
        for (int round = 0; round < 300; round++)
        {
            byte[] noise = new byte[random.Next(400)];
            random.NextBytes(noise);
            ParseHostile(receiver, recording, noise);
            byte[] damaged = recording.Body.ToArray();
            for (int hits = 0; damaged.Length > 0 && hits < 4; hits++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            ParseHostile(receiver, recording, damaged);
        }
    });

    [Fact]
    public virtual Task Any_JSON_value_in_the_place_of_another_never_throws() => ForEach(All, (receiver, recording) =>
    {
        foreach (byte[] body in JsonMutations.Of(recording.Body))
            ParseHostile(receiver, recording, body);
    });

    private IEnumerable<Recording> All => Lacks<IReceiver>() ? [] : facts.Webhooks;

    private IEnumerable<Recording> Pushed => Lacks<IWebhookReceiver>() ? [] : facts.Webhooks.Where(recording => recording.Method != "PULL");

    private Task ForEach(IEnumerable<Recording> recordings, Action<IReceiver, Recording> test)
    {
        var failures = new List<string>();
        foreach (Recording recording in recordings)
        {
            try
            {
                test((IReceiver)Open(), recording);
            }
            catch (Exception failure)
            {
                failures.Add($"{recording.Name}: {failure}");
            }
        }
        NothingIsGivenAway();
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        return Task.CompletedTask;
    }

    private AuthenticInput? Authentic(IReceiver receiver, Recording recording)
    {
        Recording whole = recording.Method == "PULL" ? recording : facts.Sign(recording);
        return whole.Authenticate(receiver, facts.Type.Info, facts.Now);
    }

    private void ParseHostile(IReceiver receiver, Recording recording, ReadOnlyMemory<byte> body)
    {
        if (hostile++ % OneHostileIn != 0)
            return;
        try
        {
            // A scheme whose proof lies in the body refuses a broken one; that is an answer too.
            if (Authentic(receiver, recording.WithBody(body)) is { } input)
                Sound(receiver.Parse(input));
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"with the body {Encoding.UTF8.GetString(body.Span)}", failure);
        }
    }

    private static void Sound(Received received)
    {
        foreach (Entry entry in received.Entries)
        {
            switch (entry)
            {
                case Entry.Understood understood:
                    Sound(understood.Event);
                    break;
                case Entry.Unreadable unreadable:
                    Assert.False(string.IsNullOrWhiteSpace(unreadable.Reason));
                    break;
                case Entry.Elsewhere elsewhere:
                    Assert.False(string.IsNullOrWhiteSpace(elsewhere.Account));
                    break;
                case Entry.Rejected rejected:
                    Assert.NotEmpty(rejected.Errors);
                    break;
            }
        }
        // A half character or a NUL that got through breaks the database or the API later.
        foreach (string text in received.Entries.OfType<Entry.Understood>().SelectMany(entry => Strings.In(entry)))
            Assert.False(Strings.CannotBeStored(text), "an event holds U+0000 or half a character");
    }

    private static void Sound(ChannelEvent happened)
    {
        Assert.InRange(happened.Key.Length, 1, 256);
        Assert.Equal(TimeSpan.Zero, happened.At?.Offset ?? TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, (happened as ThreadReported)?.UpTo?.Offset ?? TimeSpan.Zero);
        foreach (Sender sender in Strings.Senders(happened))
        {
            foreach (Key key in sender.Learned.Select(learned => learned.Key).Prepend(sender.Key))
            {
                Assert.Matches(KeyKind(), key.Kind);
                Assert.InRange(key.Value.Length, 1, 512);
            }
        }
        if (happened is MessageReceived received)
            Assert.NotEmpty(received.Parts);
        if (happened is MessageEchoed echoed)
            Assert.NotEmpty(echoed.Parts);
        if (happened is Ignored ignored)
            Assert.False(string.IsNullOrWhiteSpace(ignored.Reason));
    }

    // Made once: it looks at every sender of some hundred thousand bodies.
    [GeneratedRegex("^[a-z0-9_]{1,32}$", RegexOptions.None, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex KeyKind();
}
