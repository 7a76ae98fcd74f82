using ChannelHub.Api;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Operation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Operation;

/// <summary>A run of the program that is at work.</summary>
/// <param name="Name">Machine and process.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Self">Whether it is the one that answers.</param>
/// <param name="StartedAt">When it joined.</param>
/// <param name="SeenAt">When it last said that it lives; on SQLite, where there is only one, when it started.</param>
/// <param name="Work">What it does and no other node: pulling a channel (<c>pull:chn_…</c>), a channel's lanes (<c>lanes:chn_…</c>), a background worker
/// (<c>worker:…</c>). On SQLite the one node does everything, and nothing is listed.</param>
public sealed record NodeShape(string Name, string Version, bool Self, DateTimeOffset StartedAt, DateTimeOffset SeenAt, IReadOnlyList<NodeWorkShape> Work);

/// <summary>Something that one node does at a time.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Since">Since when this node does it.</param>
public sealed record NodeWorkShape(string Name, DateTimeOffset Since);

/// <summary>The nodes of the hub.</summary>
public sealed class NodesApi(Database database)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/nodes", app.ServiceProvider.GetRequiredService<NodesApi>().List).RequireScope(Scopes.Admin).WithName("listNodes").WithTags("Operation")
            .WithSummary("The hub's nodes and what each of them does");

    public Ok<Page<NodeShape>> List()
    {
        (List<NodeRow> nodes, ILookup<long, WorkRow> works) = database.Read(session => (NodeStore.All(session), NodeStore.Works(session).ToLookup(work => work.Run)));
        return TypedResults.Ok(new Page<NodeShape>([.. nodes.Select(node => Shape(node, works[node.Run]))], Next: null));
    }

    private NodeShape Shape(NodeRow node, IEnumerable<WorkRow> works) => new(
        node.Name, node.Version, node.Run == database.Share.Run, ApiJson.Time(node.StartedAt), ApiJson.Time(node.SeenAt),
        [.. works.Select(work => new NodeWorkShape(work.Name, ApiJson.Time(work.Since)))]);
}
