using ChannelHub.Access;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Api.Description;
using ChannelHub.Attachments;
using ChannelHub.Channels;
using ChannelHub.Conversations;
using ChannelHub.Core.Ids;
using ChannelHub.Customers;
using ChannelHub.Customers.Suggestions;
using ChannelHub.Events;
using ChannelHub.Messages;
using ChannelHub.Messages.Sending;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Outbox;
using ChannelHub.Pages;
using ChannelHub.Publishing;
using ChannelHub.Search;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Postgres;
using ChannelHub.Storage.Engine.Sqlite;
using Microsoft.Extensions.Configuration.Json;
using ChannelHub.WebChat;

namespace ChannelHub;

/// <summary>What a hub is made of before its web application is.</summary>
/// <param name="Options">The settings.</param>
/// <param name="Folder">The locked data folder.</param>
/// <param name="MasterKey">Over all secrets.</param>
/// <param name="Types">The kinds of channel.</param>
/// <param name="Clock">The only clock.</param>
/// <param name="Output">Where the first admin key is shown; it is never logged.</param>
/// <param name="Arguments">Of the command line: <c>--urls</c>.</param>
/// <param name="More">What this run has besides.</param>
public sealed record HubParts(
    HubOptions Options, DataFolder Folder, MasterKey MasterKey, IReadOnlyList<ChannelType> Types, TimeProvider Clock, TextWriter? Output = null,
    IReadOnlyList<string>? Arguments = null, Action<IServiceCollection>? More = null);

/// <summary>Puts the hub together. Every feature brings its own services and routes; this lists them.</summary>
public static class Hub
{
    private static readonly string[] AddressSettings = [WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];

    public static WebApplication Build(HubParts parts, Action<ILoggingBuilder> logging)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder([.. parts.Arguments ?? []]);
        logging(builder.Logging);
        // A settings file in the folder one happens to stand in is another program's.
        foreach (JsonConfigurationSource foreign in builder.Configuration.Sources.OfType<JsonConfigurationSource>().ToArray())
            builder.Configuration.Sources.Remove(foreign);
        if (!AddressSettings.Any(name => builder.Configuration[name] is { Length: > 0 }))
            builder.WebHost.UseUrls(HubOptions.DefaultUrls);
        builder.WebHost.ConfigureKestrel(kestrel => KestrelLimits.Apply(kestrel, parts.Options));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(parts.Options.ShutdownSeconds));
        AddHub(builder.Services, parts);
        parts.More?.Invoke(builder.Services);
        WebApplication app = builder.Build();
        MapHub(app);
        return app;
    }

    internal static void AddHub(IServiceCollection services, HubParts parts)
    {
        services.AddSingleton(parts.Options);
        services.AddSingleton(parts.Folder);
        services.AddSingleton(parts.MasterKey);
        services.AddSingleton(parts.Clock);
        services.AddSingleton(Random.Shared); // spreads what is tried again; what must not be guessed is never drawn from it
        services.AddSingleton(new ChannelTypes(parts.Types));
        services.AddSingleton(_ => new IdGenerator(parts.Clock));
        services.AddSingleton<Dialect>(_ => parts.Options.Database is { } server ? new PostgresDialect(server) : new SqliteDialect(parts.Folder.Database));
        services.AddSingleton(s => new Database(s.GetRequiredService<Dialect>(), parts.Clock, s.GetRequiredService<IdGenerator>()));
        services.AddSingleton(new SecretBox(parts.MasterKey));
        services.AddSingleton(s => EgressServices.Guard(parts.Options, s));
        services.AddSingleton(s => EgressServices.Http(parts.Options, s));
        services.AddSingleton<MessageReader>();
        services.AddChannels();
        services.AddAttachments();
        services.AddEvents();
        services.AddOutbox();
        services.AddSending();
        services.AddSingleton<CustomerWriter>();
        services.AddSingleton<CustomersApi>();
        services.AddSingleton<IdentitiesApi>();
        services.AddSingleton<CustomerErasure>();
        services.AddSingleton<ErasureApi>();
        services.AddSingleton<MergesApi>();
        services.AddSingleton<VetoesApi>();
        services.AddSuggestions();
        services.AddSearch(parts);
        services.AddSingleton<ConversationReader>();
        services.AddSingleton<ConversationsApi>();
        services.AddSingleton<ThreadApi>();
        services.AddOperation();
        services.AddApi(parts.Options, parts.Output ?? TextWriter.Null);
        services.AddWebChat();
        if (parts.Options.Database is not null)
            services.AddHostedService<OtherNodes>();
        // It asks for its turn itself, to let the broker go when that has passed.
        if (parts.Options.Rabbitmq.Uri is not null)
            services.AddWorkerOnEveryNode<EventPublisher>();
    }

    private static void MapHub(WebApplication app)
    {
        app.UseApi();
        app.MapChannels();
        EventsApi.Map(app);
        CustomersApi.Map(app);
        IdentitiesApi.Map(app);
        ErasureApi.Map(app);
        MergesApi.Map(app);
        VetoesApi.Map(app);
        SuggestionsApi.Map(app);
        ConversationsApi.Map(app);
        ThreadApi.Map(app);
        FoundMessagesApi.Map(app);
        app.MapSending();
        AttachmentsApi.Map(app);
        ApiKeysApi.Map(app);
        HealthApi.Map(app);
        NodesApi.Map(app);
        MetricsEndpoint.Map(app);
        ApiDescription.Map(app);
        StartPage.Map(app);
        WebChatApi.Map(app);
    }
}
