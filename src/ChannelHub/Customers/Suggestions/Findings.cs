using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Customers.Suggestions;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Customers.Suggestions;

/// <summary>What the rules say of the news.</summary>
internal sealed record Findings(List<(Candidate Pair, Suggestion Suggestion)> Merges, List<(long Identity, Suggestion Suggestion)> Closings)
{
    public static Findings Of(Session session, News news)
    {
        var findings = new Findings([], []);
        long[] everybody = [.. news.Identities.Union(news.Writers)];
        if (everybody.Length == 0)
            return findings;
        HashSet<Candidate> refused = CandidateStore.Refused(session, everybody);
        HashSet<Candidate> candidates = news.Identities.Count == 0 ? [] : CandidateStore.Of(session, news.Identities);
        candidates.UnionWith(refused);
        Dictionary<long, Subject> subjects = Subjects(session, [.. candidates.SelectMany(pair => new[] { pair.Left, pair.Right }).Distinct()]);
        foreach (Candidate pair in candidates.Where(pair => subjects.ContainsKey(pair.Left) && subjects.ContainsKey(pair.Right)))
        {
            if (Judge(session, pair, subjects, refused.Contains(pair)) is { } suggestion)
                findings.Merges.Add((pair, suggestion));
        }
        foreach (RenamedRow renamed in CandidateStore.Renamed(session, everybody, news.Since).Where(renamed => renamed.SilentSince is not null))
        {
            if (SuggestionRules.ChangedHands(Subjects(session, [renamed.Id])[renamed.Id], renamed.FormerName, TimeSpan.FromMilliseconds(renamed.NamedAt - renamed.SilentSince!.Value)) is { } closing)
                findings.Closings.Add((renamed.Id, closing));
        }
        return findings;
    }

    private static Suggestion? Judge(Session session, Candidate pair, Dictionary<long, Subject> subjects, bool isRefused)
    {
        if (IdentityStore.CustomerOf(session, pair.Left) is not { } left || IdentityStore.CustomerOf(session, pair.Right) is not { } right || left == right)
            return null;
        List<RefusedEvidence> refused = isRefused
            ? [.. Grouping.Partition(CustomerGraph.Load(session, pair.Left, pair.Right)).Refused.Where(r => Candidate.Of(r.Evidence.Left, r.Evidence.Right) == pair)]
            : [];
        return SuggestionRules.Between(subjects[pair.Left], subjects[pair.Right], refused, ActionStore.AreVetoed(session, left, right));
    }

    private static Dictionary<long, Subject> Subjects(Session session, IReadOnlyCollection<long> ids)
    {
        if (ids.Count == 0)
            return [];
        ILookup<long, ClaimRow> claims = CustomerStore.Claims(session, ids).ToLookup(claim => claim.IdentityId);
        ILookup<long, Trait> traits = TraitStore.Of(session, ids);
        Dictionary<long, string?> names = CustomerStore.Profiles(session, ids).ToDictionary(profile => profile.IdentityId, profile => profile.Name);
        return IdentityStore.FindAll(session, ids).ToDictionary(row => row.Id, row => new Subject(row.Id, row.Key, (Assurance)row.Assurance)
        {
            Name = names.GetValueOrDefault(row.Id) ?? row.Name,
            Claims = [.. claims[row.Id].Select(c => new Claim(new Key(c.Kind, c.Scope, c.Value), (Assurance)c.Assurance))],
            Traits = [.. traits[row.Id]],
        });
    }
}
