using System.Text.Json;
using ChannelHub.Core.Keys;
using Xunit.Abstractions;

namespace ChannelHub.Core.Tests.Keys;

public sealed class PhoneNumbersTests(ITestOutputHelper output)
{
    private const string Numbers = "phone/numbers.jsonl";

    [Theory]
    [InlineData("+48 600 100 200", "+48600100200")]
    [InlineData("+44 (0)20 7946 0018", "+442079460018")]
    [InlineData("+44 020 7946 0018", "+442079460018")]
    [InlineData("(+49) 030/123-456", "+4930123456")]
    [InlineData("+39 02 1234567", "+39021234567")]
    [InlineData("+39 (0)2 1234567", "+39021234567")]
    [InlineData("+225 01 23 45 67 89", "+2250123456789")]
    [InlineData("+7 8 912 345-67-89", "+79123456789")]
    [InlineData("+7 800 123 45 67", "+78001234567")]
    [InlineData("+36 06 20 123 4567", "+36201234567")]
    [InlineData("00 48 600 100 200", "+48600100200")]
    [InlineData("tel:+1-212-555-0147;ext=12", "+12125550147")]
    [InlineData("tel:555-0147;phone-context=+1212", "+12125550147")]
    [InlineData("whatsapp:+48600100200", "+48600100200")]
    [InlineData("＋４８６００１００２００", "+48600100200")]
    [InlineData("+48\u00A0600\u2011100\u2011200", "+48600100200")]
    [InlineData("\u202A+48 600 100 200\u202C", "+48600100200")]
    [InlineData("+1 212 555 0147 x12", "+12125550147")]
    [InlineData("+1 212 555 0147 ext. 12", "+12125550147")]
    [InlineData("+7 495 123-45-67 доб. 12", "+74951234567")]
    [InlineData("+1 212 555 0147 #12", "+12125550147")]
    [InlineData("+1 212 555 0147,,12#", "+12125550147")]
    public void International_forms_need_no_country(string raw, string expected) => PhoneNumbers.Normalise(raw).ShouldBe(expected);

    [Theory]
    [InlineData("020 7946 0018", "GB", "+442079460018")]
    [InlineData("8 (912) 345-67-89", "RU", "+79123456789")]
    [InlineData("800 123 45 67", "RU", "+78001234567")]
    [InlineData("8 701 234 56 78", "KZ", "+77012345678")]
    [InlineData("06 20 123 4567", "HU", "+36201234567")]
    [InlineData("02 1234567", "IT", "+39021234567")]
    [InlineData("0041 79 123 45 67", "DE", "+41791234567")]
    [InlineData("011 44 20 7946 0018", "US", "+442079460018")]
    [InlineData("8~10 44 20 7946 0018", "RU", "+442079460018")]
    [InlineData("0011 44 20 7946 0018", "AU", "+442079460018")]
    [InlineData("00 15 44 20 7946 0018", "BR", "+442079460018")]
    [InlineData("(212) 555-0147 x12", "US", "+12125550147")]
    [InlineData("1 (212) 555-0147", "us", "+12125550147")]
    [InlineData("٠٥٠١٢٣٤٥٦٧", "AE", "+971501234567")]
    [InlineData("8 029 491-19-11", "BY", "+375294911911")]
    [InlineData("80 50 123 45 67", "UA", "+380501234567")]
    [InlineData("050 123 45 67", "UA", "+380501234567")]
    [InlineData("600 100 200", "PL", "+48600100200")]
    [InlineData("40123", "AC", "+24740123")]
    public void National_forms_are_read_as_in_their_country(string raw, string country, string expected) =>
        PhoneNumbers.Normalise(raw, country).ShouldBe(expected);

    [Theory]
    [InlineData("+5215512345678", null, "+525512345678")]
    [InlineData("whatsapp:+5215512345678", null, "+525512345678")]
    [InlineData("+52 55 1234 5678", null, "+525512345678")]
    [InlineData("044 55 1234 5678", "MX", "+525512345678")]
    [InlineData("045 55 1234 5678", "MX", "+525512345678")]
    [InlineData("01 55 1234 5678", "MX", "+525512345678")]
    [InlineData("1 55 1234 5678", "MX", "+525512345678")]
    [InlineData("+551187654321", null, "+5511987654321")]
    [InlineData("+5511987654321", null, "+5511987654321")]
    [InlineData("+551132165498", null, "+551132165498")]
    [InlineData("(11) 8765-4321", "BR", "+5511987654321")]
    [InlineData("0 15 11 98765-4321", "BR", "+5511987654321")]
    [InlineData("011 98765-4321", "BR", "+5511987654321")]
    [InlineData("+5491123456789", null, "+5491123456789")]
    [InlineData("+541123456789", null, "+541123456789")]
    [InlineData("+54 11 15 2345 6789", null, "+5491123456789")]
    [InlineData("011 15-2345-6789", "AR", "+5491123456789")]
    [InlineData("0341 15 234-5678", "AR", "+5493412345678")]
    [InlineData("02901 15 234567", "AR", "+5492901234567")]
    [InlineData("2901 15 234567", "AR", "+5492901234567")]
    [InlineData("11 2345-6789", "AR", "+541123456789")]
    public void Mexican_Brazilian_and_Argentine_variants_of_a_line_are_one_number(string raw, string? country, string expected) =>
        PhoneNumbers.Normalise(raw, country).ShouldBe(expected);

    [Theory]
    [InlineData("+5491123456789", "+541123456789")]
    [InlineData("+541123456789", "+5491123456789")]
    [InlineData("+5511987654321", null)]
    [InlineData("+48600100200", null)]
    public void Argentine_numbers_have_a_second_spelling_to_look_up(string number, string? alias) => PhoneNumbers.AliasOf(number).ShouldBe(alias);

    [Theory]
    [InlineData("555-0147", null)]
    [InlineData("600100200", null)]
    [InlineData("MYSHOP", null)]
    [InlineData("32665", null)]
    [InlineData("32665", "DE")]
    [InlineData("anonymous", "US")]
    [InlineData("+266696687", null)]
    [InlineData("+7378742833", null)]
    [InlineData("GB.9911223344", null)]
    [InlineData("user@example.com", "PL")]
    [InlineData("+", null)]
    [InlineData("", null)]
    [InlineData("+48", null)]
    [InlineData("++48600100200", null)]
    [InlineData("+48600100200+1", null)]
    [InlineData("+4860010020012345678", null)]
    [InlineData("+210600100200", null)]
    [InlineData("4,47E+11", "GB")]
    [InlineData("12345678901234567890", "US")]
    [InlineData("26112", "GB")]
    [InlineData("0 12 34 56 78", "FR")]
    [InlineData("+48600100200 call me", null)]
    [InlineData("600100200", "XX")]
    public void What_cannot_be_told_is_not_guessed(string raw, string? country) => PhoneNumbers.Normalise(raw, country).ShouldBeNull();

    [CorpusFact(Numbers)]
    public void Collected_numbers_agree()
    {
        var seen = new Dictionary<string, (int All, int Equal)>();
        var wrong = new List<string>();
        foreach (string line in File.ReadLines(Corpus.Find(Numbers)!))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            string Field(string name) => document.RootElement.GetProperty(name).GetString()!;
            string? normalised = PhoneNumbers.Normalise(Field("input"), Field("region"));
            bool equal = normalised == Field("e164");
            if (!equal)
                wrong.Add($"{Field("region")} {Field("form")} {Field("input")}: {normalised ?? "nothing"}, not {Field("e164")}");
            (int all, int right) = seen.GetValueOrDefault(Field("form"));
            seen[Field("form")] = (all + 1, right + (equal ? 1 : 0));
        }
        foreach ((string form, (int all, int right)) in seen)
            output.WriteLine($"{form}: {right} of {all} ({100.0 * right / all:0.0} %)");
        foreach (string line in wrong)
            output.WriteLine(line);

        seen.Keys.Order().ShouldBe(["international", "national", "rfc3966"]);
        wrong.ShouldBeEmpty();
    }
}
