using System.Collections;
using ChannelHub;
using ChannelHub.Operation;

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);
return args is ["health"]
    ? await HealthCommand.RunAsync(environment.GetValueOrDefault("ASPNETCORE_URLS"), Console.Out)
    : await Startup.RunAsync(environment, args, Console.Out, Console.Error);
