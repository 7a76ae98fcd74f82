using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>Files: kept, fetched, served and cleaned away.</summary>
public static class AttachmentServices
{
    public static IServiceCollection AddAttachments(this IServiceCollection services)
    {
        services.AddSingleton<SignedLinks>();
        services.AddSingleton(Files);
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

    private static FileStore Files(IServiceProvider services)
    {
        HubOptions options = services.GetRequiredService<HubOptions>();
        Database database = services.GetRequiredService<Database>();
        DataFolder folder = services.GetRequiredService<DataFolder>();
        if (options.Attachments.Folder is { } shared)
            return new FolderFiles(database, shared, Directory.CreateDirectory(Path.Combine(shared, "drafts")).FullName, settling: TimeSpan.FromHours(1));
        return options.Database is null
            ? new FolderFiles(database, folder.Attachments, folder.Temporary, settling: TimeSpan.Zero)
            : new DatabaseFiles(database, folder.Temporary);
    }
}
