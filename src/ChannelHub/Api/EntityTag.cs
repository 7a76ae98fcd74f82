using System.Globalization;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace ChannelHub.Api;

/// <summary><c>ETag</c> and <c>If-Match</c> of what carries a version: whoever edits what they have read does not overwrite what they have not.</summary>
public static class EntityTag
{
    /// <summary>Tells the client which version it sees.</summary>
    public static void Write(HttpContext context, long version) => context.Response.Headers.ETag = Of(version);

    /// <summary>Whether the client may change this version: it names none, any (<c>*</c>), or this one.</summary>
    public static bool Allows(HttpContext context, long version)
    {
        if (context.Request.Headers.IfMatch.Count == 0)
            return true;
        RequestHeaders headers = context.Request.GetTypedHeaders();
        // A compressing proxy marks tags as weak; the version in them is still the one that was read.
        return headers.IfMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Tag.Equals(Of(version), StringComparison.Ordinal));
    }

    /// <summary>The tag of a version.</summary>
    public static string Of(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}
