using System.Collections;
using ChannelHub;
using ChannelHub.Operation;
using ChannelHub.Simulation;

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);
return args switch
{
    ["health"] => await HealthCommand.RunAsync(environment.GetValueOrDefault("ASPNETCORE_URLS"), Console.Out),
    ["move", .. var move] => await new MoveCommand(TimeProvider.System, Console.Out, Console.Error).RunAsync(move, environment.GetValueOrDefault("CHANNELHUB_DATABASE")),
    _ when args.Contains(SimulatedRun.Switch) => await SimulatedRun.RunAsync(environment, args, Console.Out, Console.Error),
    _ => await Startup.RunAsync(environment, args, Console.Out, Console.Error),
};
