namespace ChannelHub.Mail.Reading;

/// <summary>The lines by which mail programs lead in what they quote, in the languages we read.</summary>
internal static class QuoteLines
{
    private static readonly string[] Verbs =
    [
        "wrote", "writes", "schrieb", "a écrit", "escribió", "ha scritto", "escreveu", "schreef", "napisał", "napisała", "napisał(a)", "pisze", "пишет", "написал",
        "написала", "написал(а)", "пише", "писал", "писал(а)", "skrev", "kirjoitti", "napsal", "napsal(a)", "yazdı", "写道", "geschreven", "a scris", "írta", "έγραψε",
    ];

    private static readonly string[] Starts =
    [
        "on ", "am ", "le ", "el ", "il ", "em ", "op ", "w dniu ", "dnia ", "den ", "vào ", "në ", "på ", "dne ", "pe ", "pada ", "в ", "1",
    ];

    private static readonly string[] Originals =
    [
        "original message", "original appointment", "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "message d'origine", "message d’origine",
        "message original", "mensaje original", "исходное сообщение", "оригинальное сообщение", "wiadomość oryginalna", "oryginalna wiadomość",
        "messaggio originale", "mensagem original", "oorspronkelijk bericht", "original besked", "oprindelig besked", "opprinnelig melding", "ursprungligt meddelande", "原始邮件", "reply message", "ответ на сообщение",
    ];

    private static readonly string[] Forwards =
    [
        "forwarded message", "begin forwarded message", "weitergeleitete nachricht", "message transféré", "mensaje reenviado", "пересылаемое сообщение",
        "пересланное сообщение", "перенаправленное сообщение", "wiadomość przekazana", "przekazana wiadomość", "messaggio inoltrato", "mensagem encaminhada",
        "début du message réexpédié", "anfang der weitergeleiteten", "początek przekazanej", "inicio del mensaje reenviado", "начало переадресованного",
    ];

    private static readonly string[] From = ["from", "von", "de", "od", "от", "от кого", "da", "van", "від", "från", "fra"];
    private static readonly string[] Date =
        ["sent", "date", "gesendet", "datum", "envoyé", "enviado", "enviado el", "fecha", "wysłano", "wysłane", "data", "отправлено", "дата", "inviato", "verzonden", "envoyé le", "sendt", "skickat", "надіслано"];

    private static readonly string[] To = ["to", "an", "à", "para", "do", "кому", "a", "aan", "till", "til"];
    private static readonly string[] Subject = ["subject", "betreff", "objet", "asunto", "temat", "тема", "oggetto", "assunto", "sujet", "onderwerp", "ämne", "emne"];

    [Flags]
    public enum Header
    {
        None = 0,
        From = 1,
        Date = 2,
        To = 4,
        Subject = 8,
    }

    /// <summary>"-----Original Message-----", our own marker, and their kin.</summary>
    public static bool IsSeparator(string line)
    {
        if (line.Length > 120)
            return false;
        if (line.Contains("reply above this line", StringComparison.OrdinalIgnoreCase) && line.AsSpan().ContainsAny("-#="))
            return true;
        bool ruled = line.StartsWith("--", StringComparison.Ordinal) || line.StartsWith("__", StringComparison.Ordinal) || line.StartsWith("==", StringComparison.Ordinal)
            || line.StartsWith("——", StringComparison.Ordinal);
        return ruled && Originals.Any(o => line.Contains(o, StringComparison.OrdinalIgnoreCase));
    }

    public static bool IsForward(string line) => line.Length <= 120 && Forwards.Any(f => line.Contains(f, StringComparison.OrdinalIgnoreCase))
        && (line[0] is '-' or '_' or '=' or '*' or '>' || line.EndsWith(':'));

    /// <summary>A line of nothing but a rule, as Outlook draws one.</summary>
    public static bool IsRule(string line) => line.Length >= 10 && (!line.AsSpan().ContainsAnyExcept('_') || !line.AsSpan().ContainsAnyExcept('-') || !line.AsSpan().ContainsAnyExcept('*'));

    /// <summary>Whether a line that is none yet could become an attribution with the next one.</summary>
    public static bool MayBeginAttribution(string text) =>
        Starts.Any(s => text.StartsWith(s, StringComparison.OrdinalIgnoreCase)) || char.IsAsciiDigit(text[0]) || text[0] is '<' or '"' or '[' || text.Contains('@');

    /// <summary>"On Monday, Ann wrote:": ends with a colon, holds a verb of writing near its end, and a date or an address.</summary>
    public static bool IsAttribution(string text)
    {
        ReadOnlySpan<char> line = text.AsSpan().TrimEnd().TrimEnd("*_");
        if (line.Length is < 8)
            return false;
        if (IsRuledAttribution(text))
            return true;
        if (!(line.EndsWith(":") || line.EndsWith("：")))
            return false;
        line = line[..^1].TrimEnd();
        // "Wed, 30 Apr 2025 at 15:19, Ann <ann@x.example>:" does without a verb.
        if (line.EndsWith(">") && line.Contains('@') && line.LastIndexOf('<') > 8 && HasTime(line))
            return true;
        bool dated = line.ContainsAnyInRange('0', '9');
        bool addressed = line.Contains('@');
        if (!dated && !addressed)
            return false;
        foreach (string verb in Verbs)
        {
            int at = line.LastIndexOf(verb, StringComparison.OrdinalIgnoreCase);
            if (at < 0 || (at > 0 && char.IsLetter(line[at - 1]) && verb != "写道"))
                continue;
            int after = at + verb.Length;
            bool wordEnds = after >= line.Length || !char.IsLetter(line[after]);
            bool atEnd = line.Length - after <= 3;
            bool started = MayBeginAttribution(text);
            // German and Polish put the name after the verb.
            if (wordEnds && (atEnd ? started || addressed || dated : started && line.Length - after < 150))
                return true;
        }
        return false;
    }

    /// <summary>"---- On … wrote ----", and "On … wrote" without its colon.</summary>
    private static bool IsRuledAttribution(string text)
    {
        ReadOnlySpan<char> line = text.AsSpan().Trim(" -");
        return line.StartsWith("On ") && line.EndsWith(" wrote") && line.Contains('@') && HasTime(line);
    }

    /// <summary>A digit, a colon or dot, two digits.</summary>
    private static bool HasTime(ReadOnlySpan<char> line)
    {
        for (int i = 1; i + 2 < line.Length; i++)
        {
            if (line[i] is ':' or '.' && char.IsAsciiDigit(line[i - 1]) && char.IsAsciiDigit(line[i + 1]) && char.IsAsciiDigit(line[i + 2]))
                return true;
        }
        return false;
    }

    /// <summary>Which field of a mail's head a line shows, in any language we read.</summary>
    public static Header HeaderOf(string line)
    {
        ReadOnlySpan<char> text = line.AsSpan().TrimStart(" \t*>").TrimEnd();
        int colon = text[..Math.Min(text.Length, 24)].IndexOf(':');
        if (colon <= 0 || text.Length > 2_000)
            return Header.None;
        string name = text[..colon].Trim(" \u00A0*").ToString().ToLowerInvariant();
        // A field without a value is a person's sentence.
        if (text[(colon + 1)..].Trim(" *").IsEmpty)
            return Header.None;
        return From.Contains(name) ? Header.From : Date.Contains(name) ? Header.Date : To.Contains(name) ? Header.To : Subject.Contains(name) ? Header.Subject : Header.None;
    }
}

/// <summary>The lines with which signatures begin.</summary>
internal static class SignatureLines
{
    /// <summary>A longer tail is no signature.</summary>
    public const int Longest = 20;

    private static readonly string[] Mobile =
    [
        "sent from my ", "sent from mail for", "sent from outlook", "sent from yahoo", "sent from proton", "sent from the", "get outlook for", "sent via ", "sent with ",
        "von meinem ", "gesendet von ", "gesendet mit", "holen sie sich outlook", "outlook für ",
        "envoyé de mon ", "envoyé depuis ", "envoyé à partir", "télécharger outlook", "obtenez outlook",
        "enviado desde ", "obtener outlook", "enviado do meu", "inviato da", "verzonden met", "verstuurd vanaf",
        "wysłane z ", "wysłano z ", "pobierz outlook", "отправлено с ", "отправлено из ", "послано с ", "получить outlook", "надіслано з", "lähetetty ", "sendt fra", "skickat från",
    ];

    public static bool Begins(string line)
    {
        ReadOnlySpan<char> text = line.AsSpan().TrimEnd('\r');
        if (text is "-- " or "--" or "—" or "__" or "___" or "-- -")
            return true;
        ReadOnlySpan<char> words = text.Trim().TrimStart("*_([");
        if (words.Length is 0 or > 100)
            return false;
        foreach (string start in Mobile)
        {
            if (words.StartsWith(start, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>A phone's own line stands last or nearly so; after "-- " anything may follow.</summary>
    public static bool Fits(ReadOnlySpan<string> tail)
    {
        if (tail[0].StartsWith("--", StringComparison.Ordinal) || tail[0].StartsWith('—') || tail[0].StartsWith('_'))
            return true;
        int filled = 0;
        foreach (string line in tail)
            filled += line.AsSpan().IsWhiteSpace() ? 0 : 1;
        // "Sent from my office to yours, see below" goes on as a sentence does.
        return filled <= 3 && !tail[0].TrimEnd().EndsWith(',') && tail[0].Trim().Split(' ').Length <= 9;
    }
}
