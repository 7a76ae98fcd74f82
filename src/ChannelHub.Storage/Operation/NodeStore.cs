using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Operation;

/// <summary>The runs of the program that are at work, and what each has taken on.</summary>
public static class NodeStore
{
    public static List<NodeRow> All(Session session) => session.Query<NodeRow>(
        "SELECT run, number, name, version, started_at AS StartedAt, seen_at AS SeenAt FROM node ORDER BY started_at, run");

    /// <summary>Work that only one node does at a time, in the order of its names.</summary>
    public static List<WorkRow> Works(Session session) => session.Query<WorkRow>("SELECT name, run, since FROM work ORDER BY name");
}

/// <summary>A row of <c>node</c>.</summary>
public sealed record NodeRow(long Run, long Number, string Name, string Version, long StartedAt, long SeenAt);

/// <summary>A row of <c>work</c>.</summary>
public sealed record WorkRow(string Name, long Run, long Since);
