using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Channels;
using ChannelHub.Tests.Operation;

namespace ChannelHub.Tests.Channels;

public sealed class PluginLoaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void No_folder_means_no_plugins() => PluginLoader.Load(null).ShouldBeEmpty();

    [Fact]
    public void An_empty_folder_means_no_plugins() => PluginLoader.Load(folder.Path).ShouldBeEmpty();

    [Fact]
    public void A_folder_that_is_not_there_stops_the_start() =>
        Should.Throw<PluginException>(() => PluginLoader.Load(folder.File("nowhere"))).Message.ShouldContain(folder.File("nowhere"));

    [Fact]
    public void A_plugin_brings_its_channel_type()
    {
        CopySample();

        ChannelType type = PluginLoader.Load(folder.Path).ShouldHaveSingleItem();

        type.Info.Id.ShouldBe("acme_echo");
        AssemblyLoadContext.GetLoadContext(type.GetType().Assembly).ShouldNotBe(AssemblyLoadContext.Default);
        type.ShouldBeAssignableTo<ChannelType>(); // of the hub's own contract, not of a copy
        ChannelSettings.SchemaOf(type)["properties"]!["secret"]!["writeOnly"].ShouldBeJson("true");
    }

    [Fact]
    public void The_contract_itself_and_other_dependencies_in_the_folder_are_left_alone()
    {
        CopySample();
        File.Copy(typeof(ChannelType).Assembly.Location, folder.File("ChannelHub.Adapters.dll"));
        Emit("Acme.Dependency", []);

        PluginLoader.Load(folder.Path).ShouldHaveSingleItem().ShouldBeAssignableTo<ChannelType>();
    }

    [Fact]
    public async Task A_plugin_receives_and_sends_in_the_hub()
    {
        CopySample();
        await using ScriptedProvider echo = await ScriptedProvider.StartAsync(_ => ScriptedReply.Json("""{"id":"e-1"}"""));
        await using TestHub hub = await TestHub.StartAsync(moreTypes: PluginLoader.Load(folder.Path));
        string id = await hub.AddChannelAsync("acme_echo", new { secret = "s", api_base_url = echo.Address.AbsoluteUri });
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/hooks/{id}") { Content = new StringContent("""{"id":"1","from":"u","text":"hi"}""") };
        request.Headers.Add("x-echo-secret", "s");

        using HttpResponseMessage response = await hub.Anonymous.SendAsync(request);

        response.EnsureSuccessStatusCode();
        (await hub.GetAsync($"/v1/channels/{id}/accounting"))["stored"].ShouldBeJson("1");
        JsonNode thread = (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        JsonNode answer = await hub.PostAsync($"/v1/conversations/{thread["id"]}/messages", new { parts = new[] { new { type = "text", text = "hello" } } }, expect: 202);
        await hub.UntilAsync($"/v1/messages/{answer["id"]}", message => (string)message["state"]! == "sent");
        ProviderCall call = echo.Calls.ShouldHaveSingleItem();
        (call.Path, call.Headers["x-echo-secret"]).ShouldBe(("/messages", "s"));
        JsonNode.Parse(call.Text)!["text"].ShouldBeJson("\"hello\"");
    }

    [Fact]
    public void A_damaged_file_stops_the_start_by_name() =>
        Should.Throw<PluginException>(() => PluginLoader.Load(WithFile("broken.dll", "not a program"))).Message.ShouldContain(folder.File("broken.dll"));

    [Theory]
    [InlineData(typeof(string))]
    [InlineData(typeof(ChannelType))]
    public void A_plugin_that_names_no_channel_type_stops_the_start(Type named)
    {
        Emit("Acme.Wrong", [named]);

        string message = Should.Throw<PluginException>(() => PluginLoader.Load(folder.Path)).Message;

        message.ShouldContain("Acme.Wrong.dll");
        message.ShouldContain(named.FullName!);
    }

    [Fact]
    public void Two_types_with_one_id_stop_the_start()
    {
        ChannelType one = new ScriptedChannelType();
        ChannelType other = new ScriptedChannelType();

        Should.Throw<DuplicateChannelTypeException>(() => new ChannelTypes([one, other])).Message.ShouldContain("'scripted'");
    }

    private void CopySample()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "sample-plugin")))
            File.Copy(file, folder.File(Path.GetFileName(file)));
    }

    private string WithFile(string name, string text)
    {
        folder.Write(name, text);
        return folder.Path;
    }

    /// <summary>Makes an assembly that names types as its channel types.</summary>
    private void Emit(string name, Type[] named)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name), typeof(object).Assembly);
        assembly.DefineDynamicModule(name).DefineType("Acme.Nothing", TypeAttributes.Public).CreateType();
        ConstructorInfo marker = typeof(ChannelPluginAttribute).GetConstructors().Single();
        foreach (Type type in named)
            assembly.SetCustomAttribute(new CustomAttributeBuilder(marker, [type]));
        assembly.Save(folder.File(name + ".dll"));
    }
}
