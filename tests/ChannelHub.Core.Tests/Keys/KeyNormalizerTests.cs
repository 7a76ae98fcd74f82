using System.Xml.Linq;
using ChannelHub.Adapters;
using ChannelHub.Core.Keys;

namespace ChannelHub.Core.Tests.Keys;

public sealed class KeyNormalizerTests
{
    private const string Addresses = "address/isemail-tests.xml";

    [Theory]
    [InlineData("Ann.Smith@Example.COM", "ann.smith@example.com")]
    [InlineData(" ann@example.com ", "ann@example.com")]
    [InlineData("mailto:ann@example.com", "ann@example.com")]
    [InlineData("ann@EXAMPLE.com.", "ann@example.com")]
    [InlineData("ann@bücher.de", "ann@xn--bcher-kva.de")]
    [InlineData("ann@BÜCHER.de", "ann@xn--bcher-kva.de")]
    [InlineData("ann@XN--BCHER-KVA.de", "ann@xn--bcher-kva.de")]
    [InlineData("ann@例え。テスト", "ann@xn--r8jz45g.xn--zckzah")]
    [InlineData("ann@ｅｘａｍｐｌｅ．com", "ann@example.com")]
    [InlineData("ann@ПРИМЕР.РФ", "ann@xn--e1afmkfd.xn--p1ai")]
    [InlineData("ЖАННА@example.com", "жанна@example.com")]
    [InlineData("\"ann\"@example.com", "ann@example.com")]
    [InlineData("\"Ann Smith\"@example.com", "\"ann smith\"@example.com")]
    [InlineData("\"a\\\"b@c\"@example.com", "\"a\\\"b@c\"@example.com")]
    [InlineData("\"a\\nn\"@example.com", "ann@example.com")]
    [InlineData("ann@[192.0.2.1]", "ann@[192.0.2.1]")]
    [InlineData("ann@[IPv6:2001:DB8::1]", "ann@[ipv6:2001:db8::1]")]
    [InlineData("ann..x.@docomo.ne.jp", "ann..x.@docomo.ne.jp")]
    [InlineData("ann@mail_host.example.com", "ann@mail_host.example.com")]
    public void A_mailbox_is_compared_by_lower_cased_local_part_and_a_label_domain(string raw, string expected) =>
        KeyNormalizer.Normalise(new Key(KeyKinds.Email, raw)).ShouldBe(new NormalisedKey(new Key(KeyKinds.Email, expected), Error: null));

    [Theory]
    [InlineData("ann+shop@example.com", "ann@example.com")]
    [InlineData("a.n.n@gmail.com", "ann@gmail.com")]
    [InlineData("\"ann \"@example.com", "ann@example.com")]
    [InlineData("\u212Aate@example.com", "kate@example.com")]
    [InlineData("admın@example.com", "admin@example.com")]
    [InlineData("ann@e\u212Aample.com", "ann@ekample.com")]
    [InlineData("ann@faß.de", "ann@fass.de")]
    [InlineData("аnn@example.com", "ann@example.com")]
    public void Different_mailboxes_never_become_one(string one, string other) =>
        EmailAddresses.Normalise(one).ShouldNotBeNull().ShouldNotBe(EmailAddresses.Normalise(other));

    [Theory]
    [InlineData("")]
    [InlineData("ann")]
    [InlineData("@example.com")]
    [InlineData("ann@")]
    [InlineData("ann@.")]
    [InlineData("ann smith@example.com")]
    [InlineData("ann@exa mple.com")]
    [InlineData("ann@-example.com")]
    [InlineData("ann@example..com")]
    [InlineData("\"ann@example.com")]
    [InlineData("\"\"@example.com")]
    [InlineData("ann\u200B@example.com")]
    [InlineData("ann@example.com\r\nbcc:x@example.com")]
    [InlineData("Ann <ann@example.com>")]
    [InlineData("a@b@example.com")]
    [InlineData("ann@[]")]
    public void What_is_no_mailbox_is_refused(string raw)
    {
        NormalisedKey result = KeyNormalizer.Normalise(new Key(KeyKinds.Email, raw));
        result.Key.ShouldBeNull();
        result.Error.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("+48 600-100-200", null, "+48600100200")]
    [InlineData("600 100 200", "PL", "+48600100200")]
    [InlineData("32665", "DE", "32665")]
    [InlineData(" MYSHOP ", null, "MYSHOP")]
    [InlineData("My Shop 24", "PL", "My Shop 24")]
    public void Telephone_keys_are_numbers_short_codes_or_sender_names(string raw, string? country, string expected) =>
        KeyNormalizer.Normalise(new Key(KeyKinds.Phone, raw), country).Key.ShouldBe(new Key(KeyKinds.Phone, expected));

    [Theory]
    [InlineData("600 100 200")]
    [InlineData("anonymous")]
    [InlineData("Restricted")]
    [InlineData("+266696687")]
    [InlineData("a@b.com")]
    [InlineData("MYSHOPISTOOLONG")]
    [InlineData("12")]
    public void What_is_no_telephone_key_is_refused(string raw) => KeyNormalizer.Normalise(new Key(KeyKinds.Phone, raw)).Key.ShouldBeNull();

    [Theory]
    [InlineData(KeyKinds.Telegram, "", "123456789")]
    [InlineData(KeyKinds.Visitor, "chn_1", "Vis-ID")]
    [InlineData(KeyKinds.External, "", "  Customer 42 ")]
    [InlineData("acme_2", "scheme", "ÄB:😀")]
    [InlineData(KeyKinds.App, "chn_1", "a\nb")]
    public void Other_kinds_are_opaque(string kind, string scope, string value) =>
        KeyNormalizer.Normalise(new Key(kind, scope, value)).Key.ShouldBe(new Key(kind, scope, value));

    public static TheoryData<Key> Malformed => new()
    {
        new Key("", "x"),
        new Key("Phone", "+48600100200"),
        new Key(new string('a', 33), "x"),
        new Key("app", new string('s', 257), "x"),
        new Key("app", "a\0b", "x"),
        new Key("app", ""),
        new Key("app", "a\0b"),
        new Key("app", "a\uD83D"),
        new Key(KeyKinds.Phone, "+48600100200\n"),
        new Key(KeyKinds.Email, "ann@example.com\t"),
        new Key("app", new string('v', 513)),
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_keys_are_refused_with_words(Key key)
    {
        NormalisedKey result = KeyNormalizer.Normalise(key);
        result.Key.ShouldBeNull();
        result.Error.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void The_scope_stays() =>
        KeyNormalizer.Normalise(new Key(KeyKinds.Email, "unverified", "Ann@Example.com")).Key.ShouldBe(new Key(KeyKinds.Email, "unverified", "ann@example.com"));

    [CorpusFact(Addresses)]
    public void Collected_addresses_never_throw_and_normalise_once_for_all()
    {
        string[] addresses = [.. XDocument.Load(Corpus.Find(Addresses)!).Descendants("address").Select(address => address.Value)];
        addresses.Length.ShouldBeGreaterThan(100);
        foreach (string normalised in addresses.Select(EmailAddresses.Normalise).OfType<string>())
            EmailAddresses.Normalise(normalised).ShouldBe(normalised);
    }
}
