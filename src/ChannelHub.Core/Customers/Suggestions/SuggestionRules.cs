using ChannelHub.Adapters;
using ChannelHub.Core.Keys;

namespace ChannelHub.Core.Customers.Suggestions;

/// <summary>
/// What weaker evidence than a link says of two identities. Values in, a suggestion out: nothing here joins anybody.
/// </summary>
public static class SuggestionRules
{
    /// <summary>A trait that so many others share says nothing about anybody.</summary>
    public const int MostInCommon = 5;

    /// <summary>After so long a silence an address may be somebody else's.</summary>
    public static readonly TimeSpan LongSilence = TimeSpan.FromDays(180);

    private const double Faint = 0.2;

    /// <summary>Whether two identities of different customers may be one person; null if nothing says so.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <param name="refused">Evidence between them that was not allowed to join.</param>
    /// <param name="vetoed">Whether a person said of any identities of the two customers that they are not one.</param>
    public static Suggestion? Between(Subject left, Subject right, IReadOnlyList<RefusedEvidence> refused, bool vetoed)
    {
        List<(SuggestedEvidence Evidence, double Score)> found = [.. refused.Select(Refused).OfType<(SuggestedEvidence, double)>()];

        // A person has decided on the two customers; hints do not ask again.
        if (!vetoed)
        {
            found.AddRange(Claimed(left, right));
            found.AddRange(Claimed(right, left).Select(claimed => (Turned(claimed.Evidence), claimed.Score)));
            found.AddRange(InCommon(left, right));
            if (SameMailbox(left, right) is { } mailbox)
                found.Add(mailbox);
        }
        if (found.Count > 0 && Names.AreSame(left.Name, right.Name) && !found.Exists(piece => piece.Evidence.Kind == "order"))
            found.Add((new SuggestedEvidence("name", Names.Plain(left.Name!), "same_name", Assurance.Inferred, Assurance.Inferred), Faint));
        return found.Count == 0 ? null : Of(found);
    }

    /// <summary>Whether an address seems to have changed hands: it was silent for long and comes back under another name.</summary>
    /// <param name="identity">As it is now.</param>
    /// <param name="formerName">The name it showed before.</param>
    /// <param name="silence">How long it had been silent when the name changed.</param>
    public static Suggestion? ChangedHands(Subject identity, string? formerName, TimeSpan silence) =>
        silence < LongSilence || !Names.AreUnlike(formerName, identity.Name)
            ? null
            : Of([(new SuggestedEvidence(
                "silence", $"{(int)silence.TotalDays} days, then \"{identity.Name}\" instead of \"{formerName}\"", "changed_hands", identity.Assurance, Assurance.Inferred), 0.6)]);

    private static (SuggestedEvidence, double)? Refused(RefusedEvidence refused)
    {
        Evidence evidence = refused.Evidence;
        (string Reason, double Score)? judged = refused.Reason switch
        {
            // Who said that these two are not one person has answered; who said it of others of theirs did not know this evidence if it came later.
            RefusalReason.Veto when refused.Veto is { } veto && evidence.Id > veto.Id && !IsOf(veto, evidence) => ("veto", 0.5),
            RefusalReason.Veto => null,
            RefusalReason.TwoExternals => ("two_external_ids", 0.9),
            RefusalReason.SharedKey => ("shared_key", 0.4),
            _ => ("not_proven", 0.6),
        };
        return judged is { } j
            ? (new SuggestedEvidence(evidence.Key.Kind, evidence.Key.Value, j.Reason, evidence.LeftAssurance, evidence.RightAssurance), j.Score)
            : null;

        static bool IsOf(Veto veto, Evidence evidence) =>
            (veto.Left, veto.Right) == (evidence.Left, evidence.Right) || (veto.Left, veto.Right) == (evidence.Right, evidence.Left);
    }

    /// <summary>An address that one is said to have and the other owns.</summary>
    private static IEnumerable<(SuggestedEvidence Evidence, double Score)> Claimed(Subject claimant, Subject owner)
    {
        foreach (Claim claim in claimant.Claims.Where(claim => claim.Key == owner.Key))
        {
            double score = SharedKeys.IsShared(claim.Key) ? Faint : claim.Assurance >= Assurance.Asserted ? 0.7 : 0.5;
            yield return (new SuggestedEvidence(claim.Key.Kind, claim.Key.Value, claim.Assurance >= Assurance.Asserted ? "asserted" : "claimed", claim.Assurance, owner.Assurance), score);
        }
        if (owner.Key.Scope.Length == 0 && claimant.Traits.Contains(new Trait(TraitKind.Note, TraitReader.NoteOf(owner.Key))))
            yield return (new SuggestedEvidence("note", owner.Key.Value, "noted", Assurance.Asserted, owner.Assurance), SharedKeys.IsShared(owner.Key) ? Faint : 0.6);
    }

    private static IEnumerable<(SuggestedEvidence Evidence, double Score)> InCommon(Subject left, Subject right)
    {
        foreach (Trait trait in left.Traits.Intersect(right.Traits))
        {
            if (trait.Kind == TraitKind.Order && Names.AreSame(left.Name, right.Name))
                yield return (new SuggestedEvidence("order", trait.Value, "same_name_and_order", Assurance.Claimed, Assurance.Claimed), 0.8);

            // Within one network two accounts of nearly one name are two people, and the second one perhaps a swindler.
            else if (trait.Kind == TraitKind.Handle && left.Key.Kind != right.Key.Kind)
                yield return (new SuggestedEvidence("handle", trait.Value, "look_alike", Assurance.Inferred, Assurance.Inferred), 0.3);
        }
    }

    private static (SuggestedEvidence, double)? SameMailbox(Subject left, Subject right)
    {
        if (left.Key.Kind != KeyKinds.Email || right.Key.Kind != KeyKinds.Email || !left.Traits.Concat(right.Traits).Any(t => t.Kind == TraitKind.Mailbox))
            return null;
        if (left.Key.Value == right.Key.Value)
            return (new SuggestedEvidence("unverified_mail", left.Key.Value, "sender_not_verified", left.Assurance, right.Assurance), 0.4);
        string mailbox = EmailAddresses.WithoutTag(left.Key.Value);
        return mailbox == EmailAddresses.WithoutTag(right.Key.Value) && !SharedKeys.IsRole(mailbox)
            ? (new SuggestedEvidence("plus_tag", mailbox, "same_mailbox", left.Assurance, right.Assurance), 0.6)
            : null;
    }

    private static SuggestedEvidence Turned(SuggestedEvidence evidence) => evidence with { Left = evidence.Right, Right = evidence.Left };

    // Independent hints: each leaves a doubt, and the doubts multiply.
    private static Suggestion Of(List<(SuggestedEvidence Evidence, double Score)> found)
    {
        var strongest = found.OrderByDescending(piece => piece.Score).ThenBy(piece => piece.Evidence.Kind, StringComparer.Ordinal)
            .DistinctBy(piece => (piece.Evidence.Kind, piece.Evidence.Value)).ToList();
        double doubt = strongest.Aggregate(1.0, (rest, piece) => rest * (1 - piece.Score));
        return new Suggestion([.. strongest.Select(piece => piece.Evidence)], Math.Round(1 - doubt, 3));
    }
}
