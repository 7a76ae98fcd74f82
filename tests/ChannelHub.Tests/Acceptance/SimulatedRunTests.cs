using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace ChannelHub.Tests.Acceptance;

/// <summary>The program started with <c>--simulate</c>, as a newcomer does it.</summary>
public sealed partial class SimulatedRunTests : IAsyncLifetime
{
    private static readonly string[] Flags =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("channelhub-test");
    private readonly HttpClient client = new();
    private HubProcess hub = null!;
    private Uri page = null!;

    private string RealData => Path.Combine(folder.FullName, "real");

    private string Temporary => Path.Combine(folder.FullName, "temporary");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Temporary);
        // The settings of a real hub, one of which would stop a start if it were looked at.
        hub = await HubProcess.StartAsync(RealData, HubProcess.FreePort(), ["--simulate"],
            ("TMPDIR", Temporary), ("CHANNELHUB_DATABASE", "postgres://db/real"), ("CHANNELHUB_PUBLIC_URL", "https://hub.example"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!Address().IsMatch(hub.Output))
            await Task.Delay(20, limit.Token);
        page = new Uri(Address().Match(hub.Output).Groups["page"].Value);
    }

    public Task DisposeAsync()
    {
        hub.Dispose();
        client.Dispose();
        folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Somebody_plays_a_customer_and_the_shop()
    {
        await CallAsync("say", """{"person":123,"channel":"telegram","text":"Hello"}""");
        await UntilAsync(one => one["thread"]?["messages"]?.AsArray().Count == 1);
        await CallAsync("answer", """{"person":123,"channel":"telegram","text":"Shall we?","buttons":["Yes","No"]}""");
        JsonNode shown = (await UntilAsync(one => one["shown"]!.AsArray().Count == 1))["shown"]![0]!;
        ((string)shown["text"]!).ShouldBe("Shall we?");
        shown["buttons"]!.AsArray().Select(button => (string)button!["label"]!).ShouldBe(["Yes", "No"]);

        await CallAsync("press", $$"""{"person":123,"channel":"telegram","message":"{{shown["id"]}}","button":0}""");

        JsonNode pressed = await UntilAsync(one => one["thread"]!["messages"]!.AsArray().Count == 3);
        ((string)pressed["thread"]!["messages"]![0]!["parts"]![0]!["label"]!).ShouldBe("Yes");
        pressed["violations"]!.AsArray().ShouldBeEmpty();
        using HttpResponseMessage nowhere = await client.PostAsync(new Uri(page, "/api/answer"), Json("""{"person":124,"channel":"telegram","text":"Hello?"}"""));
        nowhere.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Nothing_of_it_touches_a_real_hub_or_remains()
    {
        Directory.GetFileSystemEntries(Temporary).ShouldNotBeEmpty();

        (await hub.TerminateAsync()).ShouldBe(0);

        Directory.Exists(RealData).ShouldBeFalse();
        Directory.GetFileSystemEntries(Temporary, "channelhub*").ShouldBeEmpty();
    }

    [Fact]
    public async Task The_page_is_for_its_own_origin_only_and_never_shows_the_key()
    {
        using HttpResponseMessage answer = await client.GetAsync(page);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
        hub.Output.ShouldNotContain("Bearer");
        (await client.GetStringAsync(new Uri(page, "/api/start"))).ShouldNotContain("chk_");

        using var foreignHost = new HttpRequestMessage(HttpMethod.Get, page) { Headers = { Host = "shop.example" } };
        (await client.SendAsync(foreignHost)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var foreignPage = new HttpRequestMessage(HttpMethod.Post, new Uri(page, "/api/say")) { Content = Json("{}") };
        foreignPage.Headers.Add("Origin", "http://shop.example");
        (await client.SendAsync(foreignPage)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var form = new HttpRequestMessage(HttpMethod.Post, new Uri(page, "/api/say")) { Content = new StringContent("{}", new MediaTypeHeaderValue("text/plain")) };
        (await client.SendAsync(form)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using HttpResponseMessage empty = await client.PostAsync(new Uri(page, "/api/say"), Json("{}"));
        empty.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_browser_plays_every_channel()
    {
        if (Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists) is not { } chromium)
        {
            // A broken CI must not pass by skipping.
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Chromium is missing");
            Console.WriteLine("skipped: no Chromium on this machine");
            return;
        }
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Flags });
        IPage tab = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 360, Height = 720 } });
        List<string> complaints = [];
        tab.Console += (_, message) => complaints.Add(message.Text);
        tab.PageError += (_, fault) => complaints.Add(fault);
        await tab.GotoAsync(page.AbsoluteUri);
        IReadOnlyList<string> channels = await tab.Locator("#channel option").EvaluateAllAsync<string[]>("options => options.map(one => one.value)");

        foreach (string channel in channels.Where(channel => channel != "twilio_voice"))
        {
            await tab.SelectOptionAsync("#channel", channel);
            await tab.FillAsync("#words", $"Hello by {channel}");
            await tab.Locator("#say button").ClickAsync();
            await tab.Locator("#thread .bubble", new() { HasText = $"Hello by {channel}" }).WaitForAsync();
            await tab.FillAsync("#reply", $"Hello to you by {channel}");
            await tab.Locator("#answer button").ClickAsync();
            await tab.Locator("#chat .bubble", new() { HasText = $"Hello to you by {channel}" }).WaitForAsync();
        }
        await tab.SelectOptionAsync("#channel", "twilio_voice");
        await tab.Locator("#call button").ClickAsync();
        await tab.Locator("#thread .bubble", new() { HasText = "Please call me back about my kite" }).WaitForAsync();

        (await tab.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue("it must fit a phone");
        complaints.ShouldBeEmpty();
    }

    private async Task CallAsync(string call, string body)
    {
        using HttpResponseMessage answer = await client.PostAsync(new Uri(page, $"/api/{call}"), Json(body));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonNode> UntilAsync(Func<JsonNode, bool> satisfied)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            JsonNode state = JsonNode.Parse(await client.GetStringAsync(new Uri(page, "/api/state?person=123&channel=telegram"), limit.Token))!;
            if (satisfied(state))
                return state;
            await Task.Delay(20, limit.Token);
        }
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    [GeneratedRegex(@"Play both sides\s+(?<page>http://127\.0\.0\.1:[0-9]+/)\s", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
