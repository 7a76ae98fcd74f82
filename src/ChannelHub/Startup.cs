using ChannelHub.Channels;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Security;

namespace ChannelHub;

/// <summary>From settings to a running hub: whatever is wrong is said at once, and the exit code is not zero.</summary>
internal static class Startup
{
    private const int Refused = 1;

    public static async Task<int> RunAsync(
        IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, Action<IServiceCollection>? more = null)
    {
        OptionsResult settings = HubOptionsLoader.Load(environment);
        if (settings is OptionsResult.Refused wrong)
            return Refuse(errors, "The settings are wrong:", [.. wrong.Errors.Select(e => e.ToString())]);
        (HubOptions options, IReadOnlyList<string> warnings) = (OptionsResult.Loaded)settings;
        DataFolderResult data = DataFolder.Open(options.Data);
        if (data is DataFolderResult.Refused taken)
            return Refuse(errors, taken.Problem);
        using DataFolder folder = ((DataFolderResult.Opened)data).Folder;
        MasterKeyResult key = MasterKeyFile.Open(options.MasterKey, folder.MasterKey);
        if (key is MasterKeyResult.Refused unusable)
            return Refuse(errors, unusable.Problem);
        return await RunAsync(options, warnings, folder, (MasterKeyResult.Opened)key, arguments, output, errors, more);
    }

    private static async Task<int> RunAsync(
        HubOptions options, IReadOnlyList<string> warnings, DataFolder folder, MasterKeyResult.Opened key, IReadOnlyList<string> arguments, TextWriter output, TextWriter errors,
        Action<IServiceCollection>? more)
    {
        try
        {
            var parts = new HubParts(options, folder, key.Key, [.. BuiltInChannels.All, .. PluginLoader.Load(options.Plugins)], TimeProvider.System, output, arguments, more);
            await using WebApplication app = Hub.Build(parts, logging => logging.AddHubLines(options.Log, Console.OpenStandardOutput(), TimeProvider.System));
            foreach (string warning in warnings.Append(key.Warning).OfType<string>())
                app.Logger.LogWarning("{Warning}", warning);
            await app.RunAsync();
            return 0;
        }
        catch (Exception refusal) when (refusal is DuplicateChannelTypeException or PluginException or InvalidOperationException)
        {
            return Refuse(errors, refusal.Message);
        }
    }

    private static int Refuse(TextWriter errors, string what, params IReadOnlyList<string> details)
    {
        errors.WriteLine("ChannelHub cannot start. " + what);
        foreach (string detail in details)
            errors.WriteLine("  " + detail);
        return Refused;
    }
}
