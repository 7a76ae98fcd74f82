using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Options;

namespace ChannelHub.Tests.Options;

public sealed class DefaultsFileTests
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
    };

    [Fact]
    public void The_file_shows_every_setting_with_its_default_and_nothing_else() =>
        File.ReadAllText(DefaultsFile).ShouldBe(JsonSerializer.Serialize(new HubOptions(), Form) + "\n");

    [Fact]
    public void The_file_can_be_given_as_it_is()
    {
        OptionsResult result = HubOptionsLoader.Load(new Dictionary<string, string> { ["CHANNELHUB_CONFIG"] = DefaultsFile });

        JsonSerializer.Serialize(result.ShouldBeOfType<OptionsResult.Loaded>().Options, Form).ShouldBe(JsonSerializer.Serialize(new HubOptions(), Form));
    }

    [Fact]
    public void Every_setting_can_be_given_in_the_environment()
    {
        // Each default, written as a variable, must be read back to the same options.
        var environment = new Dictionary<string, string>();
        Flatten(JsonSerializer.SerializeToElement(new HubOptions(), Form), "CHANNELHUB_", environment);

        OptionsResult result = HubOptionsLoader.Load(environment);

        environment.Count.ShouldBeGreaterThan(60);
        JsonSerializer.Serialize(result.ShouldBeOfType<OptionsResult.Loaded>().Options, Form).ShouldBe(JsonSerializer.Serialize(new HubOptions(), Form));
    }

    private static void Flatten(JsonElement section, string prefix, Dictionary<string, string> environment)
    {
        foreach (JsonProperty property in section.EnumerateObject())
        {
            string name = prefix + property.Name.ToUpperInvariant();
            if (property.Value.ValueKind == JsonValueKind.Object)
                Flatten(property.Value, name + "__", environment);
            else if (property.Value.ValueKind is not JsonValueKind.Array)
                environment[name] = property.Value.ToString();
        }
    }

    private static string DefaultsFile
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder!.FullName, "ChannelHub.sln")))
                folder = folder.Parent;
            return Path.Combine(folder.FullName, "config", "hub.json");
        }
    }
}
