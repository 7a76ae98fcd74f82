using System.Collections;
using ChannelHub;

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);
return await Startup.RunAsync(environment, Console.Out, Console.Error);
