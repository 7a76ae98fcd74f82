using System.Net.Http.Headers;
using System.Text;
using ChannelHub.Attachments;

namespace ChannelHub.Tests.Attachments;

public sealed class SafeNameTests
{
    [Theory]
    [InlineData("photo.jpg", "photo.jpg")]
    [InlineData("Счёт №5 — март.pdf", "Счёт №5 — март.pdf")]
    [InlineData("発注書.xlsx", "発注書.xlsx")]
    [InlineData("family 👨‍👩‍👧.png", "family 👨‍👩‍👧.png")]
    [InlineData("می‌خواهم.txt", "می‌خواهم.txt")]
    [InlineData("archive.tar.gz", "archive.tar.gz")]
    [InlineData("a'b (1) [2] {3} #4 %20 & + = @ ~ ^ , ;.txt", "a'b (1) [2] {3} #4 %20 & + = @ ~ ^ , ;.txt")]
    public void A_good_name_stays_as_it_is(string name, string expected) => SafeName.Of(name).ShouldBe(expected);

    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("..\\..\\windows\\win.ini", "win.ini")]
    [InlineData("/etc/shadow", "shadow")]
    [InlineData("C:\\Users\\a\\b.txt", "b.txt")]
    [InlineData("C:b.txt", "C_b.txt")]
    [InlineData("\\\\server\\share\\x.doc", "x.doc")]
    [InlineData("file:///etc/passwd", "passwd")]
    [InlineData("a/b/", "b")]
    [InlineData("a/../b.txt", "b.txt")]
    [InlineData("..././x", "x")]
    [InlineData("a/\\/\\", "a")]
    [InlineData("....//x.txt", "x.txt")]
    [InlineData("%2e%2e%2fpasswd", "%2e%2e%2fpasswd")]
    [InlineData("stream.txt:evil.exe", "stream.txt_evil.exe")]
    [InlineData("x.txt::$DATA", "x.txt__$DATA")]
    [InlineData("a\0.html", "a\uFFFD.html")]
    [InlineData("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie_ x=1.txt")]
    [InlineData("a\nb.txt", "ab.txt")]
    [InlineData("a\u0085b\u2028c\u2029d.txt", "abcd.txt")]
    [InlineData("a\u001b[2Jb.txt", "a[2Jb.txt")]
    [InlineData("a\u007fb\u009bc.txt", "abc.txt")]
    [InlineData("invoice\u202Efdp.exe", "invoicefdp.exe")]
    [InlineData("\u202Dx\u202C\u2066y\u2067\u2068\u2069z\u200E\u200F\u061C.txt", "xyz.txt")]
    [InlineData("a\u200Bb\uFEFFc\u2060d\u00ADe.txt", "abcde.txt")]
    [InlineData("\uFFFE\uFFFF\uFDD0x.txt", "x.txt")]
    [InlineData("\u3164\u2800x.txt", "x.txt")]
    [InlineData("a<b>c:d\"e|f?g*h.txt", "a_b_c_d_e_f_g_h.txt")]
    [InlineData(".htaccess", "htaccess")]
    [InlineData("...hidden", "hidden")]
    [InlineData(" . . x.txt", "x.txt")]
    [InlineData("x.svg.", "x.svg")]
    [InlineData("x.svg. . ", "x.svg")]
    [InlineData("x.svg\u00A0", "x.svg")]
    [InlineData("CON", "_CON")]
    [InlineData("con.txt", "_con.txt")]
    [InlineData("NUL .txt", "_NUL .txt")]
    [InlineData("nul.tar.gz", "_nul.tar.gz")]
    [InlineData("Aux.pdf", "_Aux.pdf")]
    [InlineData("COM1.log", "_COM1.log")]
    [InlineData("LPT9", "_LPT9")]
    [InlineData("COM¹", "_COM¹")]
    [InlineData("CONIN$", "_CONIN$")]
    [InlineData("COM10.txt", "COM10.txt")]
    [InlineData("CONSOLE.txt", "CONSOLE.txt")]
    public void A_hostile_name_is_mended(string name, string expected) => SafeName.Of(name).ShouldBe(expected);

    [Fact]
    public void Half_a_character_is_replaced()
    {
        SafeName.Of("a\uD800b.txt").ShouldBe("a\uFFFDb.txt");
        SafeName.Of("a\uDC00").ShouldBe("a\uFFFD");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("/")]
    [InlineData("\\")]
    [InlineData("///")]
    [InlineData("../..")]
    [InlineData("\r\n")]
    [InlineData("\u202E\u202C")]
    [InlineData("\u200B")]
    [InlineData("\t")]
    public void Nothing_is_left_of_a_name_that_says_nothing(string? name)
    {
        SafeName.Of(name).ShouldBeNull();
        SafeName.Attachment(name).ShouldBe("attachment; filename=\"file\"");
    }

    [Theory]
    [InlineData("a", 4000, ".pdf")]
    [InlineData("ю", 2000, ".docx")]
    [InlineData("👍", 900, ".png")]
    [InlineData("a", 256, "")]
    [InlineData("x", 1, ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_long_name_is_cut_to_what_file_systems_take_and_keeps_its_extension(string letter, int times, string extension)
    {
        string name = SafeName.Of(string.Concat(Enumerable.Repeat(letter, times)) + extension)!;

        Encoding.UTF8.GetByteCount(name).ShouldBeInRange(1, 255);
        name.ShouldNotContain('\uFFFD');
        if (extension.Length <= 32)
            name.ShouldEndWith(extension);
    }

    [Theory]
    [InlineData("photo.jpg", "attachment; filename=\"photo.jpg\"")]
    [InlineData("Счёт.pdf", "attachment; filename=\"____.pdf\"; filename*=UTF-8''%D0%A1%D1%87%D1%91%D1%82.pdf")]
    [InlineData("👍.png", "attachment; filename=\"_.png\"; filename*=UTF-8''%F0%9F%91%8D.png")]
    [InlineData("50% off; today.txt", "attachment; filename=\"50_ off_ today.txt\"; filename*=UTF-8''50%25%20off%3B%20today.txt")]
    [InlineData("a\"; filename=evil.exe", "attachment; filename=\"a__ filename=evil.exe\"; filename*=UTF-8''a_%3B%20filename%3Devil.exe")]
    public void The_header_carries_the_name_in_both_forms(string name, string header) => SafeName.Attachment(name).ShouldBe(header);

    [Fact]
    public void Whatever_the_name_the_header_is_well_formed_and_one_line()
    {
        const string Corners = "/\\\"'%;:*?<>|.\u202E\u2066\uD83D\uDE00\uFEFF";
        var random = new Random(11);
        for (int i = 0; i < 3000; i++)
        {
            // Mostly the dangerous corners: controls, separators, quotes, direction marks, lone halves.
            char[] letters = [.. Enumerable.Range(0, random.Next(0, 300)).Select(_ => random.Next(4) switch
            {
                0 => (char)random.Next(0x20),
                1 => Corners[random.Next(Corners.Length)],
                _ => (char)random.Next(0x10000),
            })];
            string header = SafeName.Attachment(new string(letters));

            header.ShouldAllBe(c => c >= ' ' && c < '\x7F');
            ContentDispositionHeaderValue parsed = ContentDispositionHeaderValue.Parse(header);
            parsed.DispositionType.ShouldBe("attachment");
            string name = parsed.FileNameStar ?? parsed.FileName!.Trim('"');
            name.ShouldBe(SafeName.Of(name) ?? "file");
            name.AsSpan().IndexOfAny('/', '\\').ShouldBe(-1);
        }
    }
}
