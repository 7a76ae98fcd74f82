namespace ChannelHub.Core.Customers;

/// <summary>
/// What a wish about customers would do: to show in a dry run, and to record. Ids are those of identities; a customer is named by the id of
/// its birth identity, also after it was merged away. A new id must be greater than that of every fact in the region, since the order of ids
/// is the order of arrival.
/// </summary>
public static class Merging
{
    /// <summary>
    /// Makes one customer of two, or attaches an identity. The link is recorded between the two named, even if they are one customer
    /// already: it then holds them together when the other links go.
    /// </summary>
    public static MergePlan Merge(Region region, long left, long right, long newId)
    {
        RequireNewest(region, newId);
        if (left == right)
            return new MergePlan.Refused(MergeRefusal.SameIdentity);
        Partition before = Grouping.Partition(region);
        if (before.VetoBetween(left, right) is { } veto)
            return new MergePlan.Refused(MergeRefusal.Vetoed) { Veto = veto };
        return Change(region, before, [new ManualLink(newId, left, right)], []) with { RemainingLinks = before.LinksBetween(left, right) };
    }

    /// <summary>Records evidence. A piece that is recorded already appends nothing.</summary>
    public static MergePlan Learn(Region region, Evidence evidence)
    {
        RequireNewest(region, evidence.Id);
        bool known = region.Facts.OfType<Evidence>().Any(other => other.Piece == evidence.Piece && (other.IsStrong || !evidence.IsStrong));
        return Change(region, Grouping.Partition(region), known ? [] : [evidence], []);
    }

    /// <summary>Takes an identity out of its customer; what it held together stays together. An identity that is alone may be detached too.</summary>
    public static MergePlan Detach(Region region, long identity, long newId)
    {
        RequireNewest(region, newId);
        return Change(region, Grouping.Partition(region), [new Detach(newId, identity)], []);
    }

    /// <summary>Records that two identities are not one customer. Links made by hand must be undone first.</summary>
    public static MergePlan Veto(Region region, long left, long right, long newId)
    {
        RequireNewest(region, newId);
        if (left == right)
            return new MergePlan.Refused(MergeRefusal.SameIdentity);
        Partition byHand = Grouping.Partition(region with { Facts = [.. region.Facts.Where(fact => fact is ManualLink or Customers.Detach)] });
        if (byHand.AreTogether(left, right))
            return new MergePlan.Refused(MergeRefusal.LinkedByHand) { Links = byHand.LinksBetween(left, right) };
        return Change(region, Grouping.Partition(region), [new Veto(newId, left, right)], []);
    }

    /// <summary>
    /// Undoes one action, whatever came after it: a merge, an attach or a detach is revoked, a bar or a veto lifted, and evidence barred, or
    /// the next message would make the link again. The two may stay one customer over the links that remain.
    /// </summary>
    public static MergePlan Undo(Region region, long actionId, long newId)
    {
        RequireNewest(region, newId);
        List<Fact> facts = [.. region.Facts.Where(fact => fact.ActionId == actionId)];
        List<Fact> append = [];
        if (facts is [Evidence evidence] && !region.Facts.OfType<Bar>().Any(bar => bar.Piece == evidence.Piece))
            append.Add(new Bar(newId, evidence.Left, evidence.Right, evidence.Key, evidence.Generation));
        List<Fact> revoke = [.. facts.Where(fact => fact is not Evidence)];
        if (append.Count + revoke.Count == 0)
            return new MergePlan.Refused(MergeRefusal.NothingToUndo);

        Partition before = Grouping.Partition(region);
        MergePlan.Change change = Change(region, before, append, revoke);

        // Undoing a detach brings old links back; a veto may have been recorded since.
        Veto? broken = change.After.Vetoes.FirstOrDefault(veto =>
            change.After.AreTogether(veto.Left, veto.Right) && !before.AreTogether(veto.Left, veto.Right));
        if (broken is not null)
            return new MergePlan.Refused(MergeRefusal.Vetoed) { Veto = broken };
        return facts is [ManualLink or Evidence] ? change with { RemainingLinks = change.After.LinksBetween(facts[0].Left, facts[0].Right) } : change;
    }

    private static MergePlan.Change Change(Region region, Partition before, IReadOnlyList<Fact> append, IReadOnlyList<Fact> revoke) =>
        new(before, Grouping.Partition(region.With(append, revoke)), append, revoke);

    private static void RequireNewest(Region region, long newId)
    {
        if (region.Facts.Any(fact => fact.Id >= newId))
            throw new ArgumentOutOfRangeException(nameof(newId), newId, "A new fact must have a greater id than every fact of its region.");
    }
}
