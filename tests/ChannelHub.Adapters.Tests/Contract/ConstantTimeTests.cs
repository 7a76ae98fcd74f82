using System.Reflection;
using System.Reflection.Emit;
using System.Security.Cryptography;
using System.Text;

namespace ChannelHub.Adapters.Tests.Contract;

/// <summary>
/// How long a forgery is looked at must not tell how good it is. Clocks prove nothing on a busy machine, so the code is looked at: every comparison of a
/// proof is <see cref="CryptographicOperations.FixedTimeEquals"/>, which reads both sides to their ends wherever they differ.
/// </summary>
public sealed class ConstantTimeTests
{
    private static readonly string[] Comparisons = ["op_Equality", "op_Inequality", "Equals", "SequenceEqual", "CompareTo", "Compare", "CompareOrdinal", "SequenceCompareTo"];

    public static TheoryData<string> Receivers => [.. Channels.Where(type => type.IsAssignableTo(typeof(IWebhookReceiver))).Select(type => type.FullName!)];

    private static IEnumerable<Assembly> Adapters => Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
        .Where(path => Path.GetFileNameWithoutExtension(path).Split('.') is ["ChannelHub" or "Acme", .., not ("Tests" or "Conformance")])
        .Select(Assembly.LoadFrom);

    private static IEnumerable<Type> Channels => Adapters.SelectMany(assembly => assembly.GetTypes()).Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IChannel)));

    [Theory]
    [MemberData(nameof(Receivers))]
    public void A_webhook_is_verified_by_fixed_time_comparisons_alone(string channel)
    {
        MethodInfo verify = Channels.Single(type => type.FullName == channel).GetMethod(nameof(IWebhookReceiver.Verify), [typeof(WebhookRequest)])!;
        IReadOnlyCollection<MethodBase> reached = Il.Reach(verify, named => named.DeclaringType != typeof(Signatures) && Adapters.Contains(named.Module.Assembly));

        reached.SelectMany(Il.Of).ShouldContain(one => one.Named != null && one.Named.DeclaringType == typeof(Signatures));
        reached.SelectMany(ComparesWhatItDoesNotKnow).ShouldBeEmpty();
    }

    [Fact]
    public void The_comparisons_themselves_are_fixed_time_and_nothing_else()
    {
        foreach (MethodInfo method in typeof(Signatures).GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            IReadOnlyCollection<MethodBase> reached = Il.Reach(method, named => named.DeclaringType == typeof(Signatures));
            reached.SelectMany(Il.Of).ShouldContain(one => one.Named != null && one.Named.Name == nameof(CryptographicOperations.FixedTimeEquals), method.Name);
            reached.SelectMany(ComparesWhatItDoesNotKnow).ShouldBeEmpty(method.Name);
        }
    }

    [Fact]
    public void Nothing_that_reads_a_secret_compares_anything_else()
    {
        foreach (MethodBase method in Adapters.SelectMany(assembly => assembly.GetTypes()).SelectMany(Methods).Where(ReadsASecret))
            ComparesWhatItDoesNotKnow(method).ShouldBeEmpty();
    }

    [Fact]
    public void A_proof_that_is_wrong_anywhere_or_of_another_length_is_refused()
    {
        byte[] key = "a secret"u8.ToArray();
        byte[] content = "what was said"u8.ToArray();
        byte[] sha256 = HMACSHA256.HashData(key, content);
#pragma warning disable CA5350 // One provider's choice.
        byte[] sha1 = HMACSHA1.HashData(key, content);
#pragma warning restore CA5350
        Signatures.IsHmacSha256(key, content, sha256).ShouldBeTrue();
        Signatures.IsHmacSha1(key, content, sha1).ShouldBeTrue();
        Signatures.Matches("open sesame", "open sesame").ShouldBeTrue();

        Wrong(sha256).ShouldAllBe(wrong => !Signatures.IsHmacSha256(key, content, wrong));
        Wrong(sha1).ShouldAllBe(wrong => !Signatures.IsHmacSha1(key, content, wrong));
        Wrong("open sesame"u8.ToArray()).ShouldAllBe(wrong => !Signatures.Matches("open sesame", Encoding.Latin1.GetString(wrong)));
    }

    private static IEnumerable<byte[]> Wrong(byte[] right) =>
    [
        .. Enumerable.Range(0, right.Length).Select(place => (byte[])[.. right[..place], (byte)(right[place] ^ 1), .. right[(place + 1)..]]),
        [], right[..^1], right[1..], [.. right, 0], [0, .. right],
    ];

    // Comparing with a literal, as in Method == "GET", tells nobody anything.
    private static IEnumerable<string> ComparesWhatItDoesNotKnow(MethodBase method)
    {
        IReadOnlyList<(OpCode Code, MethodBase? Named)> all = Il.Of(method);
        for (int at = 0; at < all.Count; at++)
        {
            if (all[at].Named is { } named && Compares(named) && !Enumerable.Range(Math.Max(0, at - 3), Math.Min(3, at)).Any(before => all[before].Code == OpCodes.Ldstr))
                yield return $"{method.DeclaringType}.{method.Name} calls {named.DeclaringType}.{named.Name}";
        }
    }

    private static bool Compares(MethodBase named) => Comparisons.Contains(named.Name)
        && (named.DeclaringType == typeof(string) || named.DeclaringType == typeof(MemoryExtensions) || named.DeclaringType == typeof(Enumerable) || named.DeclaringType == typeof(object));

    // Looking whether there is one at all is not reading it.
    private static bool ReadsASecret(MethodBase method)
    {
        IReadOnlyList<(OpCode Code, MethodBase? Named)> all = Il.Of(method);
        return all.Index().Any(one => one.Item.Named is { IsSpecialName: true } getter && all[one.Index + 1].Named?.Name != nameof(string.IsNullOrEmpty)
            && getter.DeclaringType!.GetProperties().Any(property => property.GetMethod == getter && property.IsDefined(typeof(SecretAttribute))));
    }

    private static IEnumerable<MethodBase> Methods(Type type) =>
        type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(method => !(method.Name.Contains("Equals", StringComparison.Ordinal) || method.Name is "GetHashCode" or "PrintMembers" or "ToString"));
}
