using System.Net;
using ChannelHub.Security;

namespace ChannelHub.Tests.Security;

public sealed class UrlFormsTests(LoopbackServer server) : IClassFixture<LoopbackServer>
{
    public static TheoryData<int, string> Forms
    {
        get
        {
            var forms = new TheoryData<int, string>();
            for (int i = 0; i < UrlForms.All.Count; i++)
                forms.Add(i, string.Concat(UrlForms.All[i].Select(c => char.IsControl(c) ? '.' : c)));
            return forms;
        }
    }

    [Fact]
    public void There_are_enough_of_them() => UrlForms.All.Distinct().Count().ShouldBeGreaterThanOrEqualTo(120);

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task No_form_of_address_leads_inside(int index, string shown)
    {
        string url = UrlForms.All[index].Replace("{p}", $"{server.Port}", StringComparison.Ordinal);
        foreach (string answer in (string[])["127.0.0.1", "::1", "::ffff:127.0.0.1"])
        {
            // Names are in the attacker's hands: every one of them leads inside.
            var guard = new EgressGuard(
                [], (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(answer)]), TimeSpan.FromSeconds(30), TimeProvider.System, new LogLines<EgressGuard>());
            using var factory = new GuardedHttp(guard, TimeSpan.FromSeconds(30), TimeProvider.System, new LogLines<GuardedHttp>());
            using HttpClient http = factory.Create("test", TimeSpan.FromSeconds(30));

            Exception fault = await Should.ThrowAsync<Exception>(() => http.GetAsync(url));

            server.WasConnectedTo.ShouldBeFalse(shown);
            if (fault is HttpRequestException)
                fault.Message.ShouldBe(EgressGuard.CannotBeReached);
            else
                (fault is UriFormatException or InvalidOperationException).ShouldBeTrue($"{shown}: {fault}");
        }
    }
}
