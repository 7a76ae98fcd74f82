using ChannelHub.Operation;
using ChannelHub.Security;

namespace ChannelHub.Attachments;

/// <summary>Files: kept, fetched, served and cleaned away.</summary>
public static class AttachmentServices
{
    public static IServiceCollection AddAttachments(this IServiceCollection services)
    {
        services.AddSingleton<SignedLinks>();
        services.AddSingleton<FileStore>();
        services.AddSingleton<UnusedFiles>();
        services.AddSingleton<UploadStore>();
        services.AddSingleton<UploadReader>();
        services.AddSingleton<OutboundFiles>();
        services.AddSingleton<AttachmentsApi>();
        services.AddSingleton<KeptInputs>();
        services.AddSingleton<MediaFetch>();
        services.AddSingleton<MediaWorker>();
        services.AddHostedService<MediaLoops>();
        services.AddWorker<FileCleaner>();
        return services;
    }
}
