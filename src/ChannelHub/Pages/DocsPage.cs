using Swashbuckle.AspNetCore.SwaggerUI;

namespace ChannelHub.Pages;

/// <summary><c>/docs</c>: the API's description in a browser. All of it comes from this program; its policy lets it ask nobody else.</summary>
internal static class DocsPage
{
    private const string Path = "/docs";

    // The page sets styles on its elements; its pictures are written into the style sheet.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Use(IApplicationBuilder app) => app.UseWhen(context => context.Request.Path.StartsWithSegments(Path), docs =>
    {
        docs.Use(next => context =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            return next(context);
        });
        docs.UseSwaggerUI(Configure);
    });

    private static void Configure(SwaggerUIOptions page)
    {
        page.RoutePrefix = Path.TrimStart('/');
        page.DocumentTitle = "ChannelHub API";
        page.SwaggerEndpoint("/openapi/v1.json", "Version 1");
        page.EnableValidator(null); // its default would send the document to a stranger's server
        page.DefaultModelsExpandDepth(0);
        page.DisplayRequestDuration();
        page.EnableDeepLinking();
    }
}
