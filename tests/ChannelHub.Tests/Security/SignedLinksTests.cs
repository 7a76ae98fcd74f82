using ChannelHub.Security;

namespace ChannelHub.Tests.Security;

public sealed class SignedLinksTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly StandingClock clock = new() { Now = Start };
    private readonly SignedLinks links;

    public SignedLinksTests() => links = new SignedLinks(MasterKey.Generate().Key, clock);

    [Fact]
    public void A_link_is_good_until_its_end()
    {
        SignedLink link = links.Sign("att_1", TimeSpan.FromMinutes(10));

        link.Token.Length.ShouldBe(43);
        links.IsGood("att_1", link.Expires, link.Token).ShouldBeTrue();
        clock.Now = Start + TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1);
        links.IsGood("att_1", link.Expires, link.Token).ShouldBeTrue();
        clock.Now = Start + TimeSpan.FromMinutes(10);
        links.IsGood("att_1", link.Expires, link.Token).ShouldBeFalse();
    }

    [Fact]
    public void No_link_lives_longer_than_a_quarter_of_an_hour()
    {
        SignedLink link = links.Sign("att_1", TimeSpan.FromDays(1));

        link.Expires.ShouldBe(Start.AddMinutes(15).ToUnixTimeSeconds());
    }

    [Fact]
    public void A_link_in_a_message_lives_as_long_as_its_channel_wants_but_not_longer_than_a_month()
    {
        links.SignForMessage("att_1", TimeSpan.FromHours(12)).Expires.ShouldBe(Start.AddHours(12).ToUnixTimeSeconds());
        links.SignForMessage("att_1", TimeSpan.FromDays(365)).Expires.ShouldBe(Start.AddDays(30).ToUnixTimeSeconds());
    }

    [Fact]
    public void A_link_is_bound_to_its_file_and_its_end()
    {
        SignedLink link = links.Sign("att_1", TimeSpan.FromMinutes(10));

        links.IsGood("att_2", link.Expires, link.Token).ShouldBeFalse();
        links.IsGood("att_1", link.Expires + 1, link.Token).ShouldBeFalse();
        links.IsGood($"att_1|{link.Expires}", link.Expires, link.Token).ShouldBeFalse();
        new SignedLinks(MasterKey.Generate().Key, clock).IsGood("att_1", link.Expires, link.Token).ShouldBeFalse();
    }

    [Fact]
    public void A_token_changed_cut_or_lengthened_is_refused()
    {
        SignedLink link = links.Sign("att_1", TimeSpan.FromMinutes(10));

        for (int i = 0; i < link.Token.Length; i++)
        {
            links.IsGood("att_1", link.Expires, link.Token[..i]).ShouldBeFalse();
            foreach (char c in "AQgw_-. é")
            {
                string changed = link.Token[..i] + c + link.Token[(i + 1)..];
                links.IsGood("att_1", link.Expires, changed).ShouldBe(changed == link.Token);
            }
        }
        links.IsGood("att_1", link.Expires, link.Token + "=").ShouldBeFalse();
        links.IsGood("att_1", link.Expires, link.Token + "A").ShouldBeFalse();
        links.IsGood("att_1", link.Expires, null).ShouldBeFalse();
    }

    private sealed class StandingClock : TimeProvider
    {
        public required DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
