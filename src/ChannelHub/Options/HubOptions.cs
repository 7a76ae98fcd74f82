using System.ComponentModel.DataAnnotations;
using ChannelHub.Adapters;
using ChannelHub.Attachments;

namespace ChannelHub.Options;

/// <summary>
/// Every setting of the hub with its default. In the file a property is its name in <c>snake_case</c>; in the environment it is
/// <c>CHANNELHUB_</c> and the path in capitals, sections parted by <c>__</c>: <c>CHANNELHUB_EVENTS__RETENTION_DAYS</c>.
/// </summary>
public sealed record HubOptions
{
    /// <summary>Where the program listens unless <c>ASPNETCORE_URLS</c> says otherwise.</summary>
    public const string DefaultUrls = "http://127.0.0.1:8080";

    /// <summary>Folder of the database, the attachments and the master key; relative to the folder the program is started in.</summary>
    public string Data { get; init; } = "./data";

    /// <summary>PostgreSQL connection string; absent means SQLite in the data folder.</summary>
    [Secret]
    public string? Database { get; init; }

    /// <summary>Address under which the world reaches this hub; webhook addresses and links are made from it.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Folder of channel plug-ins; they run with all rights of the hub.</summary>
    public string? Plugins { get; init; }

    /// <summary>Key over all stored secrets: 32 bytes in base64. Absent means a file beside the data.</summary>
    [Secret]
    public string? MasterKey { get; init; }

    /// <summary>
    /// The admin's API key. Another one takes the place of the one before; taken out, it stays in force until it is revoked. Absent from the beginning, the
    /// first start makes one and shows it once.
    /// </summary>
    [Secret]
    public string? AdminKey { get; init; }

    /// <summary>Inner addresses that outgoing connections may reach: address or CIDR, each with an optional <c>:port</c>.</summary>
    public IReadOnlyList<string> EgressAllow { get; init; } = [];

    /// <summary>Addresses or CIDRs of reverse proxies whose <c>X-Forwarded-For</c> and <c>-Proto</c> are believed.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>How long a stop may take, in seconds.</summary>
    [Range(1, 300)]
    public int ShutdownSeconds { get; init; } = 25;

    /// <summary>Limits of every request that comes in.</summary>
    public HttpLimits Http { get; init; } = new();

    /// <summary>Limits of the JSON that comes in.</summary>
    public JsonLimits Json { get; init; } = new();

    /// <summary>What providers call.</summary>
    public HookOptions Hooks { get; init; } = new();

    /// <summary>The REST API.</summary>
    public ApiOptions Api { get; init; } = new();

    /// <summary>The event log and its live feed.</summary>
    public EventOptions Events { get; init; } = new();

    /// <summary>Where events are published to besides.</summary>
    public RabbitmqOptions Rabbitmq { get; init; } = new();

    /// <summary>The raw input as it arrived.</summary>
    public InboxOptions Inbox { get; init; } = new();

    /// <summary>What is still to be sent.</summary>
    public OutboxOptions Outbox { get; init; } = new();

    /// <summary>Files that clients upload.</summary>
    public AttachmentOptions Attachments { get; init; } = new();

    /// <summary>Files that are fetched from providers.</summary>
    public MediaOptions Media { get; init; } = new();

    /// <summary>Connections that go out.</summary>
    public EgressOptions Egress { get; init; } = new();

    /// <summary>The live chat on the shop's site.</summary>
    public WebChatOptions Webchat { get; init; } = new();

    /// <summary>One-time codes that prove an address.</summary>
    public CodeOptions Codes { get; init; } = new();

    /// <summary>What the program writes to its standard output.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>Traces and metrics that leave the program.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Says nothing, because some values are secrets.</summary>
    public override string ToString() => nameof(HubOptions);
}

/// <summary>Limits of every request that comes in.</summary>
public sealed record HttpLimits
{
    /// <summary>All headers of a request together, in bytes.</summary>
    [Range(1024, 1024 * 1024)]
    public int HeaderBytes { get; init; } = 32 * 1024;

    /// <summary>Headers of a request.</summary>
    [Range(10, 1000)]
    public int HeaderCount { get; init; } = 100;

    /// <summary>Method, path and query of a request, in bytes.</summary>
    [Range(1024, 64 * 1024)]
    public int RequestLineBytes { get; init; } = 8 * 1024;

    /// <summary>How long the headers of a request may take, in seconds.</summary>
    [Range(1, 120)]
    public int HeaderSeconds { get; init; } = 10;

    /// <summary>A body slower than this, in bytes a second, is cut off.</summary>
    [Range(1, 1024 * 1024)]
    public int BodyBytesPerSecond { get; init; } = 240;

    /// <summary>How long a body may be slower than that, in seconds.</summary>
    [Range(1, 120)]
    public int BodyGraceSeconds { get; init; } = 5;

    /// <summary>How long an idle connection is kept, in seconds.</summary>
    [Range(1, 3600)]
    public int KeepAliveSeconds { get; init; } = 130;

    /// <summary>Connections open at once.</summary>
    [Range(10, 1_000_000)]
    public int Connections { get; init; } = 10_000;
}

/// <summary>Limits of the JSON that comes in.</summary>
public sealed record JsonLimits
{
    /// <summary>Levels of nesting.</summary>
    [Range(8, 1000)]
    public int Depth { get; init; } = 64;

    /// <summary>One string, in bytes of UTF-8.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int StringBytes { get; init; } = 1024 * 1024;

    /// <summary>Properties of one object.</summary>
    [Range(100, 1_000_000)]
    public int Properties { get; init; } = 10_000;
}

/// <summary>What providers call.</summary>
public sealed record HookOptions
{
    /// <summary>Largest body in bytes, whatever larger a channel type would take.</summary>
    [Range(1024, 256 * 1024 * 1024)]
    public int BodyBytes { get; init; } = 3 * 1024 * 1024;
}

/// <summary>The REST API.</summary>
public sealed record ApiOptions
{
    /// <summary>Largest JSON body in bytes.</summary>
    [Range(1024, 256 * 1024 * 1024)]
    public int BodyBytes { get; init; } = 1024 * 1024;

    /// <summary>Calls a second of one API key; the admin key has no limit.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; init; } = 1000;

    /// <summary>Calls of one API key that may come at once before that rate applies.</summary>
    [Range(1, 1_000_000)]
    public int RequestBurst { get; init; } = 2000;

    /// <summary>How long an answer is kept for its <c>Idempotency-Key</c>, in hours.</summary>
    [Range(1, 24 * 30)]
    public int IdempotencyHours { get; init; } = 24;
}

/// <summary>The event log and its live feed.</summary>
public sealed record EventOptions
{
    /// <summary>How long events are kept, in days; absent keeps them for ever. The newest is always kept.</summary>
    [Range(1, 36_500)]
    public int? RetentionDays { get; init; }

    /// <summary>Live streams open at once for one API key; the oldest gives way.</summary>
    [Range(1, 100_000)]
    public int StreamsPerKey { get; init; } = 2000;

    /// <summary>A comment is sent on a quiet stream after so many seconds.</summary>
    [Range(1, 300)]
    public int HeartbeatSeconds { get; init; } = 15;

    /// <summary>A stream that takes nothing for so many seconds is closed.</summary>
    [Range(1, 600)]
    public int StalledSeconds { get; init; } = 30;

    /// <summary>Longest <c>wait</c> of a request for events, in seconds.</summary>
    [Range(1, 300)]
    public int WaitSeconds { get; init; } = 60;
}

/// <summary>The raw input as it arrived.</summary>
public sealed record InboxOptions
{
    /// <summary>How long raw input is kept, in days; what is quarantined is kept until it is settled.</summary>
    [Range(1, 3650)]
    public int RetentionDays { get; init; } = 30;
}

/// <summary>What is still to be sent.</summary>
public sealed record OutboxOptions
{
    /// <summary>Sends under way at once, over all channels.</summary>
    [Range(1, 1024)]
    public int Concurrency { get; init; } = 64;

    /// <summary>How long one call to a provider may take, in seconds.</summary>
    [Range(1, 300)]
    public int SendSeconds { get; init; } = 30;

    /// <summary>After so many seconds a send that nobody reported on counts as unconfirmed; longer than <c>send_seconds</c>.</summary>
    [Range(2, 3600)]
    public int LeaseSeconds { get; init; } = 120;

    /// <summary>Longest wait in seconds that a provider may ask for with <c>Retry-After</c>.</summary>
    [Range(1, 86_400)]
    public int RetryAfterSeconds { get; init; } = 3600;

    /// <summary>How long a message is tried before it fails, in hours.</summary>
    [Range(1, 24 * 30)]
    public int GiveUpHours { get; init; } = 24;
}

/// <summary>Files that clients upload.</summary>
public sealed record AttachmentOptions
{
    /// <summary>Largest file in bytes.</summary>
    [Range(1024, 2L * 1024 * 1024 * 1024)]
    public long UploadBytes { get; init; } = 100L * 1024 * 1024;

    /// <summary>Life of a signed link, in minutes.</summary>
    [Range(1, 15)]
    public int LinkMinutes { get; init; } = 15;

    /// <summary>An upload that no message refers to is removed after so many hours.</summary>
    [Range(1, 24 * 30)]
    public int UnclaimedHours { get; init; } = 24;

    /// <summary>A folder that all nodes share; without it files are in the data folder, and with PostgreSQL in the database.</summary>
    public string? Folder { get; init; }
}

/// <summary>Files that are fetched from providers.</summary>
public sealed record MediaOptions
{
    /// <summary>Largest file in bytes, counted as they come.</summary>
    [Range(1024, 2L * 1024 * 1024 * 1024)]
    public long DownloadBytes { get; init; } = 100L * 1024 * 1024;

    /// <summary>How long one download may take, in seconds.</summary>
    [Range(1, 3600)]
    public int DownloadSeconds { get; init; } = 60;

    /// <summary>Downloads under way at once.</summary>
    [Range(1, 256)]
    public int Concurrency { get; init; } = 8;

    /// <summary>Types that are not taken in from customers: media types, <c>video/*</c>, or <c>program</c> for what an operating system would run.</summary>
    public IReadOnlyList<string> RefusedTypes { get; init; } = [TypePolicy.Program];
}

/// <summary>Connections that go out.</summary>
public sealed record EgressOptions
{
    /// <summary>How long connecting may take, name look-up included, in seconds; the TLS handshake may take as long again.</summary>
    [Range(1, 60)]
    public int ConnectSeconds { get; init; } = 10;

    /// <summary>How long one request of a channel that waits for news (a long poll) may take, in seconds.</summary>
    [Range(10, 600)]
    public int ChannelSeconds { get; init; } = 100;
}
