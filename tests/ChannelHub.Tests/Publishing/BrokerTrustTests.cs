using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ChannelHub.Options;
using ChannelHub.Publishing;

namespace ChannelHub.Tests.Publishing;

public sealed class BrokerTrustTests
{
    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_before_the_password_is_said()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<int> heard = HearAsync(listener);
        var options = new RabbitmqOptions { Uri = $"amqps://hub:secret@localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/" };

        Exception failure = await Should.ThrowAsync<Exception>(() => BrokerLink.OpenAsync(options, CancellationToken.None));

        BrokerLink.Reason(failure).ShouldBe("this machine does not trust the broker's certificate, or it is for another name");
        (await heard).ShouldBe(0);
    }

    /// <summary>How many bytes are said inside the encrypted connection.</summary>
    private static async Task<int> HearAsync(TcpListener listener)
    {
        using var key = RSA.Create(2048);
        using X509Certificate2 made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        using TcpClient caller = await listener.AcceptTcpClientAsync();
        await using var secured = new SslStream(caller.GetStream());
        try
        {
            await secured.AuthenticateAsServerAsync(made);
            return await secured.ReadAsync(new byte[100]);
        }
        catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
        {
            return 0;
        }
    }
}
