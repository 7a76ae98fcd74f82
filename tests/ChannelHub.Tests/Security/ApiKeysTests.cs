using ChannelHub.Security;

namespace ChannelHub.Tests.Security;

public sealed class ApiKeysTests
{
    [Fact]
    public void A_key_is_recognisable_and_has_256_random_bits()
    {
        string[] keys = [.. Enumerable.Range(0, 1000).Select(_ => ApiKeys.Generate())];

        keys.ShouldAllBe(k => k.Length == 47 && ApiKeys.LooksLikeKey(k) && ApiKeys.IsWellFormed(k));
        keys.Distinct().Count().ShouldBe(keys.Length);
    }

    [Fact]
    public void The_hash_is_that_of_the_whole_key() =>
        ApiKeys.Hash("chk_abc").ShouldBe("50d8ab0297fc71adcfcefa778cc81df24d302f821ed3064822b467f27db6020a");

    [Theory]
    [InlineData("Bearer chk_0123456789", "chk_0123456789")]
    [InlineData("bearer chk_0123456789", "chk_0123456789")]
    [InlineData("Bearer   chk_0123456789 ", "chk_0123456789")]
    [InlineData("Bearer own-choice-of-the-admin", "own-choice-of-the-admin")]
    [InlineData("Basic chk_0123456789", null)]
    [InlineData("chk_0123456789", null)]
    [InlineData("Bearer", null)]
    [InlineData("Bearer ", null)]
    [InlineData("Bearer short", null)]
    [InlineData("Bearer chk_01234 56789", null)]
    [InlineData("Bearer chk_0123456789é", null)]
    [InlineData("Bearer chk_0123456789, Bearer chk_0123456789", null)]
    [InlineData(null, null)]
    public void A_key_is_taken_only_from_a_bearer_header(string? header, string? key) => ApiKeys.FromAuthorization(header).ShouldBe(key);

    [Fact]
    public void A_header_of_any_length_is_looked_at_cheaply() => ApiKeys.FromAuthorization("Bearer " + new string('a', 201)).ShouldBeNull();

    [Fact]
    public void A_hint_gives_away_the_beginning_of_a_made_key_only()
    {
        string key = ApiKeys.Generate();

        ApiKeys.Hint(key).ShouldBe(key[..8]);
        ApiKeys.Hint("own-choice-of-the-admin").ShouldBe("");
    }

    [Fact]
    public void A_scope_allows_itself_and_admin_allows_all()
    {
        foreach (string granted in Scopes.All)
        {
            foreach (string needed in Scopes.All)
                Scopes.Allows([granted], needed).ShouldBe(granted == needed || granted == Scopes.Admin, $"{granted} for {needed}");
        }
        Scopes.Allows([], Scopes.EventsRead).ShouldBeFalse();
        Scopes.Allows(["customers:read", "events:read"], Scopes.EventsRead).ShouldBeTrue();
    }

    [Fact]
    public void Scopes_are_those_of_the_published_list()
    {
        Scopes.All.ShouldBe(
        [
            "channels:read", "channels:admin", "customers:read", "customers:write", "conversations:read", "conversations:write",
            "messages:send", "events:read", "admin",
        ]);
        Scopes.IsKnown("Admin").ShouldBeFalse();
    }
}
