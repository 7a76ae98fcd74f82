using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace ChannelHub.Tests.Acceptance;

/// <summary>The demo shop in a real browser: what the visitor writes reaches the API, the agent's answer reaches the page, also across a restart.</summary>
public sealed class DemoShopTests : IAsyncLifetime
{
    private static readonly string[] Flags =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private TestHub hub = null!;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        if (Chromium() is not { } chromium)
            return;
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Flags });
    }

    public async Task DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
        await hub.DisposeAsync();
    }

    [Fact]
    public async Task A_visitor_and_an_agent_talk_without_a_reload_also_after_a_restart()
    {
        if (browser is null)
        {
            // A broken CI must not pass by skipping.
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Chromium is missing");
            Console.WriteLine("skipped: no Chromium on this machine");
            return;
        }
        IPage page = await browser.NewPageAsync();
        List<string> complaints = [];
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
                complaints.Add(message.Text);
        };
        await page.GotoAsync(new Uri(hub.Address, "/demo").ToString());
        await page.Locator("button.launcher").ClickAsync();
        ILocator box = page.Locator(".composer textarea");
        await box.FillAsync("Does the red kite fly in light wind?");
        await box.PressAsync("Enter");

        JsonNode conversations = await hub.UntilAsync("/v1/conversations", c => c["data"]!.AsArray().Count == 1);
        JsonNode conversation = conversations["data"]![0]!;
        ((string)conversation["last_message"]!["parts"]![0]!["text"]!).ShouldBe("Does the red kite fly in light wind?");

        await hub.PostAsync($"/v1/conversations/{conversation["id"]}/messages", Reply("From two Beaufort on."), expect: 202);
        await page.GetByText("From two Beaufort on.").WaitForAsync();

        await hub.RestartAsync();
        await hub.PostAsync($"/v1/conversations/{conversation["id"]}/messages", Reply("And it folds into a bag."), expect: 202);
        await page.GetByText("And it folds into a bag.").WaitForAsync();
        await box.FillAsync("Then I take it.");
        await box.PressAsync("Enter");
        await hub.UntilAsync($"/v1/conversations/{conversation["id"]}/messages", m => m["data"]!.AsArray().Count == 4);
        complaints.ShouldBeEmpty();
    }

    private static object Reply(string text) => new { parts = new[] { new { type = "text", text } }, author = new { kind = "agent", name = "Mia" } };

    private static string? Chromium() => new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
}
