namespace ChannelHub.Attachments;

/// <summary>Files: kept, fetched, served and cleaned away.</summary>
public static class AttachmentServices
{
    public static IServiceCollection AddAttachments(this IServiceCollection services) => services
        .AddSingleton<FileStore>()
        .AddSingleton<UploadStore>();
}
