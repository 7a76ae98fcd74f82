using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ChannelHub.Security;

/// <summary>A link to one attachment for somebody without a key.</summary>
/// <param name="Expires">Unix seconds.</param>
/// <param name="Token">43 characters of base64url.</param>
public sealed record SignedLink(long Expires, string Token)
{
    /// <summary>As it stands in a query string.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"expires={Expires}&token={Token}");
}

/// <summary>Signs links that end by themselves. A token is good for one id and one end; nothing about it is stored.</summary>
public sealed class SignedLinks(MasterKey master, TimeProvider clock)
{
    /// <summary>No link that is asked for lives longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Nor does one that goes out with a message. It may live this long because it opens nothing but what its holder was sent: one file, to be fetched by a
    /// provider that queues or by a telephone that was off. Erasing the file ends it at once.
    /// </summary>
    public static readonly TimeSpan LongestInMessages = TimeSpan.FromDays(30);

    private readonly byte[] key = master.Derive(KeyPurposes.Links);

    /// <summary>Makes a link for whoever asks; a longer life than <see cref="Longest"/> is cut to it.</summary>
    public SignedLink Sign(string id, TimeSpan life) => Until(id, life < Longest ? life : Longest);

    /// <summary>Makes a link for a message; a longer life than <see cref="LongestInMessages"/> is cut to it.</summary>
    public SignedLink SignForMessage(string id, TimeSpan life) => Until(id, life < LongestInMessages ? life : LongestInMessages);

    /// <summary>Whether the token was made here for this id and has not ended.</summary>
    public bool IsGood(string id, long expires, string? token)
    {
        // Decoding is lenient about trailing bits, so the text is compared and not the bytes: one link has one spelling.
        bool isOurs = token is not null && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Base64Url.EncodeToString(Mac(id, expires))));
        return isOurs && expires > clock.GetUtcNow().ToUnixTimeSeconds();
    }

    private SignedLink Until(string id, TimeSpan life)
    {
        long expires = (clock.GetUtcNow() + life).ToUnixTimeSeconds();
        return new SignedLink(expires, Base64Url.EncodeToString(Mac(id, expires)));
    }

    private byte[] Mac(string id, long expires) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}|{expires}")));
}
