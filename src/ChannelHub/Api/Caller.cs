using ChannelHub.Security;

namespace ChannelHub.Api;

/// <summary>Whose API key a request carries.</summary>
/// <param name="KeyId">Row of the key.</param>
/// <param name="Name">Its name: the actor in the audit.</param>
/// <param name="Scopes">What it may do.</param>
public sealed record Caller(long KeyId, string Name, IReadOnlyList<string> Scopes)
{
    /// <summary>The caller of this request; set before any endpoint that asks for a scope.</summary>
    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? throw new InvalidOperationException("the endpoint asks for no scope");

    public bool Has(string scope) => Security.Scopes.Allows(Scopes, scope);

    /// <summary>Whether the key is neither revoked nor expired by now; asked by streams, which outlive the request's own check.</summary>
    public Func<bool> IsStillGood { get; init; } = () => true;
}

/// <summary>What an endpoint asks for; checked before it runs.</summary>
public sealed record RequiredScope(string Scope);

/// <summary>Metadata of an endpoint that a visitor of the live chat calls with a token of their own.</summary>
public sealed record VisitorToken;

/// <summary>Instead of a key, a signed link will do here. Whether it is good is the endpoint's to judge.</summary>
public sealed record LinkInstead
{
    /// <summary>Whether the request comes by a link.</summary>
    public static bool IsIn(HttpRequest request) => request.QueryString.HasValue && request.Query.ContainsKey("token");
}

/// <summary>How an endpoint says what it asks for.</summary>
public static class ScopeConventions
{
    /// <summary>Asks for a key with this scope.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, string scope) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RequiredScope(scope));
}
