using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ChannelHub.Security;

/// <summary>
/// Encrypts secrets at rest: AES-256-GCM under a key derived from the master key. The context (table, row, field) is authenticated with it, so
/// that a ciphertext moved to another row does not open. Text form: <c>enc:v1:&lt;key id&gt;:&lt;base64url of nonce, ciphertext, tag&gt;</c>.
/// </summary>
/// <param name="master">Encrypts and decrypts.</param>
/// <param name="retired">Keys of earlier times; they only decrypt.</param>
public sealed class SecretBox(MasterKey master, params IReadOnlyList<MasterKey> retired)
{
    private const string Prefix = "enc:v1:";
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly (string Id, byte[] Key)[] keys = [.. retired.Prepend(master).Select(k => (k.Id, k.Derive(KeyPurposes.Secrets)))];

    /// <summary>Whether the text has the form that <see cref="Seal"/> gives.</summary>
    public static bool IsSealed(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether the text was encrypted under a retired key and should be sealed again.</summary>
    public bool IsStale(string text) => IsSealed(text) && !text.StartsWith($"{Prefix}{keys[0].Id}:", StringComparison.Ordinal);

    /// <summary>Encrypts. Twice the same secret gives two different texts.</summary>
    /// <param name="plain">The secret.</param>
    /// <param name="context">Where it stands, such as <c>channel/chn_…/bot_token</c>.</param>
    public string Seal(string plain, string context)
    {
        byte[] text = Encoding.UTF8.GetBytes(plain);
        byte[] box = new byte[NonceLength + text.Length + TagLength];
        Span<byte> nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(keys[0].Key, TagLength);
        cipher.Encrypt(nonce, text, box.AsSpan(NonceLength, text.Length), box.AsSpan(NonceLength + text.Length), Encoding.UTF8.GetBytes(context));
        CryptographicOperations.ZeroMemory(text);
        return $"{Prefix}{keys[0].Id}:{Base64Url.EncodeToString(box)}";
    }

    /// <summary>Decrypts.</summary>
    /// <exception cref="SecretUnreadableException">It was damaged, moved, or encrypted under a key that is not here.</exception>
    public string Open(string sealedText, string context)
    {
        string[] parts = IsSealed(sealedText) ? sealedText[Prefix.Length..].Split(':') : [];
        if (parts.Length != 2 || !Base64Url.IsValid(parts[1]))
            throw new SecretUnreadableException(context, "it is not in the form of an encrypted secret");
        byte[]? key = keys.FirstOrDefault(k => k.Id == parts[0]).Key;
        if (key is null)
            throw new SecretUnreadableException(context, $"it is encrypted under master key {Printable(parts[0])}, and the hub has {keys[0].Id}");
        byte[] box = Base64Url.DecodeFromChars(parts[1]);
        if (box.Length < NonceLength + TagLength)
            throw new SecretUnreadableException(context, "it is cut short");
        byte[] text = new byte[box.Length - NonceLength - TagLength];
        using var cipher = new AesGcm(key, TagLength);
        try
        {
            cipher.Decrypt(box.AsSpan(0, NonceLength), box.AsSpan(NonceLength, text.Length), box.AsSpan(NonceLength + text.Length), text, Encoding.UTF8.GetBytes(context));
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new SecretUnreadableException(context, "it is damaged or belongs elsewhere");
        }
        string plain = Encoding.UTF8.GetString(text);
        CryptographicOperations.ZeroMemory(text);
        return plain;
    }

    private static string Printable(string id) => id.Length <= 16 && id.All(char.IsAsciiLetterOrDigit) ? id : "?";
}

/// <summary>A stored secret cannot be decrypted. The message names where it stands and never what it is.</summary>
public sealed class SecretUnreadableException(string context, string reason) : Exception($"The secret '{context}' cannot be read: {reason}")
{
    /// <summary>Where the secret stands.</summary>
    public string Context { get; } = context;
}
