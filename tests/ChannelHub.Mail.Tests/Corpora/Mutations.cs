using System.Text;

namespace ChannelHub.Mail.Tests.Corpora;

/// <summary>Mails that nobody wrote.</summary>
internal static class Mutations
{
    private static readonly byte[][] Known =
    [
        .. ((string[])
        [
            "Content-Type: ", "multipart/mixed; boundary=", "\"a\"", "a", "b", "\r\n", "\n", "\r", "--a", "--b", "--", "message/rfc822", "text/html; charset=", "utf-8", "koi8-r", "=?", "?=",
            "?Q?", "?B?", "Content-Transfer-Encoding: base64\r\n", "quoted-printable\r\n", "=", "=\r\n", "<", ">", "@", ",", ";", ":", "(", ")", "\"", "\\", "\0", "From: ", "To: ", "Date: ",
            "filename*0*=utf-8''%E2", " ", "\t", "é", "<p>", "<b", "<!--", "cid:", "From ", "> ", "On 1 wrote:\n",
        ]).Select(Encoding.Latin1.GetBytes),
    ];

    /// <summary>What mail is made of, in no order.</summary>
    public static byte[] Pieces(Random random) => [.. Enumerable.Range(0, random.Next(80)).SelectMany(_ => Known[random.Next(Known.Length)])];

    /// <summary>A mail, damaged in a few places.</summary>
    public static byte[] Of(byte[] raw, Random random)
    {
        List<byte> mutated = [.. raw];
        for (int i = random.Next(1, 12); i > 0 && mutated.Count > 2; i--)
        {
            int at = random.Next(mutated.Count);
            int length = Math.Min(random.Next(1, 40), mutated.Count - at);
            switch (random.Next(4))
            {
                case 0: mutated[at] = (byte)random.Next(256); break;
                case 1: mutated.RemoveRange(at, length); break;
                case 2: mutated.InsertRange(random.Next(mutated.Count), mutated.GetRange(at, length)); break;
                default: mutated.InsertRange(at, Known[random.Next(Known.Length)]); break;
            }
        }
        return [.. mutated];
    }
}
