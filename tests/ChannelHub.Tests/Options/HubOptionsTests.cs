using ChannelHub.Options;
using ChannelHub.Tests.Operation;

namespace ChannelHub.Tests.Options;

public sealed class HubOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Nothing_given_means_the_defaults()
    {
        HubOptions options = Loaded([]);

        options.Data.ShouldBe("./data");
        options.Database.ShouldBeNull();
        options.EgressAllow.ShouldBeEmpty();
        options.Events.RetentionDays.ShouldBeNull();
        options.Inbox.RetentionDays.ShouldBe(30);
        options.Api.RequestsPerSecond.ShouldBe(1000);
        options.Api.IdempotencyHours.ShouldBe(24);
        options.Attachments.LinkMinutes.ShouldBeLessThanOrEqualTo(15);
    }

    [Fact]
    public void The_environment_wins_over_the_file_and_the_file_over_the_defaults()
    {
        string file = folder.Write("hub.json", """{ "data": "/from/file", "inbox": { "retention_days": 7 }, "outbox": { "concurrency": 5 } }""");

        HubOptions options = Loaded(new()
        {
            ["CHANNELHUB_CONFIG"] = file,
            ["CHANNELHUB_INBOX__RETENTION_DAYS"] = "3",
        });

        options.Data.ShouldBe("/from/file");
        options.Inbox.RetentionDays.ShouldBe(3);
        options.Outbox.Concurrency.ShouldBe(5);
        options.Outbox.SendSeconds.ShouldBe(new HubOptions().Outbox.SendSeconds);
    }

    [Fact]
    public void Every_kind_of_value_is_read_from_the_environment()
    {
        HubOptions options = Loaded(new()
        {
            ["CHANNELHUB_DATA"] = "/var/lib/channelhub",
            ["CHANNELHUB_PUBLIC_URL"] = "https://hub.example/base",
            ["CHANNELHUB_PLUGINS"] = "/plugins",
            ["CHANNELHUB_MASTER_KEY"] = Convert.ToBase64String(new byte[32]),
            ["CHANNELHUB_ADMIN_KEY"] = "chk_0123456789012345678901234567890123456789abc",
            ["CHANNELHUB_EGRESS_ALLOW"] = "10.1.0.0/16:443, 127.0.0.1 ,fd00::/8:8443,[::1]:9000",
            ["CHANNELHUB_TRUSTED_PROXIES"] = "10.0.0.1",
            ["CHANNELHUB_LOG__LEVEL"] = "debug",
            ["CHANNELHUB_LOG__FORMAT"] = "json",
            ["CHANNELHUB_WEBCHAT__MESSAGES_PER_SECOND"] = "2.5",
            ["CHANNELHUB_EVENTS__RETENTION_DAYS"] = "90",
            ["CHANNELHUB_ATTACHMENTS__UPLOAD_BYTES"] = "5000000",
            ["PATH"] = "/bin",
        });

        options.PublicUrl.ShouldBe(new Uri("https://hub.example/base"));
        options.EgressAllow.ShouldBe(["10.1.0.0/16:443", "127.0.0.1", "fd00::/8:8443", "[::1]:9000"]);
        options.TrustedProxies.ShouldBe(["10.0.0.1"]);
        options.Log.ShouldBe(new LogOptions { Level = Microsoft.Extensions.Logging.LogLevel.Debug, Format = LogFormat.Json });
        options.Webchat.MessagesPerSecond.ShouldBe(2.5);
        options.Events.RetentionDays.ShouldBe(90);
        options.Attachments.UploadBytes.ShouldBe(5_000_000);
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        string file = folder.Write("hub.json", """
            {
              // a comment is fine
              "data": 5,
              "log": { "level": "loud", "colour": true },
              "inbox": { "retention_days": "30" },
              "outbox": 7,
              "events": { "wait_seconds": 5, "wait_seconds": 6 },
              "json": { "depth": null },
            }
            """);

        IReadOnlyList<OptionError> errors = Refused(new()
        {
            ["CHANNELHUB_CONFIG"] = file,
            ["CHANNELHUB_API__REQUESTS_PER_SECOND"] = "many",
            ["CHANNELHUB_HTTP__HEADER_COUNT"] = "5",
            ["CHANNELHUB_EGRESS_ALOW"] = "10.0.0.0/8",
            ["CHANNELHUB_PUBLIC_URL"] = "hub.example",
            ["CHANNELHUB_DATABASE"] = "db",
        });

        errors.Select(e => e.Key).ShouldBe(
        [
            "data", "log.level", "log.colour", "inbox.retention_days", "outbox", "events.wait_seconds", "json.depth",
            "CHANNELHUB_API__REQUESTS_PER_SECOND", "CHANNELHUB_EGRESS_ALOW", "CHANNELHUB_HTTP__HEADER_COUNT", "CHANNELHUB_PUBLIC_URL", "database", "master_key",
        ]);
        errors.ShouldAllBe(e => e.Problem.Length > 0 && e.Cure.Length > 0);
    }

    [Theory]
    [InlineData("CHANNELHUB_EGRESS_ALOW", "CHANNELHUB_EGRESS_ALLOW")]
    [InlineData("CHANNELHUB_RETENTION_DAYS", "CHANNELHUB_EVENTS__RETENTION_DAYS")]
    [InlineData("CHANNELHUB_LOG_LEVEL", "CHANNELHUB_LOG__LEVEL")]
    [InlineData("CHANNELHUB_RABBITMQ", "CHANNELHUB_RABBITMQ__URI")]
    [InlineData("CHANNELHUB_OUTBOX__CONCURENCY", "CHANNELHUB_OUTBOX__CONCURRENCY")]
    public void An_unknown_setting_names_the_nearest_known_one(string written, string meant) =>
        Refused(new() { [written] = "1" }).Single().Cure.ShouldContain(meant);

    [Fact]
    public void An_unknown_setting_that_resembles_none_is_still_an_error() =>
        Refused(new() { ["CHANNELHUB_QQQQ"] = "1" }).Single().Cure.ShouldNotContain("mean");

    [Fact]
    public void What_an_orchestrator_puts_beside_every_container_is_no_error() => Loaded(new()
    {
        ["CHANNELHUB_PORT"] = "tcp://10.0.0.1:8080",
        ["CHANNELHUB_SERVICE_HOST"] = "10.0.0.1",
        ["CHANNELHUB_SERVICE_PORT"] = "8080",
        ["CHANNELHUB_SERVICE_PORT_HTTP"] = "8080",
        ["CHANNELHUB_PORT_8080_TCP"] = "tcp://10.0.0.1:8080",
        ["CHANNELHUB_PORT_8080_TCP_ADDR"] = "10.0.0.1",
    });

    [Fact]
    public void An_empty_variable_is_one_that_is_not_given() =>
        Loaded(new() { ["CHANNELHUB_DATABASE"] = "", ["CHANNELHUB_INBOX__RETENTION_DAYS"] = "" }).Inbox.RetentionDays.ShouldBe(30);

    [Fact]
    public void PostgreSQL_needs_a_master_key_that_all_nodes_have() =>
        Refused(new() { ["CHANNELHUB_DATABASE"] = "Host=db;Password=hunter2" }).Single().ToString()
            .ShouldBe("master_key: with PostgreSQL it must be given, the same to every node. Make one with: openssl rand -base64 32.");

    [Theory]
    [InlineData("CHANNELHUB_MASTER_KEY", "c2VjcmV0")]
    [InlineData("CHANNELHUB_ADMIN_KEY", "has space")]
    [InlineData("CHANNELHUB_DATABASE", "Host=db;Password=has space")]
    [InlineData("CHANNELHUB_RABBITMQ__URI", "http://hub:hunter2@broker")]
    [InlineData("CHANNELHUB_RABBITMQ__URI", "amqp://hub:hunter#2@broker")]
    [InlineData("CHANNELHUB_RABBITMQ__URI", "amqp://hub:hun:ter2@broker")]
    [InlineData("CHANNELHUB_RABBITMQ__URI", "amqp://hub:hunter2@broker/a/b")]
    [InlineData("CHANNELHUB_RABBITMQ__URI", "amqp://hub:hunter2@broker?heartbeat=5")]
    [InlineData("CHANNELHUB_RABBITMQ__URI", "amqp:///hunter2")]
    public void An_error_never_shows_a_secret(string variable, string secret) =>
        Refused(new() { [variable] = secret }).ShouldAllBe(e => !e.ToString().Contains(secret));

    [Fact]
    public void A_secret_of_the_wrong_type_in_the_file_is_not_shown()
    {
        string file = folder.Write("hub.json", """{ "master_key": ["hunter2"] }""");

        Refused(new() { ["CHANNELHUB_CONFIG"] = file }).Single().ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public void Options_do_not_print_their_secrets()
    {
        var options = new HubOptions { AdminKey = "hunter2", Rabbitmq = new() { Uri = "amqp://hub:hunter2@broker" } };

        $"{options} {options.Rabbitmq}".ShouldNotContain("hunter2");
    }

    [Theory]
    [InlineData("amqp://broker")]
    [InlineData("amqp://hub:p%40ss@broker:5673/%2f")]
    [InlineData("amqps://hub:hunter2@broker/shop")]
    public void An_address_of_RabbitMQ_is_taken(string uri) =>
        Loaded(new() { ["CHANNELHUB_RABBITMQ__URI"] = uri }).Rabbitmq.ShouldBe(new RabbitmqOptions { Uri = uri });

    [Theory]
    [InlineData(" ")]
    [InlineData("amq.topic")]
    public void An_exchange_that_cannot_be_the_hubs_is_an_error(string exchange) =>
        Refused(new() { ["CHANNELHUB_RABBITMQ__EXCHANGE"] = exchange }).Single().Key.ShouldBe("rabbitmq.exchange");

    [Fact]
    public void A_short_admin_key_is_taken_with_a_warning() =>
        HubOptionsLoader.Load(new Dictionary<string, string> { ["CHANNELHUB_ADMIN_KEY"] = "chk_short" })
            .ShouldBeOfType<OptionsResult.Loaded>().Warnings.Single().ShouldContain("32");

    [Theory]
    [InlineData("egress_allow", "10.0.0.0/33")]
    [InlineData("egress_allow", "10.0.0.0/8:0")]
    [InlineData("egress_allow", "inner.example")]
    [InlineData("trusted_proxies", "10.0.0.1:80")]
    public void A_bad_entry_of_a_list_is_named(string key, string entry)
    {
        string file = folder.Write("hub.json", $$"""{ "{{key}}": ["10.0.0.1", "{{entry}}"] }""");

        OptionError error = Refused(new() { ["CHANNELHUB_CONFIG"] = file }).Single();
        (error.Key, error.Problem.Contains(entry, StringComparison.Ordinal)).ShouldBe((key, true));
    }

    [Theory]
    [InlineData("{ \"data\": \"x\"", "line 1")]
    [InlineData("[]", "object")]
    [InlineData("", "line 1")]
    [InlineData("{ \"data\": \"\\ud800\" }", "half a character")]
    public void A_file_that_is_not_a_JSON_object_is_refused(string text, string expected) =>
        Refused(new() { ["CHANNELHUB_CONFIG"] = folder.Write("hub.json", text) }).Single().Problem.ShouldContain(expected);

    [Fact]
    public void A_file_that_is_not_there_is_refused() =>
        Refused(new() { ["CHANNELHUB_CONFIG"] = folder.File("none.json") }).Single().Key.ShouldBe("CHANNELHUB_CONFIG");

    [Fact]
    public void A_byte_order_mark_does_no_harm() =>
        Loaded(new() { ["CHANNELHUB_CONFIG"] = folder.Write("hub.json", "\uFEFF{ \"data\": \"x\" }") }).Data.ShouldBe("x");

    [Fact]
    public void A_lease_must_outlive_the_send_it_covers() =>
        Refused(new() { ["CHANNELHUB_OUTBOX__LEASE_SECONDS"] = "30" }).Single().Key.ShouldBe("outbox.lease_seconds");

    private static HubOptions Loaded(Dictionary<string, string> environment)
    {
        OptionsResult result = HubOptionsLoader.Load(environment);
        return result.ShouldBeOfType<OptionsResult.Loaded>(string.Join('\n', (result as OptionsResult.Refused)?.Errors ?? [])).Options;
    }

    private static IReadOnlyList<OptionError> Refused(Dictionary<string, string> environment) =>
        HubOptionsLoader.Load(environment).ShouldBeOfType<OptionsResult.Refused>().Errors;
}
