using System.Diagnostics;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Tests.Email;
using ChannelHub.Mail.Mime;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace ChannelHub.Tests.Email;

/// <summary>A mailbox on Dovecot and Postfix, as a shop has one.</summary>
[Trait("engine", "sqlite")] // The way in is the same on both, and twice would take too long.
public sealed class RealMailTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Ada = "ada@customer.example";
    private const string Charles = "charles@colleague.example";

    private readonly FakeSmtp gone = new();
    private MailTown? town;
    private TestHub hub = null!;
    private string channel = null!;

    public async Task InitializeAsync()
    {
        town = await MailTown.StartAsync(gone.Port);
        hub = await TestHub.StartAsync();
        if (town is not null)
            channel = await hub.AddChannelAsync("email", Settings(town));
    }

    public async Task DisposeAsync()
    {
        await hub.DisposeAsync();
        if (town is not null)
            await town.DisposeAsync();
        await gone.DisposeAsync();
    }

    [Fact]
    public async Task A_conversation_is_one_thread_in_every_mail_program_that_takes_part()
    {
        if (town is null)
            return;
        await town.PostAsync(Ada, MailTown.Shop, Mail(Ada, "Parcel", "m1", "Where is it?"));
        await StoredAsync(1);
        await AnswerAsync("On its way.");
        MimeMessage first = (await town.MailsOfAsync(Ada, 1))[0];
        first.Subject.ShouldBe("Re: Parcel");
        first.InReplyTo.ShouldBe(["m1@customer.example"]);

        await town.PostAsync(Ada, first.ReplyTo[0].Address, Mail(Ada, "Re: Parcel", "m2", "Thanks!", first));
        await StoredAsync(2);
        await AnswerAsync("Welcome.");
        MimeMessage second = (await town.MailsOfAsync(Ada, 2))[1];
        second.References.ShouldBe(["m1@customer.example", first.MessageId!, "m2@customer.example"]);

        // Ada hands it to a colleague, whose program keeps the references.
        await town.PostAsync(Charles, MailTown.Shop, Mail(Charles, "Fwd: Parcel", "c1", "I signed for it.", second));
        await StoredAsync(3);
        JsonArray thread = await ThreadAsync();
        // All of it within a second, and mail tells whole seconds: the order is of no meaning here.
        thread.Select(one => (string)one!["author"]!["kind"]!).Order().ShouldBe(["agent", "agent", "customer", "customer", "participant"]);
        (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_bounce_that_Postfix_writes_is_the_fate_of_the_message()
    {
        if (town is null)
            return;
        gone.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 nobody of that name" : null;
        await town.PostAsync("eve@gone.example", MailTown.Shop, Mail("eve@gone.example", "Parcel", "e1", "Where?"));
        await StoredAsync(1);
        JsonNode sent = await AnswerAsync("Here.", "eve@gone.example");
        JsonNode failed = await hub.UntilAsync($"/v1/messages/{sent["id"]}", one => (string?)one["state"] == "failed");
        ((string)failed["error"]!["kind"]!).ShouldBe("unknown_recipient");
        ((string)failed["error"]!["detail"]!).ShouldContain("nobody of that name");
        (await ThreadAsync("eve@gone.example")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Mail_is_there_within_two_seconds()
    {
        if (town is null)
            return;
        await town.PostAsync(Ada, MailTown.Shop, Mail(Ada, "Hello", "m0", "warm"));
        await StoredAsync(1);
        var latencies = new List<TimeSpan>();
        for (int i = 1; i <= 5; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await town.PostAsync(Ada, MailTown.Shop, Mail(Ada, "Hello", "m" + i, "again"));
            await StoredAsync(1 + i);
            latencies.Add(Stopwatch.GetElapsedTime(start));
        }
        output.WriteLine("from handing in to stored: " + string.Join(", ", latencies.Select(one => $"{one.TotalMilliseconds:0} ms")));
        latencies.Order().ElementAt(2).ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_server_that_is_killed_and_comes_back_renumbered_costs_no_mail()
    {
        if (town is null)
            return;
        for (int i = 0; i < 300; i++)
            town.Drop(i, Mail(Ada, "Mail " + i, "d" + i, "text"));
        await hub.UntilAsync($"/v1/channels/{channel}/accounting", accounting => (long)accounting["stored"]! > 20);
        await town.KillImapAsync();
        town.Drop(300, Mail(Ada, "Meanwhile", "n1", "text"));
        town.Renumber();
        await town.StartImapAsync();
        JsonNode accounting = await StoredAsync(301);
        ((long)accounting["quarantined"]!).ShouldBe(0);
        output.WriteLine(accounting.ToJsonString());
    }

    internal static object Settings(MailTown town) => new
    {
        address = MailTown.Shop, display_name = "Shop", password = MailTown.Password,
        imap = new { host = "127.0.0.1", port = town.ImapPort, security = "none" },
        smtp = new { host = "127.0.0.1", port = town.SmtpPort, security = "none" },
    };

    internal static string Mail(string from, string subject, string id, string text, MimeMessage? answers = null)
    {
        string chain = answers is null ? "" : $"In-Reply-To: <{answers.MessageId}>\nReferences: {string.Join(' ', answers.References.Append(answers.MessageId!).Select(one => $"<{one}>"))}\n";
        return $"From: <{from}>\nTo: <{MailTown.Shop}>\nSubject: {subject}\nMessage-ID: <{id}@{from.Split('@')[1]}>\nDate: {DateTimeOffset.UtcNow:r}\n{chain}\n{text}\n";
    }

    private Task<JsonNode> StoredAsync(long count) =>
        hub.UntilAsync($"/v1/channels/{channel}/accounting", accounting => (long)accounting["stored"]! == count);

    private async Task<JsonArray> ThreadAsync(string of = Ada) =>
        (await hub.GetAsync($"/v1/conversations/{await ConversationAsync(of)}/messages?order=asc"))["data"]!.AsArray();

    private async Task<JsonNode> AnswerAsync(string text, string to = Ada) =>
        await hub.PostAsync($"/v1/conversations/{await ConversationAsync(to)}/messages", new { parts = new[] { new { type = "text", text } } }, expect: 202);

    private async Task<string> ConversationAsync(string address) =>
        (string)(await hub.GetAsync("/v1/customers?identity=email:" + address))["data"]![0]!["conversation_id"]!;
}
