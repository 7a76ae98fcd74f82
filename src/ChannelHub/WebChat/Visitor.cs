using System.Security.Cryptography;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>A browser that the hub knows by its token.</summary>
/// <param name="Channel">The chat it is on.</param>
/// <param name="Session">Its session.</param>
public sealed record Visitor(LiveChannel Channel, VisitorSessionRow Session)
{
    // Crockford's alphabet, as in the hub's own ids.
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Digits = 26;

    /// <summary>Value of the visitor's key.</summary>
    public string Value => Session.Visitor;

    /// <summary>What identifies the visitor's identity.</summary>
    public Key Key => new(KeyKinds.Visitor, Channel.PublicId, Value);

    /// <summary>Names the visitor in limits.</summary>
    public string LimitKey => Channel.PublicId + ":" + Value;

    /// <summary>A value nobody has: 130 random bits.</summary>
    public static string NewValue() => RandomNumberGenerator.GetString(Alphabet, Digits);
}
