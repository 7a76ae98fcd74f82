using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Security;
using ChannelHub.Telegram;

namespace ChannelHub.Tests.Channels;

public sealed class ChannelSettingsTests
{
    private const long Id = 7;

    private readonly ChannelSettings settings = new(new SecretBox(MasterKey.Generate().Key));
    private readonly ScriptedChannelType type = new();

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        string given = """
            {"tokken":"x","title":"much longer than twenty characters","mode":"sideways","retries":11,"identity_keys":[{"alg":"HS256","key":5}],
             "account":{"port":"many"},"secrets":["a","b","c","d"],"send_url":"https://shop.example","token":null}
            """;

        Errors(given).ShouldBe(new Dictionary<string, string>
        {
            ["settings.tokken"] = "there is no such setting; did you mean token?",
            ["settings.title"] = "must have at most 20 characters",
            ["settings.mode"] = "must be one of push, long_poll",
            ["settings.retries"] = "must be from 1 to 10",
            ["settings.identity_keys[0].kid"] = "is required",
            ["settings.identity_keys[0].key"] = "must be a text",
            ["settings.account.host"] = "is required",
            ["settings.account.port"] = "must be a whole number",
            ["settings.secrets"] = "must have at most 3 entries",
            ["settings.send_secret"] = "is needed to send, since other settings for that are given",
        }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("[]", "settings", "must be an object")]
    [InlineData("null", "settings", "must be an object")]
    [InlineData("""{"token":5}""", "settings.token", "must be a text")]
    [InlineData("""{"token":"\ud800"}""", "settings.token", "must be a text")]
    [InlineData("""{"token":"x","token":"y"}""", "settings.token", "stands twice")]
    [InlineData("""{"token":"x","secrets":[null]}""", "settings.secrets[0]", "must not be null")]
    [InlineData("""{"token":"x","\ud800":1}""", "settings", "has a name that is not valid Unicode")]
    [InlineData("""{"token":"•••"}""", "settings.token", "nothing is stored that could be kept; give the secret itself")]
    [InlineData("""{"token":"x","retries":99999999999999999999}""", "settings.retries", "must be a whole number")]
    public void What_cannot_be_settings_is_refused(string given, string field, string message) => Errors(given).ShouldContainKeyAndValue(field, message);

    [Fact]
    public void A_half_given_in_part_names_what_is_missing() =>
        Errors("""{"token":"x","send_secret":"y"}""").ShouldBe(new Dictionary<string, string> { ["settings.send_url"] = "is needed to send, since other settings for that are given" });

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"title":"Hi"}""")]
    [InlineData("""{"token":""}""")]
    public void At_least_one_half_is_required(string given) => Errors(given).Keys.ShouldBe(["settings"]);

    [Theory]
    [InlineData("""{"token":"x"}""")]
    [InlineData("""{"send_url":"not even an address","send_secret":"y"}""")]
    public void One_half_is_enough_and_its_form_is_not_checked(string given) => Accepted(given);

    [Fact]
    public void A_message_never_repeats_a_secret()
    {
        const string canary = "canary-canary-canary";
        string given = JsonSerializer.Serialize(new { token = string.Concat(Enumerable.Repeat(canary, 6)), secrets = new object[] { 5, new { canary } }, send_secret = canary });

        string.Join('\n', Errors(given).Values).ShouldNotContain(canary);
    }

    [Fact]
    public void Secrets_are_neither_stored_nor_shown()
    {
        const string given = """
            {"token":"canary-1","secrets":["canary-2","canary-3"],"identity_keys":[{"kid":"k1","alg":"HS256","key":"canary-4"}],
             "account":{"host":"mail.example","password":"canary-5"},"title":"Shop"}
            """;
        string stored = Accepted(given);

        stored.ShouldNotContain("canary");
        settings.Show(type, stored).ShouldBeJson("""
            {"token":"•••","send_url":null,"send_secret":null,"secrets":["•••","•••"],"identity_keys":[{"kid":"k1","alg":"HS256","key":"•••"}],
             "account":{"password":"•••","host":"mail.example","port":993},"title":"Shop","mode":"push","retries":3,"api_base_url":null}
            """);
        var opened = (ScriptedSettings)settings.Open(type, Id, stored);
        opened.Token.ShouldBe("canary-1");
        opened.Secrets.ShouldBe(["canary-2", "canary-3"]);
        opened.IdentityKeys.Single().ShouldBe(new ScriptedKey { Kid = "k1", Alg = "HS256", Key = "canary-4" });
        opened.Account.ShouldBe(new ScriptedAccount("mail.example") { Password = "canary-5" });
    }

    [Fact]
    public void Settings_of_a_type_that_is_gone_still_hide_their_secrets()
    {
        string stored = Accepted("""{"token":"canary","title":"Shop"}""");

        settings.Show(null, stored).ShouldBeJson("""{"token":"•••","title":"Shop"}""");
    }

    [Fact]
    public void What_a_client_leaves_out_or_repeats_stays()
    {
        string stored = Accepted("""{"token":"t","secrets":["a","b"],"account":{"host":"h","password":"p"},"title":"Shop"}""");

        var opened = Patched(stored, """{"token":"•••","secrets":["•••","new"],"account":{"port":143},"mode":"long_poll"}""");

        opened.Token.ShouldBe("t");
        opened.Secrets.ShouldBe(["a", "new"]);
        opened.Account.ShouldBe(new ScriptedAccount("h", 143) { Password = "p" });
        opened.Title.ShouldBe("Shop");
        opened.Mode.ShouldBe(ScriptedMode.LongPoll);
    }

    [Fact]
    public void Keys_keep_their_secret_by_their_id_wherever_they_stand()
    {
        string stored = Accepted("""{"token":"t","identity_keys":[{"kid":"old","alg":"HS256","key":"1"},{"kid":"new","alg":"HS256","key":"2"}]}""");

        Patched(stored, """{"identity_keys":[{"kid":"new","key":"•••"},{"kid":"next","key":"3"},{"kid":"old"}]}""").IdentityKeys
            .ShouldBe([new ScriptedKey { Kid = "new", Key = "2" }, new ScriptedKey { Kid = "next", Key = "3" }, new ScriptedKey { Kid = "old", Key = "1" }]);
        Errors("""{"identity_keys":[{"kid":"unknown","key":"•••"}]}""", stored).Keys.ShouldBe(["settings.identity_keys[0].key"]);
    }

    [Fact]
    public void Null_removes_and_brings_the_default_back()
    {
        string stored = Accepted("""{"token":"t","secrets":["a"],"account":{"host":"h","password":"p"},"title":"Shop","retries":5}""");

        var opened = Patched(stored, """{"secrets":null,"account":{"password":null},"title":null,"retries":null}""");

        opened.ShouldBe(new ScriptedSettings { Token = "t", Secrets = opened.Secrets, IdentityKeys = opened.IdentityKeys, Account = new ScriptedAccount("h") });
        opened.Secrets.ShouldBeEmpty();
        Errors("""{"token":null}""", stored).Keys.ShouldBe(["settings"]);
    }

    [Fact]
    public void A_secret_belongs_to_one_channel_and_one_setting()
    {
        string stored = Accepted("""{"token":"t"}""");

        Should.Throw<SecretUnreadableException>(() => settings.Open(type, Id + 1, stored));
        Should.Throw<SecretUnreadableException>(() => settings.Open(type, Id, stored.Replace("token", "send_secret", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_text_that_looks_encrypted_is_only_a_text()
    {
        const string given = """{"token":"enc:v1:abc:def","title":"enc:v1:abc:def"}""";

        var opened = (ScriptedSettings)settings.Open(type, Id, Accepted(given));

        opened.Token.ShouldBe("enc:v1:abc:def");
        opened.Title.ShouldBe("enc:v1:abc:def");
    }

    [Fact]
    public void Secrets_under_a_lost_master_key_are_asked_for_anew()
    {
        string stored = new ChannelSettings(new SecretBox(MasterKey.Generate().Key)).Read(type, Id, Json("""{"token":"t"}"""))
            .ShouldBeOfType<SettingsResult.Accepted>().Stored;

        Errors("""{"title":"Shop"}""", stored).Keys.ShouldBe(["settings.token"]);
        Patched(stored, """{"token":"again"}""").Token.ShouldBe("again");
    }

    [Fact]
    public void The_schema_tells_a_form_all_it_needs()
    {
        JsonObject schema = ChannelSettings.SchemaOf(type);
        JsonNode properties = schema["properties"]!;

        properties["token"]!.ShouldBeJson("""{"type":["string","null"],"title":"Token","description":"Verifies and pulls.","maxLength":100,"writeOnly":true}""");
        properties["mode"]!["enum"]!.ShouldBeJson("""["push","long_poll"]""");
        properties["mode"]!["default"]!.ShouldBeJson("\"push\"");
        properties["retries"]!.ShouldBeJson("""{"type":"integer","title":"Retries","minimum":1,"maximum":10,"default":3}""");
        properties["secrets"]!["maxItems"]!.ShouldBeJson("3");
        properties["identity_keys"]!["items"]!["properties"]!["key"]!["writeOnly"]!.ShouldBeJson("true");
        schema["additionalProperties"]!.ShouldBeJson("false");
    }

    [Fact]
    public void Telegram_takes_a_token_alone_and_shows_its_schema()
    {
        var telegram = new TelegramChannelType();

        settings.Read(telegram, Id, Json("""{"bot_token":"1:a"}""")).ShouldBeOfType<SettingsResult.Accepted>();
        settings.Read(telegram, Id, Json("""{"mode":"polling"}""")).ShouldBeOfType<SettingsResult.Refused>().Errors.ShouldContain(e => e.Field == "settings.bot_token");
        ChannelSettings.SchemaOf(telegram)["properties"]!["mode"]!["enum"]!.ShouldBeJson("""["webhook","polling"]""");
    }

    private string Accepted(string given) => settings.Read(type, Id, Json(given)).ShouldBeOfType<SettingsResult.Accepted>().Stored;

    private ScriptedSettings Patched(string stored, string patch) =>
        (ScriptedSettings)settings.Open(type, Id, settings.Read(type, Id, Json(patch), stored).ShouldBeOfType<SettingsResult.Accepted>().Stored);

    private Dictionary<string, string> Errors(string given, string? stored = null) =>
        settings.Read(type, Id, Json(given), stored).ShouldBeOfType<SettingsResult.Refused>().Errors.ToDictionary(e => e.Field, e => e.Message);

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}

internal static class JsonAssertions
{
    /// <summary>Equal as JSON; the order of names does not matter.</summary>
    public static void ShouldBeJson(this JsonNode? actual, string expected) =>
        JsonNode.DeepEquals(actual, JsonNode.Parse(expected)).ShouldBeTrue($"expected {expected}\nbut was {actual?.ToJsonString()}");
}
