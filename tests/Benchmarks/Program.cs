using ChannelHub.Benchmarks;

string folder = Directory.CreateTempSubdirectory("channelhub-bench").FullName;
switch (args.FirstOrDefault())
{
    case "writer":
        WriterOnly.Run(folder, int.Parse(args[1]), int.Parse(args[2]));
        break;
}
