namespace ChannelHub.Messages.Sending;

/// <summary>Writing to customers, and changing what was written.</summary>
internal static class SendingServices
{
    public static IServiceCollection AddSending(this IServiceCollection services) => services
        .AddSingleton<Targets>()
        .AddSingleton<SendMessage>()
        .AddSingleton<SendApi>()
        .AddSingleton<ProviderChange>()
        .AddSingleton<ChangeMessage>()
        .AddSingleton<WhyReader>()
        .AddSingleton<MessagesApi>();

    public static void MapSending(this IEndpointRouteBuilder app)
    {
        SendApi.Map(app);
        MessagesApi.Map(app);
    }
}
