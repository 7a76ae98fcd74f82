using ChannelHub.Mail.Reading;
using ChannelHub.Mail.Tests.Corpora;
using Xunit.Abstractions;

namespace ChannelHub.Mail.Tests.Reading;

public sealed class ReplyTextTests(ITestOutputHelper output)
{
    public static TheoryData<string> Quotes =>
    [
        "On Mon, Mar 2, 2026 at 9:00 AM Shop <help@shop.example> wrote:\n> Hello\n> there",
        "On Mon, Mar 2, 2026 at 9:00 AM Shop of a Very Long Name Indeed\n<help@shop.example> wrote:\n\n> Hello",
        "W dniu 2.03.2026 o 09:00, Sklep pisze:\n> Dzień dobry",
        "pon., 2 mar 2026 o 09:00 Sklep <help@shop.example> napisał(a):\n\n> Dzień dobry",
        "2 марта 2026 г., 9:00, Магазин <help@shop.example> написал:\n> Здравствуйте",
        "пн, 2 мар. 2026 г. в 09:00, Магазин <help@shop.example>:\n\n> Здравствуйте",
        "Am 02.03.2026 um 09:00 schrieb Laden <help@shop.example>:\n> Hallo",
        "Le lun. 2 mars 2026 à 09:00, Magasin <help@shop.example> a écrit :\n\n> Bonjour",
        "El lun, 2 mar 2026 a las 9:00, Tienda (<help@shop.example>) escribió:\n\n> Hola",
        "-----Original Message-----\nFrom: Shop\n\nHello",
        "-----Ursprüngliche Nachricht-----\nVon: Laden\n\nHallo",
        "________________________________\nFrom: Shop <help@shop.example>\nSent: Monday, 2 March 2026 09:00\nTo: Ann\nSubject: Re: x\n\nHello",
        "Von: Laden <help@shop.example>\nGesendet: Montag, 2. März 2026 09:00\nAn: Ann\nBetreff: x\n\nHallo",
        "De : Magasin <help@shop.example>\nEnvoyé : lundi 2 mars 2026 09:00\nÀ : Ann\nObjet : x\n\nBonjour",
        "De: Tienda <help@shop.example>\nEnviado: lunes, 2 de marzo de 2026 9:00\nPara: Ann\nAsunto: x\n\nHola",
        "Od: Sklep <help@shop.example>\nWysłane: poniedziałek, 2 marca 2026 09:00\nDo: Ann\nTemat: x\n\nDzień dobry",
        "От: Магазин <help@shop.example>\nОтправлено: понедельник, 2 марта 2026 г. 9:00\nКому: Анна\nТема: x\n\nЗдравствуйте",
        "> Hello\n> there",
    ];

    [Theory]
    [MemberData(nameof(Quotes))]
    public void Quotes_of_every_program_and_language_are_cut(string quote)
    {
        ReplyText split = ReplyText.Split("Thank you!\nSee you.\n\n" + quote);
        split.New.ShouldBe("Thank you!\nSee you.");
        split.Quoted.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("-- \nAnn\n+1 555")]
    [InlineData("Sent from my iPhone")]
    [InlineData("Get Outlook for iOS<https://aka.ms/x>")]
    [InlineData("Wysłane z iPhone'a")]
    [InlineData("Отправлено с iPhone")]
    [InlineData("Von meinem iPhone gesendet")]
    [InlineData("Envoyé de mon iPhone")]
    [InlineData("Enviado desde mi iPhone")]
    public void Signatures_are_set_apart(string signature)
    {
        ReplyText split = ReplyText.Split("Thank you!\n\n" + signature);
        split.New.ShouldBe("Thank you!");
        split.Signature.ShouldBe(signature);
    }

    [Theory]
    [InlineData("On the other hand, I wrote: no.")]
    [InlineData("I said to him:\nplease write 2 letters:\n- one\n- two")]
    [InlineData("From: our side all is well.\nThanks")]
    [InlineData("Sent from my desk, which is easier than the phone, as you know.\nBye")]
    [InlineData("> all of it quoted")]
    [InlineData("--\nonly a signature")]
    [InlineData("Answers below.\nOn 1.2.2026 at 9:00 Shop <a@b.example> wrote:\n> one?\nyes\n> two?\nno")]
    [InlineData("Please read.\n---------- Forwarded message ---------\nFrom: a@b.example\nDate: 1 Mar\nSubject: x\nTo: y\n\nimportant")]
    public void A_sentence_too_much_is_better_than_one_lost(string text) => ReplyText.Split(text).New.ShouldBe(text);

    [Fact]
    public void An_answer_below_the_quote_is_the_answer()
    {
        ReplyText split = ReplyText.Split("On 1.2.2026 at 9:00 Shop <a@b.example> wrote:\n> How are you?\n\nFine, thanks.");
        split.New.ShouldBe("Fine, thanks.");
        split.Quoted.ShouldContain("How are you?");
    }

    [Theory]
    [InlineData("<div>Thanks</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">whoever whenever</div><blockquote>old</blockquote></div>")]
    [InlineData("<p>Thanks</p><div id=\"divRplyFwdMsg\"><b>X:</b> y</div><div>old</div>")]
    [InlineData("<p>Thanks</p><div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm\">old</div>")]
    [InlineData("Thanks<div class=\"moz-cite-prefix\">whoever</div><blockquote type=\"cite\">old</blockquote>")]
    [InlineData("Thanks<div id=\"yahoo_quoted_123\">old</div>")]
    [InlineData("<div>Thanks</div><div id=\"appendonsend\"></div><hr><div>old</div>")]
    public void The_marks_in_HTML_are_believed(string html)
    {
        ReplyText split = ReplyText.Of(Some.Content("Content-Type: text/html\n\n" + html));
        split.New.ShouldBe("Thanks");
        split.Quoted.ShouldContain("old");
    }

    [Fact]
    public void Real_replies_lose_no_words_and_most_lose_their_quotes()
    {
        int files = 0;
        int cut = 0;
        foreach (string file in Corpus.Files("reply", output.WriteLine).Where(f => f.EndsWith(".txt", StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(file).ReplaceLineEndings("\n");
            ReplyText split = ReplyText.Split(text);
            files++;
            cut += split.Quoted.Length + split.Signature.Length > 0 ? 1 : 0;
            Letters(split.New + split.Signature + split.Quoted).ShouldBe(Letters(text), file);
            split.New.ShouldNotBeNullOrWhiteSpace(file);
        }
        output.WriteLine($"{files} replies, {cut} with a quote or signature");
        if (files > 0)
            cut.ShouldBeGreaterThan(80);
    }

    private static int Letters(string text) => text.Count(c => !char.IsWhiteSpace(c));
}
