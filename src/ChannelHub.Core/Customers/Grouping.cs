using ChannelHub.Core.Keys;

namespace ChannelHub.Core.Customers;

/// <summary>
/// Customers as a function of recorded facts: join by all manual links, then take the evidence in order of arrival and join unless a veto or a
/// second external identity stands between. Evidence that rests on a shared key (a role's mailbox, a fixed line) never joins by itself. Nothing is remembered between two calls, which is why any fact can be revoked in any order and the
/// result is as if it had never been.
/// </summary>
public static class Grouping
{
    /// <summary>The customers of a region.</summary>
    public static Partition Partition(Region region) => new Run(region).Complete();

    private sealed class Run
    {
        private readonly Region region;
        private readonly Nodes nodes;

        // All manual links are in from the start, so that evidence can never slip past a veto which a manual link respected.
        private readonly Components components;

        // Manual links come in at their time. Whoever merges two customers says that their external ids are one person's, and must not see the
        // merge drop an identity that evidence had brought before.
        private readonly Components asArrived;
        private readonly HashSet<long> externals;
        private readonly ILookup<long, Veto> vetoesOf;
        private readonly List<Hold> holds = [];
        private readonly List<RefusedEvidence> refused = [];

        public Run(Region region)
        {
            this.region = region;
            nodes = new Nodes(region);
            components = new Components(nodes.Count);
            asArrived = new Components(nodes.Count);
            externals = [.. region.Members.Where(member => member.IsExternal).Select(member => member.Id)];
            foreach (long external in externals)
                asArrived.MarkExternal(nodes.Of(external));
            Veto[] vetoes = [.. region.Facts.OfType<Veto>()];
            foreach (Veto veto in vetoes)
                components.AddVeto(nodes.Of(veto.Left), nodes.Of(veto.Right), veto);
            vetoesOf = vetoes.SelectMany(veto => new[] { (Identity: veto.Left, veto), (Identity: veto.Right, veto) })
                .ToLookup(side => side.Identity, side => side.veto);
        }

        public Partition Complete()
        {
            foreach (ManualLink link in region.Facts.OfType<ManualLink>())
                components.Join(nodes.At(link.Left, link.Id), nodes.At(link.Right, link.Id));

            HashSet<Piece> barred = [.. region.Facts.OfType<Bar>().Select(bar => bar.Piece)];
            var seen = new HashSet<Piece>();
            foreach (Fact fact in region.Facts.OrderBy(fact => fact.Id))
            {
                if (fact is ManualLink)
                    Join(fact);

                // The same piece arriving again adds nothing: what was barred or detached stays so.
                else if (fact is Evidence evidence && !barred.Contains(evidence.Piece) && (!evidence.IsStrong || seen.Add(evidence.Piece)))
                    Take(evidence);
            }
            return new Partition(nodes, components, holds, refused, [.. region.Facts.OfType<Veto>()]);
        }

        private void Join(Fact fact)
        {
            var hold = new Hold(fact, nodes.At(fact.Left, fact.Id), nodes.At(fact.Right, fact.Id));
            components.Join(hold.Left, hold.Right);
            asArrived.Join(hold.Left, hold.Right);
            holds.Add(hold);
        }

        private void Take(Evidence evidence)
        {
            if (WhyNot(evidence) is { } refusal)
                refused.Add(refusal);
            else
                Join(evidence);
        }

        private RefusedEvidence? WhyNot(Evidence evidence)
        {
            if (!evidence.IsStrong)
                return new(evidence, RefusalReason.Weak, Veto: null);
            if (SharedKeys.IsShared(evidence.Key))
                return new(evidence, RefusalReason.SharedKey, Veto: null);
            int left = nodes.At(evidence.Left, evidence.Id);
            int right = nodes.At(evidence.Right, evidence.Id);
            if (components.Find(left) == components.Find(right))
                return null;
            if ((components.VetoBetween(left, right) ?? StandInVeto(left, right) ?? StandInVeto(right, left)) is { } veto)
                return new(evidence, RefusalReason.Veto, veto);
            return IsExternal(left) && IsExternal(right) ? new(evidence, RefusalReason.TwoExternals, Veto: null) : null;
        }

        // Evidence of a detached identity holds for those others only if the identity itself could have joined them: otherwise a detach would
        // bring together customers whom the identity's own veto or external id had kept apart.
        private bool IsExternal(int node) =>
            asArrived.HasExternal(node) || (nodes.IsStandIn(node) && externals.Contains(nodes.IdentityOf(node)));

        private Veto? StandInVeto(int standIn, int other)
        {
            if (!nodes.IsStandIn(standIn))
                return null;
            long identity = nodes.IdentityOf(standIn);
            foreach (Veto veto in vetoesOf[identity])
            {
                long against = veto.Left == identity ? veto.Right : veto.Left;
                if (components.Find(nodes.Of(against)) == components.Find(other)
                    || (nodes.IsStandIn(other) && nodes.IdentityOf(other) == against))
                {
                    return veto;
                }
            }
            return null;
        }
    }
}
