using System.Text;
using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Tests.Mime;

public sealed class CharsetTests
{
    public static TheoryData<string, string> Labelled => new()
    {
        { "windows-1251", "Здравствуйте, где мой заказ?" }, { "koi8-r", "Здравствуйте" }, { "koi8-u", "Де моє замовлення їжак" },
        { "iso-8859-2", "Zażółć gęślą jaźń" }, { "windows-1250", "Zażółć gęślą jaźń" }, { "iso-8859-15", "10 €" }, { "cp1252", "smart “quotes”" },
        { "shift_jis", "日本語テスト" }, { "euc-jp", "日本語テスト" }, { "iso-2022-jp", "日本語テスト" }, { "gb2312", "中文测试" }, { "GBK", "中文測試" },
        { "big5", "中文測試" }, { "ks_c_5601-1987", "한국어" }, { "euc-kr", "한국어" }, { "windows-1253", "Ελληνικά" }, { "windows-1255", "עברית" },
        { "windows-1256", "العربية" }, { "tis-620", "ภาษาไทย" }, { "windows-1258", "Vi" }, { "utf-16", "wide" }, { "cp866", "Привет" },
        { "\"utf8\"", "naïve" }, { "gb18030", "中文𠀀" },
    };

    [Theory]
    [MemberData(nameof(Labelled))]
    public void Text_is_read_by_its_label(string label, string text)
    {
        Encoding encoding = Charsets.Page(CodePage(label.Trim('"').ToLowerInvariant()));
        byte[] body = encoding.GetBytes(text);
        byte[] mail = [.. Encoding.ASCII.GetBytes($"Content-Type: text/plain; charset={label}\r\nContent-Transfer-Encoding: base64\r\n\r\n{Convert.ToBase64String(body)}")];
        MimeParser.Parse(mail).Root.Text().ShouldBe(text);
    }

    [Theory]
    [InlineData("windows-1251", 1251, "Здравствуйте, подскажите, пожалуйста, где мой заказ? Спасибо.")]
    [InlineData("koi8-r", 20866, "Здравствуйте, подскажите, пожалуйста, где мой заказ? Спасибо.")]
    [InlineData("windows-1250", 1250, "Dzień dobry, proszę o informację, gdzie jest moje zamówienie. Dziękuję.")]
    [InlineData("windows-1252", 1252, "Grüße aus München, ça va très bien, señor")]
    [InlineData("shift_jis", 932, "こんにちは、注文はどこですか。日本語のテストです。")]
    [InlineData("euc-jp", 51932, "こんにちは、注文はどこですか。日本語のテストです。")]
    [InlineData("gb18030", 54936, "你好，请问我的订单在哪里？谢谢。")]
    [InlineData("utf-8", 65001, "Zażółć gęślą jaźń, Здравствуйте")]
    public void Text_without_a_label_or_with_a_wrong_one_is_recognised(string _, int page, string text)
    {
        byte[] body = Charsets.Page(page).GetBytes(text);
        foreach (string header in new[] { "Subject: x", "Content-Type: text/plain; charset=x-unknown", "Content-Type: text/plain; charset=us-ascii", "Content-Type: text/plain; charset=utf-8" })
            MimeParser.Parse((byte[])[.. Encoding.ASCII.GetBytes(header + "\r\n\r\n"), .. body]).Root.Text().ShouldBe(text, header);
    }

    [Fact]
    public void One_damaged_byte_does_not_unmake_utf8()
    {
        byte[] text = [.. "Здравствуйте "u8, 0xFF, .. " ещё"u8];
        MimeParser.Parse((byte[])[.. "Content-Type: text/plain; charset=utf-8\r\n\r\n"u8, .. text]).Root.Text().ShouldBe("Здравствуйте \uFFFD ещё");
    }

    [Fact]
    public void Utf8_under_a_western_label_is_utf8() =>
        MimeParser.Parse((byte[])[.. "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n"u8, .. "Grüße"u8]).Root.Text().ShouldBe("Grüße");

    [Fact]
    public void Seven_bit_unicode_is_read_in_bodies_and_folder_names()
    {
        Charsets.Decode("Hi Mom -+Jjo--+-!"u8, "utf-7").ShouldBe("Hi Mom -☺-+!");
        Utf7.DecodeFolder("~peter/mail/&U,BTFw-/&ZeVnLIqe-").ShouldBe("~peter/mail/台北/日本語");
        Utf7.EncodeFolder("台北 & co").ShouldBe("&U,BTFw- &- co");
        Utf7.DecodeFolder(Utf7.EncodeFolder("Отправленные/ü")).ShouldBe("Отправленные/ü");
    }

    private static int CodePage(string label) => label switch
    {
        "windows-1251" => 1251, "koi8-r" => 20866, "koi8-u" => 21866, "iso-8859-2" => 28592, "windows-1250" => 1250, "iso-8859-15" => 28605,
        "cp1252" => 1252, "shift_jis" => 932, "euc-jp" => 51932, "iso-2022-jp" => 50220, "gb2312" or "gbk" or "gb18030" => 54936, "big5" => 950,
        "ks_c_5601-1987" or "euc-kr" => 949, "windows-1253" => 1253, "windows-1255" => 1255, "windows-1256" => 1256, "tis-620" => 874,
        "windows-1258" => 1258, "utf-16" => 1200, "cp866" => 866, _ => 65001,
    };
}
