using System.Text;
using ChannelHub.Mail.Imap;

namespace ChannelHub.Mail.Tests.Imap;

public sealed class ImapClientTests
{
    private const string Capable = "* OK [CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS SASL-IR AUTH=PLAIN AUTH=XOAUTH2] hello\n";
    private static readonly ImapOptions Options = new() { PieceBytes = 1_000, Patience = TimeSpan.FromSeconds(20) };
    private static CancellationToken Never => CancellationToken.None;

    [Fact]
    public Task A_mailbox_is_opened_searched_described_and_read_in_pieces()
    {
        byte[] mail = Encoding.ASCII.GetBytes("Subject: x\r\n\r\n" + new string('a', 2_300));
        return With(async server =>
        {
            await server.Answer("SELECT \"INBOX\"", "* 3 EXISTS\n* OK [UIDVALIDITY 77] x\n* OK [UIDNEXT 12] x\n* FLAGS (\\Seen)\n# OK [READ-WRITE] done");
            await server.Answer("UID SEARCH UID 9:*", "* SEARCH 11 10 8\n# OK done");
            await server.Answer("UID FETCH 10,11 (UID FLAGS RFC822.SIZE INTERNALDATE)",
                "* 2 FETCH (UID 10 FLAGS (\\Seen) RFC822.SIZE 2314 INTERNALDATE \"17-Jul-2026 02:44:25 -0700\")\n* 9 EXISTS\n# OK done");
            foreach (int offset in new[] { 0, 1_000, 2_000 })
            {
                string tag = await server.Expect($"UID FETCH 10 (UID BODY.PEEK[]<{offset}.1000>)");
                byte[] piece = mail.AsSpan(offset, Math.Min(1_000, mail.Length - offset)).ToArray();
                await server.Say($"* 2 FETCH (UID 10 BODY[]<{offset}> {{{piece.Length}}}\r\n");
                await server.SayRaw(piece);
                await server.Say($")\n{tag} OK done\n");
            }
        }, async client =>
        {
            ImapSelected inbox = (await client.SelectAsync("INBOX", readOnly: false, Never)).ShouldNotBeNull();
            inbox.ShouldBe(new ImapSelected(77, 12, 3, IsReadOnly: false));
            (IReadOnlyList<uint> found, int all) = await client.SearchAboveAsync(8, 100, Never);
            found.ShouldBe([10u, 11u]);
            all.ShouldBe(2);
            ImapMail only = (await client.DescribeAsync(found, Never)).ShouldHaveSingleItem();
            only.Size.ShouldBe(2314);
            only.Flags.ShouldBe(["\\Seen"]);
            only.Received.ShouldBe(new DateTimeOffset(2026, 7, 17, 2, 44, 25, TimeSpan.FromHours(-7)));
            using MemoryStream target = new();
            (await client.FetchAsync(10, target, 1_000_000, Never)).ShouldBe(ImapFetched.Whole);
            target.ToArray().ShouldBe(mail);
        });
    }

    [Fact]
    public void A_renumbered_folder_is_read_from_the_beginning()
    {
        ImapSelected now = new(78, 0, 5, IsReadOnly: false);
        now.Resume(new ImapCursor(78, 40)).ShouldBe(new ImapCursor(78, 40));
        now.Resume(new ImapCursor(77, 40)).ShouldBe(new ImapCursor(78, 0));
        now.Resume(null).ShouldBe(new ImapCursor(78, 0));
    }

    [Fact]
    public Task The_newest_old_mail_is_not_found_again_and_again() => With(
        server => server.Answer("UID SEARCH UID 51:*", "* SEARCH 50\n# OK done"),
        async client => (await client.SearchAboveAsync(50, 10, Never)).Uids.ShouldBeEmpty());

    [Fact]
    public Task A_mail_over_the_limit_is_cut_and_one_that_is_gone_is_told() => With(
        async server =>
        {
            await server.Answer("UID FETCH 5 (UID BODY.PEEK[]<0.6>)", "* 1 FETCH (UID 5 BODY[]<0> \"abcdef\")\n# OK done");
            await server.Answer("UID FETCH 6 (UID BODY.PEEK[]<0.6>)", "# OK done");
        },
        async client =>
        {
            using MemoryStream target = new();
            (await client.FetchAsync(5, target, 5, Never)).ShouldBe(ImapFetched.Cut);
            Encoding.ASCII.GetString(target.ToArray()).ShouldBe("abcde");
            (await client.FetchAsync(6, target, 5, Never)).ShouldBe(ImapFetched.Gone);
        });

    [Fact]
    public Task Flags_and_moves_are_asked_for() => With(
        async server =>
        {
            await server.Answer("UID STORE 7 +FLAGS.SILENT (\\Seen)", "# OK done");
            await server.Answer("UID MOVE 7 \"Done\"", "# OK done");
            await server.Answer("UID MOVE 8 \"&U,BTFw-\"", "# NO [TRYCREATE] no such folder");
        },
        async client =>
        {
            (await client.FlagAsync(7, ["\\Seen"], set: true, Never)).IsOk.ShouldBeTrue();
            (await client.MoveAsync(7, "Done", Never)).IsOk.ShouldBeTrue();
            (await client.MoveAsync(8, "台北", Never)).Code.ShouldBe("TRYCREATE");
        });

    [Fact]
    public Task Without_MOVE_a_mail_is_copied_and_expunged_alone() => With(
        async server =>
        {
            await server.Answer("UID COPY 7 \"Done\"", "# OK done");
            await server.Answer("UID STORE 7 +FLAGS.SILENT (\\Deleted)", "# OK done");
            await server.Answer("UID EXPUNGE 7", "* 1 EXPUNGE\n# OK done");
        },
        async client => (await client.MoveAsync(7, "Done", Never)).IsOk.ShouldBeTrue(),
        "* OK [CAPABILITY IMAP4rev1 UIDPLUS] hi\n");

    [Fact]
    public Task Folders_are_listed_with_their_names_decoded() => With(
        server => server.Answer("LIST \"\" \"*\"", "* LIST (\\HasNoChildren \\Sent) \"/\" \"&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-\"\n* LIST (\\Noselect) NIL {3}\nabc\n# OK done"),
        async client =>
        {
            IReadOnlyList<ImapFolder> folders = await client.ListAsync(Never);
            folders.Select(f => f.Name).ShouldBe(["Отправленные", "abc"]);
            folders[0].Attributes.ShouldContain("\\Sent");
        });

    [Fact]
    public Task A_password_goes_by_PLAIN_a_token_by_XOAUTH2_and_a_refusal_is_an_answer() => With(
        async server =>
        {
            await server.Answer("AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=", "# OK [CAPABILITY IMAP4rev1 IDLE] in");
            await server.Answer("AUTHENTICATE XOAUTH2", "+ ");
            (await server.Line()).ShouldBe("dXNlcj1oZWxwQHNob3AuZXhhbXBsZQFhdXRoPUJlYXJlciB0b2sxMjMBAQ==");
            await server.Say("+ eyJzdGF0dXMiOiI0MDEifQ==\n");
            (await server.Line()).ShouldBe("");
            await server.Say("A2 NO [AUTHENTICATIONFAILED] expired\n");
        },
        async client =>
        {
            (await client.AuthenticateAsync(new MailCredentials.Password("ann", "secret"), Never)).IsOk.ShouldBeTrue();
            ImapReply refused = await client.AuthenticateAsync(new MailCredentials.Token("help@shop.example", "tok123"), Never);
            refused.Code.ShouldBe("AUTHENTICATIONFAILED");
        });

    [Fact]
    public Task LOGIN_sends_an_odd_password_as_a_literal() => With(
        async server =>
        {
            await server.Expect("LOGIN \"ann\" {6}");
            await server.Say("+ go\n");
            (await server.Line()).ShouldBe("pä\"s\\");
            await server.Say("A1 OK in\n");
            await server.Answer("CAPABILITY", "* CAPABILITY IMAP4rev1 LITERAL+\n# OK");
            await server.Expect("LOGIN \"ann\" {6+}");
            (await server.Line()).ShouldBe("pä\"s\\");
            await server.Say("A3 OK [CAPABILITY IMAP4rev1] in\n");
        },
        async client =>
        {
            MailCredentials.Password password = new("ann", "pä\"s\\");
            (await client.AuthenticateAsync(password, Never)).IsOk.ShouldBeTrue();
            (await client.AuthenticateAsync(password, Never)).IsOk.ShouldBeTrue();
        },
        "* OK [CAPABILITY IMAP4rev1] hi\n");

    [Fact]
    public Task Idle_ends_when_mail_comes_and_when_the_time_is_over() => With(
        async server =>
        {
            string tag = await server.Expect("IDLE");
            await server.Say("+ idling\n* OK still here\n* 4 EXISTS\n");
            (await server.Line()).ShouldBe("DONE");
            await server.Say($"{tag} OK done\n");
            tag = await server.Expect("IDLE");
            await server.Say("+ idling\n");
            (await server.Line()).ShouldBe("DONE");
            await server.Say($"{tag} OK done\n");
        },
        async client =>
        {
            await client.WaitAsync(TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(5), Never);
            await client.WaitAsync(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5), Never);
        });

    [Fact]
    public Task What_came_while_one_searched_is_not_waited_for() => With(
        async server =>
        {
            await server.Answer("UID SEARCH UID 5:*", "* SEARCH\n* 4 EXISTS\n# OK done");
            await server.Answer("UID SEARCH UID 5:*", "* SEARCH 5\n# OK done");
        },
        async client =>
        {
            (await client.SearchAboveAsync(4, 10, Never)).Uids.ShouldBeEmpty();
            await client.WaitAsync(TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(5), Never);
            (await client.SearchAboveAsync(4, 10, Never)).Uids.ShouldBe([5u]);
        });

    [Fact]
    public Task Where_there_is_no_IDLE_or_it_is_refused_the_mailbox_is_polled() => With(
        async server =>
        {
            await server.Answer("IDLE", "# BAD no");
            await server.Answer("NOOP", "# OK");
            await server.Answer("NOOP", "# OK");
        },
        async client =>
        {
            await client.WaitAsync(TimeSpan.FromMinutes(9), TimeSpan.FromMilliseconds(1), Never);
            await client.WaitAsync(TimeSpan.FromMinutes(9), TimeSpan.FromMilliseconds(1), Never);
        });

    [Fact]
    public async Task No_credentials_leave_before_TLS()
    {
        await Both.Sides(async server =>
        {
            await server.Say(Capable);
            (await server.Line()).ShouldBe(""); // the client hangs up without a word
        }, async stream =>
        {
            await using ImapClient client = new(stream, isSecure: false, Options);
            await client.GreetAsync(Never);
            (await client.AuthenticateAsync(new MailCredentials.Password("ann", "secret"), Never)).Code.ShouldBe("PRIVACYREQUIRED");
            (await client.StartTlsAsync((plain, _) => Task.FromResult(plain), Never)).IsOk.ShouldBeFalse();
        });
    }

    [Fact]
    public Task After_STARTTLS_everything_said_before_is_forgotten() => Both.Sides(async server =>
    {
        await server.Say("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN MOVE] hi\n");
        await server.Answer("STARTTLS", "# OK go");
        await server.Answer("CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED\n# OK");
    }, async stream =>
    {
        await using ImapClient client = new(stream, isSecure: false, Options);
        await client.GreetAsync(Never);
        (await client.StartTlsAsync((plain, _) => Task.FromResult(plain), Never)).IsOk.ShouldBeTrue();
        client.Has("MOVE").ShouldBeFalse();
        (await client.AuthenticateAsync(new MailCredentials.Password("ann", "secret"), Never)).IsOk.ShouldBeFalse();
    });

    [Theory]
    [InlineData("A1 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")]
    [InlineData("A1 OK go\r\nA2 OK\r\n")]
    [InlineData("A1 OK go\r\n* PREAUTH\r\n")]
    public Task Answers_slipped_in_before_TLS_end_the_connection(string answer) => Both.Sides(async server =>
    {
        await server.Say("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\n");
        await server.Expect("STARTTLS");
        await server.SayRaw(Encoding.ASCII.GetBytes(answer)); // one segment
    }, async stream =>
    {
        await using ImapClient client = new(stream, isSecure: false, Options);
        await client.GreetAsync(Never);
        bool secured = false;
        await Should.ThrowAsync<MailConnectionException>(() => client.StartTlsAsync((plain, _) =>
        {
            secured = true;
            return Task.FromResult(plain);
        }, Never));
        secured.ShouldBeFalse();
    });

    [Fact]
    public Task A_server_that_knows_us_before_TLS_is_not_believed() => Both.Sides(
        server => server.Say("* PREAUTH hello\n"),
        async stream =>
        {
            await using ImapClient client = new(stream, isSecure: false, Options);
            await Should.ThrowAsync<MailConnectionException>(() => client.GreetAsync(Never));
        });

    public static TheoryData<string> Hostile
    {
        get
        {
            string[] answers =
            [
                "* 1 FETCH (BODY[] {9999999999}\n", "* 1 FETCH (BODY[] {2147483648}\n", "* 1 FETCH (BODY[] {99999999}\n", "* 1 FETCH (UID -5 BODY[] \"\")\n",
                "* 1 FETCH (UID 99999999999 BODY[] \"x\")\n", "* 1 FETCH (UID x BODY[] \"x\")\n", "* 1 FETCH (RFC822.SIZE -1)\n",
                "* 1 FETCH (" + new string('(', 5_000) + "\n", "A999 OK other\n", "+ go on\n", "* BYE leaving\n", "", "garbage\n",
                string.Concat(Enumerable.Repeat("* 1 RECENT\n", 30_000)), new string('x', 5_000_000),
                "* 1 FETCH (UID 5 BODY[] {3}\nabc" + new string(' ', 100) + "{3}\n" + string.Concat(Enumerable.Repeat("abc {400000}\n" + new string('y', 400_000), 3)),
            ];
            return [.. answers];
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public Task A_hostile_server_loses_the_connection_and_nothing_else(string answer) => Both.Sides(async server =>
    {
        await server.Say(Capable);
        await server.Expect("UID FETCH");
        await server.SayRaw(Encoding.ASCII.GetBytes(answer.ReplaceLineEndings("\r\n")));
        server.HangUp();
    }, async stream =>
    {
        await using ImapClient client = new(stream, isSecure: true, Options);
        await client.GreetAsync(Never);
        using MemoryStream target = new();
        await Should.ThrowAsync<MailConnectionException>(() => client.FetchAsync(5, target, 1_000_000, Never));
        target.Length.ShouldBeLessThan(1_000_000);
    });

    [Fact]
    public Task A_connection_cut_inside_of_a_literal_is_told_from_a_short_mail() => With(
        async server =>
        {
            await server.Expect("UID FETCH");
            await server.Say("* 1 FETCH (UID 5 BODY[]<0> {500}\r\nonly a little");
            server.HangUp();
        },
        async client =>
        {
            using MemoryStream target = new();
            await Should.ThrowAsync<MailConnectionException>(() => client.FetchAsync(5, target, 1_000_000, Never));
            target.Length.ShouldBe(0);
        });

    [Fact]
    public async Task A_silent_server_is_waited_for_no_longer_than_said()
    {
        (Duplex near, _) = Duplex.Pair();
        await using ImapClient client = new(near, isSecure: true, Options with { Patience = TimeSpan.FromMilliseconds(20) });
        (await Should.ThrowAsync<MailConnectionException>(() => client.GreetAsync(Never))).Message.ShouldContain("in time");
    }

    [Fact]
    public Task A_flag_cannot_carry_a_command() => With(
        _ => Task.CompletedTask,
        client => Should.ThrowAsync<ArgumentException>(() => client.FlagAsync(1, ["x)\r\nA9 DELETE INBOX"], set: true, Never)));

    private static Task With(Func<Script, Task> server, Func<ImapClient, Task> use, string greeting = Capable) => Both.Sides(async script =>
    {
        await script.Say(greeting);
        await server(script);
    }, async stream =>
    {
        await using ImapClient client = new(stream, isSecure: true, Options);
        (await client.GreetAsync(Never)).IsOk.ShouldBeTrue();
        await use(client);
    });
}
