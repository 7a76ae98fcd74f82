using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Telegram;

/// <summary>The updates that wait for a bot, and which of them it is shown.</summary>
internal sealed class BotApiUpdates
{
    private static readonly string[] OnlyIfAskedFor = ["chat_member", "message_reaction", "message_reaction_count"];

    private readonly Lock gate = new();
    private readonly List<(long Id, byte[] Json)> waiting = [];
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<string>? allowed;
    private long nextId = 90_001;

    public bool Forgets { get; set; } = true;

    public int Count
    {
        get { lock (gate) return waiting.Count; }
    }

    public IReadOnlyList<string>? Allowed
    {
        get { lock (gate) return allowed; }
        set { lock (gate) allowed = value; }
    }

    /// <summary>Null if the bot has not asked for this kind. Asking later does not bring it back.</summary>
    public byte[]? Add(string kind, JsonNode content)
    {
        lock (gate)
        {
            if (allowed is { Count: > 0 } ? !allowed.Contains(kind) : OnlyIfAskedFor.Contains(kind))
                return null;
            long id = nextId++;
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["update_id"] = id, [kind] = content.DeepClone() });
            waiting.Add((id, json));
            Wake();
            return json;
        }
    }

    /// <summary>Whoever polls looks again.</summary>
    public void Wake()
    {
        lock (gate)
        {
            arrived.TrySetResult();
            arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Clear()
    {
        lock (gate)
            waiting.Clear();
    }

    public byte[][] Take()
    {
        lock (gate)
        {
            byte[][] all = [.. waiting.Select(one => one.Json)];
            waiting.Clear();
            return all;
        }
    }

    public void Remove(byte[] update)
    {
        lock (gate)
            waiting.RemoveAll(one => one.Json == update);
    }

    /// <summary>Those from <paramref name="offset"/> on; asking confirms the earlier ones.</summary>
    public (byte[][] Updates, Task Arrived) From(long? offset, int limit)
    {
        lock (gate)
        {
            if (Forgets && offset is { } confirmed)
                waiting.RemoveAll(update => update.Id < confirmed);
            return ([.. waiting.Where(update => update.Id >= (offset ?? 0)).Take(limit).Select(update => update.Json)], arrived.Task);
        }
    }
}
