using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Smtp;
using ChannelHub.Tests.Acceptance;

namespace ChannelHub.Tests.Email;

/// <summary>
/// Dovecot and Postfix as the distribution ships them, in a folder of their own: the shop's mailbox, and customers who have theirs on the same server. Postfix
/// hands mail to <c>gone.example</c> to a scripted server, to see real bounces.
/// </summary>
internal sealed class MailTown : IAsyncDisposable
{
    public const string Shop = "help@shop.example";
    public const string Password = "mailbox-password";

    private static readonly string[] Programs = ["/usr/sbin/dovecot", "/usr/sbin/postfix"];
    private static readonly string[] Mailboxes = [Shop, "ada@customer.example", "charles@colleague.example"];

    private readonly string folder = Directory.CreateTempSubdirectory("channelhub-mail").FullName;
    private readonly int saslPort = HubProcess.FreePort();
    private Process? dovecot;

    private MailTown()
    {
    }

    public int ImapPort { get; } = HubProcess.FreePort();

    public int SmtpPort { get; } = HubProcess.FreePort();

    private static bool IsPossible => OperatingSystem.IsLinux() && Environment.UserName == "root" && Programs.All(File.Exists);

    /// <summary>Null, with a printed reason, where the servers are not installed; a failure where everything must be tried.</summary>
    public static async Task<MailTown?> StartAsync(int gonePort = 1)
    {
        if (!IsPossible)
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Dovecot and Postfix are missing");
            Console.WriteLine("skipped: no Dovecot and Postfix on this machine, or not root");
            return null;
        }
        var town = new MailTown();
        await town.LayOutAsync(gonePort);
        await town.StartImapAsync();
        await town.PostfixAsync("start");
        await AnswersAsync(town.SmtpPort);
        return town;
    }

    public async Task StartImapAsync()
    {
        dovecot = Process.Start(new ProcessStartInfo(Programs[0], ["-F", "-c", Path.Combine(folder, "dovecot.conf")]))!;
        await AnswersAsync(ImapPort);
    }

    /// <summary>kill -9, with everything it started.</summary>
    public async Task KillImapAsync()
    {
        using Process killed = dovecot!;
        dovecot = null;
        killed.Kill(entireProcessTree: true);
        await killed.WaitForExitAsync();
        File.Delete(Path.Combine(folder, "run", "master.pid"));
    }

    /// <summary>Every mail of the shop gets another number; Dovecot must not run.</summary>
    public void Renumber()
    {
        foreach (string index in Directory.EnumerateFiles(MaildirOf(Shop), "dovecot*"))
            File.Delete(index);
    }

    /// <summary>Mail that somebody's program hands in.</summary>
    public async Task PostAsync(string from, string to, string mail)
    {
        await using var client = new SmtpClient(await Loopback.DialAsync("127.0.0.1", SmtpPort, CancellationToken.None), isSecure: true);
        (await client.GreetAsync(CancellationToken.None)).IsPositive.ShouldBeTrue();
        (await client.AuthenticateAsync(new Mail.MailCredentials.Password(from, Password), CancellationToken.None)).IsPositive.ShouldBeTrue();
        var envelope = new SmtpEnvelope(MailAddress.Parse(from), [MailAddress.Parse(to)!]);
        SmtpOutcome outcome = await client.SendAsync(envelope, Encoding.UTF8.GetBytes(mail.ReplaceLineEndings("\r\n")), CancellationToken.None);
        outcome.ShouldBeOfType<SmtpOutcome.Accepted>();
        await client.QuitAsync(CancellationToken.None);
    }

    /// <summary>Puts mail into the shop's mailbox without a way there; for very much of it.</summary>
    public void Drop(int number, string mail)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{1_790_000_000 + number}.M{number}.town");
        string path = Path.Combine(MaildirOf(Shop), "new", name);
        File.WriteAllText(path, mail.ReplaceLineEndings("\r\n"));
    }

    /// <summary>Waits until somebody's mailbox holds so many mails, and answers them, oldest first.</summary>
    public async Task<IReadOnlyList<MimeMessage>> MailsOfAsync(string address, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            FileInfo[] files = [.. new DirectoryInfo(Path.Combine(MaildirOf(address), "new")).EnumerateFiles().OrderBy(f => f.LastWriteTimeUtc)];
            if (files.Length >= count)
                return [.. files.Select(file => MimeParser.Parse(File.ReadAllBytes(file.FullName)))];
            await Task.Delay(20, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await PostfixAsync("abort");
        if (dovecot is not null)
            await KillImapAsync();
        Directory.Delete(folder, recursive: true);
    }

    private string MaildirOf(string address) => Path.Combine(folder, "mail", address.Split('@')[1], address.Split('@')[0]);

    private async Task LayOutAsync(int gonePort)
    {
        foreach (string path in (string[])["etc", "queue", "data", "home", .. Mailboxes.SelectMany(box => (string[])["cur", "new", "tmp"], (box, sub) => Path.Combine(MaildirOf(box), sub))])
            Directory.CreateDirectory(Path.Combine(folder, path));
        await File.WriteAllTextAsync(Path.Combine(folder, "dovecot.conf"), DovecotSettings());
        await File.WriteAllTextAsync(Path.Combine(folder, "etc", "main.cf"), PostfixSettings(gonePort));
        await File.WriteAllTextAsync(Path.Combine(folder, "etc", "master.cf"), PostfixServices());
        await RunAsync("chmod", "755", folder);
        await RunAsync("chown", "-R", "nobody:nogroup", Path.Combine(folder, "mail"), Path.Combine(folder, "home"));
        await RunAsync("chown", "postfix", Path.Combine(folder, "data"));
    }

    private string DovecotSettings() => $$"""
        base_dir = {{folder}}/run
        state_dir = {{folder}}/state
        log_path = {{folder}}/dovecot.log
        protocols = imap
        listen = 127.0.0.1
        ssl = no
        disable_plaintext_auth = no
        auth_mechanisms = plain login
        mail_location = maildir:{{folder}}/mail/%d/%n
        first_valid_uid = 1
        passdb {
          driver = static
          args = password={{Password}}
        }
        userdb {
          driver = static
          args = uid=nobody gid=nogroup home={{folder}}/home/%u
        }
        service imap-login {
          inet_listener imap {
            port = {{ImapPort}}
          }
          inet_listener imaps {
            port = 0
          }
        }
        service auth {
          inet_listener sasl {
            address = 127.0.0.1
            port = {{saslPort}}
          }
        }
        """;

    private string PostfixSettings(int gonePort) => $$"""
        compatibility_level = 3.6
        queue_directory = {{folder}}/queue
        data_directory = {{folder}}/data
        command_directory = /usr/sbin
        daemon_directory = /usr/lib/postfix/sbin
        mail_owner = postfix
        setgid_group = postdrop
        maillog_file = {{folder}}/postfix.log
        maillog_file_prefixes = {{Path.GetTempPath()}}
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        myhostname = mx.shop.example
        mydestination =
        alias_maps =
        local_recipient_maps =
        recipient_delimiter = +
        smtpd_sasl_auth_enable = yes
        smtpd_sasl_type = dovecot
        smtpd_sasl_path = inet:127.0.0.1:{{saslPort}}
        smtpd_recipient_restrictions = permit_sasl_authenticated, reject
        smtpd_client_connection_count_limit = 0
        virtual_mailbox_domains = {{string.Join(", ", Mailboxes.Select(box => box.Split('@')[1]))}}
        virtual_mailbox_base = {{folder}}/mail
        virtual_mailbox_maps = inline:{ {{string.Join(", ", Mailboxes.Select(box => "{" + box + "=" + box.Split('@')[1] + "/" + box.Split('@')[0] + "/}"))}} }
        virtual_uid_maps = static:65534
        virtual_gid_maps = static:65534
        virtual_minimum_uid = 100
        message_size_limit = 30000000
        transport_maps = inline:{ { gone.example=smtp:[127.0.0.1]:{{gonePort}} } }
        """;

    private string PostfixServices() => $"""
        127.0.0.1:{SmtpPort} inet n - n - - smtpd
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 1 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        error unix - - n - - error
        retry unix - - n - - error
        virtual unix - n n - - virtual
        anvil unix - - n - 1 anvil
        postlog unix-dgram n - n - 1 postlogd

        """;

    private Task PostfixAsync(string command) => RunAsync(Programs[1], "-c", Path.Combine(folder, "etc"), command);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments))!;
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, program);
    }

    private static async Task AnswersAsync(int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, limit.Token);
            }
        }
    }
}
