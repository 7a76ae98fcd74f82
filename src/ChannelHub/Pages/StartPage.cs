namespace ChannelHub.Pages;

/// <summary><c>GET /</c>: where things are. It holds no data, so anybody may see it.</summary>
public static class StartPage
{
    private const string Policy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder app)
    {
        EmbeddedFile page = EmbeddedFile.Load("start.html", "text/html; charset=utf-8");
        EmbeddedFile style = EmbeddedFile.Load("start.css", "text/css; charset=utf-8");
        app.MapGet("/", context => page.SendAsync(context, Policy)).ExcludeFromDescription();
        app.MapGet("/start.css", context => style.SendAsync(context)).ExcludeFromDescription();
    }
}
