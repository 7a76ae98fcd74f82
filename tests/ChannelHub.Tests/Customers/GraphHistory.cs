using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using FsCheck;
using FsCheck.Fluent;
using static ChannelHub.Tests.Customers.GraphRig;

namespace ChannelHub.Tests.Customers;

internal enum StepKind
{
    Say,
    LearnPhone,
    LearnExternal,
    Merge,
    Veto,
    Detach,
    Undo,
    Block,
}

/// <summary>What happens at one moment, to accounts by their number; an undo names the earlier step <paramref name="Of"/>.</summary>
internal sealed record Step(int At, StepKind Kind, int Account, int Other, int Of)
{
    /// <summary>The same message without what it revealed, or nothing.</summary>
    public Step? Unsaid => Kind is StepKind.LearnPhone or StepKind.LearnExternal ? this with { Kind = StepKind.Say } : null;
}

/// <summary>Lets a history happen on the real storage, to accounts of its own, and shows what can be seen of them.</summary>
internal sealed class GraphHistory(GraphRig rig, string world)
{
    public const int Accounts = 6;

    private readonly Dictionary<int, long> actions = [];
    private readonly List<(int Account, string Text)> said = [];

    /// <summary>For each step whether it was granted.</summary>
    public Dictionary<int, bool> Granted { get; } = [];

    public static Gen<Step> Any(params StepKind[] kinds) =>
        from kind in Gen.Elements(kinds)
        from account in Gen.Choose(0, Accounts - 1)
        from apart in Gen.Choose(1, Accounts - 1)
        from of in Gen.Choose(0, 12)
        select new Step(0, kind, account, (account + apart) % Accounts, of);

    public static List<Step> Numbered(IEnumerable<Step> steps) => [.. steps.Select((step, at) => step with { At = at })];

    /// <summary>Everybody writes once, so that the accounts are of the same age in every world; then the steps happen in their order.</summary>
    public async Task RunAsync(IEnumerable<Step> steps)
    {
        // Of what has not been answered yet, the writer is free to do messages first; steps whose order matters wait for those before.
        List<Task> done = [];
        for (int account = 0; account < Accounts; account++)
            done.Add(SayAsync(account, "first"));
        foreach (Step step in steps)
        {
            if (step.Kind != StepKind.Say)
                await Task.WhenAll(done);
            done.AddRange(Do(step));
        }
        await Task.WhenAll(done);
    }

    /// <summary>The accounts without their world, and what of each can be seen.</summary>
    public string Show()
    {
        Dictionary<int, IdentityRow> rows = Enumerable.Range(0, Accounts).ToDictionary(account => account, account => rig.Find(KeyKinds.App, Name(account))!);
        ILookup<long, string> texts = rig.Read(session => session.Query<Said>(
            "SELECT identity_id AS IdentityId, content FROM message WHERE identity_id IN @ids ORDER BY occurred_at, sequence, id", new { ids = rows.Values.Select(row => row.Id).ToArray() }))
            .ToLookup(row => row.IdentityId, row => row.Content);
        return string.Join('\n', rows.GroupBy(row => row.Value.CustomerId, row => row.Key).Select(customer => string.Join(' ', customer.Order())).Order(StringComparer.Ordinal)
            .Concat(rows.OrderBy(row => row.Key).Select(row => $"{row.Key} {(row.Value.BlockedAt is null ? "" : "blocked ")}{string.Concat(texts[row.Value.Id])}")));
    }

    /// <summary>Every message stands on the account that wrote it; what is kept of customers is what all facts say; vetoed accounts are apart.</summary>
    public void ShouldHold()
    {
        foreach (IGrouping<int, string> written in said.GroupBy(message => message.Account, message => message.Text))
        {
            long identity = rig.Identity(KeyKinds.App, Name(written.Key));
            List<string> kept = rig.Read(session => session.Query<string>("SELECT content FROM message WHERE identity_id = @identity ORDER BY id", new { identity }));
            kept.Select(content => content.Split('"')[^2]).ShouldBe(written);
        }
        List<IdentityRow> everybody = rig.Read(session => session.Query<long>(
            "SELECT id FROM identity WHERE value LIKE @accounts OR value LIKE @externals OR value LIKE @phones",
            new { accounts = $"{world}-_", externals = $"{world}x_", phones = $"+48600{world}_" }))
            .ConvertAll(id => rig.Read(session => IdentityStore.Find(session, id))!);
        Partition anew = Grouping.Partition(rig.Read(session => CustomerGraph.Load(session, [.. everybody.Select(row => row.Id)])));
        foreach (IdentityRow row in everybody)
            row.CustomerId.ShouldBe(anew.CustomerOf(row.Id));
        anew.Groups.SelectMany(group => group.Identities).Order().ShouldBe(everybody.Select(row => row.Id).Order());
    }

    public Task UndoAsync(int at) => Task.WhenAll(Do(new Step(int.MaxValue, StepKind.Undo, 0, 0, at)));

    private string Name(int account) => $"{world}-{account}";

    private IEnumerable<Task> Do(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Say:
                return [SayAsync(step.Account, $"{step.At}")];
            case StepKind.LearnPhone:
                return [SayAsync(step.Account, $"{step.At}", Contact(KeyKinds.Phone, $"+48600{world}{step.Other % 3}")), NoteActionAsync(step.At)];
            case StepKind.LearnExternal:
                return [SayAsync(step.Account, $"{step.At}", Contact(KeyKinds.External, $"{world}x{step.Other % 2}")), NoteActionAsync(step.At)];
            default:
                return [rig.Database.WriteAsync(session => Granted[step.At] = Act(session, step))];
        }
    }

    private Task SayAsync(int account, string text, params LearnedKey[] learned)
    {
        lock (said)
            said.Add((account, text));
        return rig.SayAsync(Who(KeyKinds.App, Name(account), learned), text);
    }

    /// <summary>The automatic link that the message before made, if it made one.</summary>
    private Task NoteActionAsync(int at) => rig.Database.WriteAsync(session =>
    {
        long action = session.Find<long?>("SELECT max(id) FROM action WHERE kind = 'automatic'") ?? 0;
        Granted[at] = action > 0 && !actions.ContainsValue(action) && session.Find<long>(
            "SELECT count(*) FROM fact f JOIN identity i ON i.id = f.left_id WHERE f.action_id = @action AND i.value LIKE @mine", new { action, mine = $"{world}-%" }) > 0;
        if (Granted[at])
            actions[at] = action;
    });

    private bool Act(WriteSession session, Step step)
    {
        long account = Find(session, step.Account);
        if (step.Kind == StepKind.Block)
            return CustomerStore.Block(session, account, blocked: step.Of % 2 == 0);
        long other = Find(session, step.Other);
        long id = session.NewId();
        if (step.Kind == StepKind.Undo && !actions.ContainsKey(step.Of))
            return false;
        long[] named = step.Kind == StepKind.Undo ? [.. ActionStore.Facts(session, [actions[step.Of]]).SelectMany(fact => new[] { fact.LeftId, fact.RightId })] : [account, other];
        if (named.Length == 0)
            return false;
        Region region = CustomerGraph.Load(session, named);
        MergePlan plan = step.Kind switch
        {
            StepKind.Merge => Merging.Merge(region, account, other, id),
            StepKind.Veto => Merging.Veto(region, account, other, id),
            StepKind.Detach => Merging.Detach(region, account, id),
            _ => Merging.Undo(region, actions[step.Of], id),
        };
        if (plan is not MergePlan.Change change)
            return false;
        CustomerGraph.Apply(session, change, new ActionInfo(id, "test", "test", Reason: null, step.Kind == StepKind.Undo ? actions[step.Of] : null));
        actions[step.At] = id;
        return true;
    }

    private long Find(WriteSession session, int account) => IdentityStore.FindByKey(session, new Key(KeyKinds.App, Name(account)))!.Id;

    private sealed record Said(long IdentityId, string Content);
}
