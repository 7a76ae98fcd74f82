using ChannelHub.Operation;

namespace ChannelHub.WebChat;

/// <summary>The live chat: what serves visitors.</summary>
internal static class WebChatServices
{
    public static IServiceCollection AddWebChat(this IServiceCollection services)
    {
        services.AddSingleton<ChatLimits>();
        services.AddSingleton<ChatGate>();
        services.AddSingleton<VisitorGate>();
        services.AddSingleton<VisitorSessions>();
        services.AddSingleton<StreamCursor>();
        services.AddSingleton<StreamTickets>();
        services.AddSingleton<ChatFrames>();
        services.AddSingleton<VisitorStreams>();
        services.AddSingleton<ChatWords>();
        services.AddSingleton<ChatSessionsApi>();
        services.AddSingleton<ChatMessagesApi>();
        services.AddSingleton<ChatFilesApi>();
        services.AddSingleton<ChatStreamApi>();
        services.AddSingleton<OneTimeCodes>();
        services.AddSingleton<VisitorCodes>();
        services.AddSingleton<ChatClaimsApi>();
        services.AddSingleton<ChatPages>();
        services.AddHostedService<DemoChannel>();
        services.AddHostedService<VisitorFeed>();
        services.AddWorkerOnEveryNode<SeenMessages>(s => s.GetRequiredService<SeenMessages>().Bell);
        services.AddWorker<VisitorTidying>();
        return services;
    }
}
