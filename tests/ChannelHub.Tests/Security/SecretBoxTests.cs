using ChannelHub.Security;

namespace ChannelHub.Tests.Security;

public sealed class SecretBoxTests
{
    private const string Context = "channel/chn_1/bot_token";

    private readonly MasterKey key = MasterKey.Generate().Key;

    private SecretBox Box => new(key);

    [Theory]
    [InlineData("")]
    [InlineData("123456:AA-token")]
    [InlineData("пароль \0 🔑")]
    public void What_is_sealed_opens_again(string secret)
    {
        string text = Box.Seal(secret, Context);

        text.ShouldStartWith($"enc:v1:{key.Id}:");
        SecretBox.IsSealed(text).ShouldBeTrue();
        Box.Open(text, Context).ShouldBe(secret);
    }

    [Fact]
    public void The_same_secret_never_looks_the_same_twice() => Box.Seal("secret", Context).ShouldNotBe(Box.Seal("secret", Context));

    [Fact]
    public void The_text_does_not_hold_the_secret() => Box.Seal("canary-canary-canary", Context).ShouldNotContain("canary");

    [Fact]
    public void A_secret_moved_to_another_place_does_not_open() => Unreadable(Box.Seal("secret", Context), "channel/chn_2/bot_token");

    [Fact]
    public void A_change_of_any_character_is_noticed()
    {
        string text = Box.Seal("secret", Context);
        for (int i = 0; i < text.Length; i++)
        {
            string changed = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];
            // The last character of base64 may carry bits that no byte uses.
            if (i < text.Length - 1)
                Unreadable(changed, Context);
        }
    }

    [Fact]
    public void A_text_cut_anywhere_is_noticed()
    {
        string text = Box.Seal("secret", Context);
        for (int length = 0; length < text.Length; length++)
            Unreadable(text[..length], Context);
    }

    [Fact]
    public void Another_master_key_is_named_in_the_error()
    {
        string text = Box.Seal("secret", Context);
        var other = new SecretBox(MasterKey.Generate().Key);

        Should.Throw<SecretUnreadableException>(() => other.Open(text, Context)).Message.ShouldContain(key.Id);
    }

    [Fact]
    public void A_retired_key_still_opens_and_the_new_one_seals()
    {
        string old = Box.Seal("secret", Context);
        var rotated = new SecretBox(MasterKey.Generate().Key, key);

        rotated.Open(old, Context).ShouldBe("secret");
        rotated.IsStale(old).ShouldBeTrue();
        rotated.IsStale(rotated.Seal("secret", Context)).ShouldBeFalse();
        Unreadable(rotated.Seal("secret", Context), Context);
    }

    private void Unreadable(string text, string context)
    {
        SecretUnreadableException fault = Should.Throw<SecretUnreadableException>(() => Box.Open(text, context));
        fault.Message.ShouldContain(context);
        fault.Message.ShouldNotContain("secret'");
    }
}
