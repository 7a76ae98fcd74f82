using System.Text.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using ChannelHub.Mail.Html;
using ChannelHub.Mail.Tests.Corpora;
using Xunit.Abstractions;

namespace ChannelHub.Mail.Tests.Html;

public sealed class HtmlTests(ITestOutputHelper output)
{
    private static readonly string[] Elements =
        ["script", "style", "iframe", "object", "embed", "form", "input", "button", "link", "meta", "base", "svg", "math", "template", "video", "audio", "noscript"];

    [Theory]
    [InlineData("<p>Hi <b>Ann</b></p>", "<p>Hi <b>Ann</b></p>")]
    [InlineData("a<script>alert(1)</script>b", "ab")]
    [InlineData("<scr<script>ipt>alert(1)</script>x", "ipt&gt;alert(1)x")]
    [InlineData("<img src=x onerror=alert(1)>", "<img>")]
    [InlineData("<a href=\"javascript:alert(1)\">x</a>", "<a>x</a>")]
    [InlineData("<a href=\" java\tscript:alert(1)\">x</a>", "<a>x</a>")]
    [InlineData("<a href=\"https://good.example@evil.example/\">x</a>", "<a>x</a>")]
    [InlineData("<p style=\"color:red;position:fixed;background:url(//x)\">x</p>", "<p style=\"color:red\">x</p>")]
    [InlineData("<p style=\"color:expression(alert(1))\">x</p>", "<p>x</p>")]
    [InlineData("<p style=\"margin:-99px\">x</p>", "<p>x</p>")]
    [InlineData("<p id=location class=x name=y onclick=z>x</p>", "<p>x</p>")]
    [InlineData("<form action=//x>a<input value=b><button>c</button></form>", "a")]
    [InlineData("<svg><style><img src=x onerror=alert(1)></style></svg>x", "x")]
    [InlineData("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">", "")]
    [InlineData("<!-- x --><p>a</p><!--[if mso]><p>b</p><![endif]-->", "<p>a</p>")]
    [InlineData("a &lt;script&gt; b", "a &lt;script&gt; b")]
    [InlineData("<title>x</title><noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>y", "")]
    public void Only_what_is_allowed_is_written(string html, string safe)
    {
        string written = HtmlSanitizer.Sanitize(html).Html;
        if (safe.Length > 0)
            written.ShouldBe(safe);
        ShouldBeHarmless(written);
    }

    [Fact]
    public void A_page_of_ninety_thousand_paragraphs_is_read()
    {
        // Whoever looks for each among all the others is at it for many minutes.
        string html = string.Concat(Enumerable.Repeat("<p>x", 90_000));
        HtmlText.Of(html).Count(c => c == 'x').ShouldBe(90_000);
        HtmlSanitizer.Sanitize(html).Html.Length.ShouldBe("<p>x</p>".Length * 90_000);
    }

    [Fact]
    public void A_link_shows_its_true_address_and_opens_apart() =>
        HtmlSanitizer.Sanitize("<a href=\"https://evil.example/?a=1&b=2\" title=\"my bank\">https://bank.example</a>").Html
            .ShouldBe("<a href=\"https://evil.example/?a=1&amp;b=2\" title=\"https://evil.example/?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">https://bank.example</a>");

    [Fact]
    public void Remote_pictures_are_blocked_until_asked_for_inline_ones_are_shown_and_pixels_never()
    {
        const string Html = "<img src=\"https://t.example/a.png\" width=300><img src=\"cid:one%40x\"><img src=\"https://t.example/p.gif\" width=1 height=1>"
            + "<img src=\"https://t.example/q.gif\" style=\"display:none\"><img src=\"//t.example/b\"><img srcset=\"https://t.example/c 2x\"><table background=\"https://t.example/d\"></table>"
            + "<img src=\"data:image/svg+xml;base64,AAAA\"><img src=\"data:image/png;base64,AAAA\">";
        SafeHtml blocked = HtmlSanitizer.Sanitize(Html, new HtmlPolicy { InlineImage = id => id == "one@x" ? "/media/1" : null });
        blocked.BlockedImages.ShouldBe(1);
        blocked.TrackingPixels.ShouldBe(2);
        blocked.Html.ShouldContain("<img data-remote-src=\"https://t.example/a.png\" width=\"300\">");
        blocked.Html.Split("t.example").Length.ShouldBe(2);
        blocked.Html.ShouldContain("src=\"/media/1\"");
        blocked.Html.ShouldContain("data:image/png");
        blocked.Html.ShouldNotContain("svg");
    }

    [Theory]
    [InlineData("http://t.example/a.png")]
    [InlineData("https://192.168.0.1/a.png")]
    [InlineData("https://[::1]/a.png")]
    [InlineData("https://0x7f000001/a.png")]
    [InlineData("https://router/a.png")]
    [InlineData("https://t.example:8443/a.png")]
    [InlineData("https://t.example@evil.example/a.png")]
    [InlineData("https://t.example/\u202Egnp.a")]
    public void Pictures_that_nobody_should_fetch_are_not_even_offered(string address)
    {
        SafeHtml safe = HtmlSanitizer.Sanitize($"<img src=\"{address}\">");
        safe.Html.ShouldBe("<img>");
        safe.BlockedImages.ShouldBe(1);
    }

    [Fact]
    public void Known_attacks_come_out_harmless()
    {
        int count = 0;
        foreach (string file in Corpus.Files("html", output.WriteLine))
        {
            foreach (string line in File.ReadLines(file))
            {
                string payload = JsonDocument.Parse(line).RootElement.GetProperty("payload").GetString()!;
                string once = HtmlSanitizer.Sanitize(payload).Html;
                ShouldBeHarmless(once);
                // A browser parses it anew, and so do we.
                ShouldBeHarmless(HtmlSanitizer.Sanitize(once).Html);
                HtmlText.Of(payload);
                count++;
            }
        }
        output.WriteLine($"{count} payloads");
    }

    [Fact]
    public void Html_of_the_corpus_is_sanitised_and_read()
    {
        int count = 0;
        foreach (string file in Corpus.Files("mail", output.WriteLine).Where(f => f.EndsWith(".html", StringComparison.Ordinal) && !f.Contains("utf-", StringComparison.Ordinal)))
        {
            string html = File.ReadAllText(file);
            ShouldBeHarmless(HtmlSanitizer.Sanitize(html).Html);
            HtmlText.Of(html);
            count++;
        }
        output.WriteLine($"{count} pages");
    }

    [Theory]
    [InlineData("<p>Hello<br>Ann</p><p>Bye</p>", "Hello\nAnn\n\nBye")]
    [InlineData("<ul><li>a<li>b</ul>", "- a\n- b")]
    [InlineData("<div>a<div>b</div></div>c", "a\nb\nc")]
    [InlineData("a <b>bold</b>   word&nbsp;x", "a bold word x")]
    [InlineData("<a href=\"https://x.example/y\">here</a>", "here <https://x.example/y>")]
    [InlineData("<a href=\"https://x.example\">https://x.example/</a>", "https://x.example/")]
    [InlineData("<style>p{}</style><script>x</script><div style=\"display: none\">preview</div>text", "text")]
    [InlineData("mine<blockquote>theirs<br>more</blockquote>", "mine\n> theirs\n> more")]
    [InlineData("<pre>a\n  b</pre>", "a\n  b")]
    [InlineData("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc")]
    [InlineData("", "")]
    public void Text_is_made_of_HTML(string html, string text) => HtmlText.Of(html).ShouldBe(text);

    [Fact]
    public void Depth_costs_no_stack()
    {
        string deep = string.Concat(Enumerable.Repeat("<div>", 100_000)) + "core" + string.Concat(Enumerable.Repeat("</div>", 100_000));
        HtmlText.Of(deep).ShouldBe("core");
        HtmlSanitizer.Sanitize(deep).Html.ShouldContain("core");
        HtmlText.Of(string.Concat(Enumerable.Repeat("<blockquote>", 5_000)) + "core").ShouldEndWith("core");
    }

    private static void ShouldBeHarmless(string html)
    {
        IDocument page = new HtmlParser().ParseDocument(html);
        foreach (IElement element in page.All)
        {
            Elements.ShouldNotContain(element.LocalName, html);
            foreach (IAttr attribute in element.Attributes)
            {
                attribute.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase).ShouldBeFalse(html);
                string value = attribute.Value.Trim();
                if (attribute.Name is "href")
                    (value.StartsWith("http", StringComparison.OrdinalIgnoreCase) || value.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) || value.StartsWith("tel:", StringComparison.OrdinalIgnoreCase)).ShouldBeTrue(html);
                if (attribute.Name is "src")
                    value.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase).ShouldBeTrue(html);
                if (attribute.Name is "style")
                    value.ShouldNotContain("url", Case.Insensitive);
            }
        }
    }
}
