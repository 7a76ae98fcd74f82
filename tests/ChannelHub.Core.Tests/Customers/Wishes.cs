using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using FsCheck;
using FsCheck.Fluent;

namespace ChannelHub.Core.Tests.Customers;

internal enum WishKind
{
    Merge,
    Learn,
    Detach,
    Veto,
    Undo,
}

/// <summary>What somebody wants at one moment. Left and right are identities; an undo names the earlier wish <paramref name="Of"/>.</summary>
internal sealed record Wish(int At, WishKind Kind, long Left, long Right, int Of);

/// <summary>Runs random histories of wishes through the rules, and keeps what a store would.</summary>
internal static class Wishes
{
    public const int Identities = 6;

    /// <summary>Identities 5 and 6 are external where a test wants some.</summary>
    public static readonly Member[] WithExternals = [new(1), new(2), new(3), new(4), new(5, IsExternal: true), new(6, IsExternal: true)];

    public static readonly Member[] Plain = [new(1), new(2), new(3), new(4), new(5), new(6)];

    public static Gen<Wish> Any(params WishKind[] kinds) =>
        from kind in Gen.Elements(kinds)
        from left in Gen.Choose(1, Identities)
        from step in Gen.Choose(1, Identities - 1)
        from of in Gen.Choose(0, 12)
        select new Wish(0, kind, left, ((left + step - 1) % Identities) + 1, of);

    /// <summary>Numbers the wishes by their place; the numbers stay when one is left out.</summary>
    public static List<Wish> Numbered(IEnumerable<Wish> wishes) => [.. wishes.Select((wish, at) => wish with { At = at })];

    public static long FactId(int at) => 100 + at;

    public static MergePlan Plan(Region region, Wish wish) => wish.Kind switch
    {
        WishKind.Merge => Merging.Merge(region, wish.Left, wish.Right, FactId(wish.At)),
        WishKind.Learn => Merging.Learn(region, EvidenceOf(wish)),
        WishKind.Detach => Merging.Detach(region, wish.Left, FactId(wish.At)),
        WishKind.Veto => Merging.Veto(region, wish.Left, wish.Right, FactId(wish.At)),
        _ => Merging.Undo(region, FactId(wish.Of), FactId(wish.At)),
    };

    /// <summary>Every piece of evidence is one of its own.</summary>
    public static Evidence EvidenceOf(Wish wish) => new(
        FactId(wish.At), wish.Left, wish.Right, new Key(KeyKinds.Phone, $"+{wish.At}"), Generation: 1, Assurance.Proven, Assurance.Confirmed);

    public static Region Apply(Region region, MergePlan plan) =>
        plan is MergePlan.Change change ? region.With(change.Append, change.Revoke) : region;

    /// <summary>The facts after a history, and for each wish whether it was granted.</summary>
    public static (Region Region, Dictionary<int, bool> Granted) Run(Member[] members, IEnumerable<Wish> wishes)
    {
        var region = new Region(members, []);
        var granted = new Dictionary<int, bool>();
        foreach (Wish wish in wishes)
        {
            MergePlan plan = Plan(region, wish);
            granted[wish.At] = plan is MergePlan.Change;
            region = Apply(region, plan);
        }
        return (region, granted);
    }

    public static IEnumerable<long> Ids(this Region region) => region.Members.Select(member => member.Id);

    public static string Show(this Partition partition) =>
        string.Join(" ", partition.Groups.Select(group => $"{group.CustomerId}:{string.Join(',', group.Identities)}"));
}
