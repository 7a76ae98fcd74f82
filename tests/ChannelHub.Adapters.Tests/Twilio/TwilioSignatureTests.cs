using System.Text;
using ChannelHub.Twilio;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChannelHub.Adapters.Tests.Twilio;

public sealed class TwilioSignatureTests
{
    private const string Body = "To=%2B15005550006&From=%2B447700900123&Body=caf%C3%A9+%26+tea&MessageSid=SM00000000000000000000000000000001&NumMedia=0&AccountSid=AC00000000000000000000000000000001&EmptyOne=";
    private const string Signature = "a7bQ+FJtDo3jUlGqaN6w7qJOf8E=";
    private const string Url = "https://hub.example/hooks/twilio/7?tenant=a";

    [Fact]
    public void The_signature_of_a_form_is_that_of_the_test_vector()
    {
        Verify(Url, Body, Signature).ShouldBeTrue();
        Verify(Url, Body.Replace("NumMedia=0&", "", StringComparison.Ordinal) + "&NumMedia=0", Signature).ShouldBeTrue("parameters are sorted by name");
        Verify(Url, Body.Replace("&EmptyOne=", "", StringComparison.Ordinal), Signature).ShouldBeFalse("an empty parameter counts");
        Verify(Url, Body + "&New=1", Signature).ShouldBeFalse("parameters nobody knows count");
        Verify(Url.Replace("tenant=a", "tenant=b", StringComparison.Ordinal), Body, Signature).ShouldBeFalse();
    }

    [Fact]
    public void The_signature_of_JSON_is_that_of_the_test_vector()
    {
        const string url = "https://hub.example/hooks/twilio/7?bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";

        Verify(url, """{"a":1}""", "hIA/YFvotDlKLiWtdtbjqhvjCho=").ShouldBeTrue();
        Verify(url, """{"a":2}""", "hIA/YFvotDlKLiWtdtbjqhvjCho=").ShouldBeFalse();
    }

    [Theory]
    [InlineData("https://hub.example:443/hooks/twilio/7?tenant=a", true)]
    [InlineData("https://hub.example:8443/hooks/twilio/7?tenant=a", false)]
    [InlineData("http://hub.example/hooks/twilio/7?tenant=a", false)]
    public void The_default_port_may_stand_in_the_address_or_not(string url, bool good) => Verify(url, Body, Signature).ShouldBe(good);

    [Fact]
    public void The_settings_address_wins_over_the_one_behind_a_proxy()
    {
        Verify("http://10.0.0.3:8080/hooks/twilio/7?tenant=a", Body, Signature, publicUrl: "https://hub.example/").ShouldBeTrue();
        Verify("http://10.0.0.3:8080/hooks/twilio/7?tenant=a", Body, Signature, publicUrl: "https://other.example").ShouldBeFalse();
    }

    [Fact]
    public void A_second_token_is_taken_while_tokens_are_changed()
    {
        Verify(Url, Body, Signature, token: "new-token", secondary: "demo-auth-token").ShouldBeTrue();
        Verify(Url, Body, Signature, token: "new-token").ShouldBeFalse();
        Verify(Url, Body, Signature, token: "").ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(26)]
    public void A_signature_that_is_wrong_at_one_place_is_refused(int place)
    {
        char[] wrong = Signature.ToCharArray();
        wrong[place] = wrong[place] == 'A' ? 'B' : 'A';

        Verify(Url, Body, new string(wrong)).ShouldBeFalse();
    }

    [Fact]
    public void Names_are_sorted_by_their_bytes_and_repeated_values_count_once()
    {
        const string body = "b=1&B=2&a=3&b=0&b=1";
        string signature = Conformance.Twilio.FakeTwilio.Sign("demo-auth-token", Url, [new("B", "2"), new("a", "3"), new("b", "0"), new("b", "1")]);

        Verify(Url, body, signature).ShouldBeTrue();
    }

    private static bool Verify(string url, string body, string signature, string token = "demo-auth-token", string? secondary = null, string? publicUrl = null)
    {
        var channel = (IWebhookReceiver)new TwilioSmsChannelType().Open(
            new TwilioMessagingSettings { AccountSid = "AC1", AuthToken = token, SecondaryAuthToken = secondary, PublicUrl = publicUrl },
            new ChannelEnvironment(new HttpClient(), TimeProvider.System, NullLogger.Instance) { ChannelId = "chn_1" });
        return channel.Verify(new WebhookRequest
        {
            Method = "POST",
            Url = new Uri(url),
            Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["X-Twilio-Signature"] = signature },
            Body = Encoding.UTF8.GetBytes(body),
            ReceivedAt = DateTimeOffset.UnixEpoch,
        });
    }
}
