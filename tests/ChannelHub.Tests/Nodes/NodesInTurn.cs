using System.Net.Http.Headers;

namespace ChannelHub.Tests.Nodes;

/// <summary>Several nodes as one hub, behind a balancer that hands every request to another of them.</summary>
internal sealed class NodesInTurn : HubOverHttp, IDisposable
{
    private static readonly Uri Balancer = new("http://hub.example");

    public NodesInTurn(params IReadOnlyList<Uri> nodes)
    {
        var turns = new Turns(nodes);
        Anonymous = new HttpClient(turns) { BaseAddress = Balancer };
        Admin = new HttpClient(turns) { BaseAddress = Balancer };
        Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestHub.AdminKey);
    }

    public void Dispose()
    {
        Admin.Dispose();
        Anonymous.Dispose();
    }

    private sealed class Turns(IReadOnlyList<Uri> nodes) : DelegatingHandler(new SocketsHttpHandler())
    {
        private int last;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            int turn = Interlocked.Increment(ref last) % nodes.Count;
            request.RequestUri = new Uri(nodes[turn], request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
