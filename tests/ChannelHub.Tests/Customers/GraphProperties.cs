using ChannelHub.Core.Tests;

namespace ChannelHub.Tests.Customers;

/// <summary>Random histories on the real storage, each with accounts of its own.</summary>
public sealed class GraphProperties : IDisposable
{
    private static readonly StepKind[] All =
    [
        StepKind.Say, StepKind.LearnPhone, StepKind.LearnPhone, StepKind.LearnExternal, StepKind.Merge, StepKind.Merge, StepKind.Veto, StepKind.Detach, StepKind.Undo, StepKind.Block,
    ];

    private readonly GraphRig rig = new();
    private int worlds;

    public void Dispose() => rig.Dispose();

    [Fact]
    public void Nothing_is_lost_or_moved_and_what_is_kept_is_what_all_facts_say() => Property.HoldsForLists(150, GraphHistory.Any(All), 14, steps =>
    {
        GraphHistory history = Happened(GraphHistory.Numbered(steps));
        history.ShouldHold();
    });

    [Fact]
    public void After_an_undo_everything_is_as_if_that_action_had_never_been()
    {
        int compared = 0;
        Property.HoldsForLists(250, GraphHistory.Any(All), 13, steps =>
        {
            List<Step> story = GraphHistory.Numbered(steps);
            GraphHistory undone = Happened(story);
            Step? regretted = story.Where(step => step.Kind is not (StepKind.Undo or StepKind.Say or StepKind.Block) && undone.Granted[step.At] && IsOnlyOne(story, step)).Skip(steps.Length % 3).FirstOrDefault();
            if (regretted is null || story.Exists(step => step.Kind == StepKind.Undo && step.Of == regretted.At))
                return;
            undone.UndoAsync(regretted.At).GetAwaiter().GetResult();
            GraphHistory never = Happened([.. story.Select(step => step == regretted ? step.Unsaid : step).OfType<Step>()]);

            // A veto may have refused what would otherwise have been recorded; then the other facts are not the same.
            if (!undone.Granted[int.MaxValue] || never.Granted.Any(granted => granted.Key != regretted.At && undone.Granted[granted.Key] != granted.Value))
                return;
            compared++;
            undone.Show().ShouldBe(never.Show());
            undone.ShouldHold();
        });
        compared.ShouldBeGreaterThan(60);
    }

    [Fact]
    public void Without_vetoes_and_a_second_external_id_the_order_of_arrival_does_not_matter_nor_who_comes_at_the_same_time() =>
        Property.HoldsForLists(60, GraphHistory.Any(StepKind.LearnPhone, StepKind.LearnPhone, StepKind.Merge), 10, steps =>
        {
            List<Step> story = GraphHistory.Numbered(steps);
            string expected = Customers(Happened(story));
            var random = new Random(steps.Length);
            for (int order = 0; order < 3; order++)
            {
                Step[] shuffled = [.. story];
                random.Shuffle(shuffled);
                Customers(Happened(shuffled)).ShouldBe(expected);
            }
            GraphHistory atOnce = History();
            atOnce.RunAsync([]).GetAwaiter().GetResult();
            Task.WhenAll(story.Chunk((story.Count / 2) + 1).Select(part => Task.Run(() => atOnce.RunAsync(part)))).GetAwaiter().GetResult();
            Customers(atOnce).ShouldBe(expected);
        });

    // The same piece of evidence comes with another message too: undoing the link bars both.
    private static bool IsOnlyOne(List<Step> story, Step step) => step.Unsaid is null
        || story.Count(other => other.Kind == step.Kind && other.Account == step.Account && Learned(other) == Learned(step)) == 1;

    private static int Learned(Step step) => step.Kind == StepKind.LearnPhone ? step.Other % 3 : step.Other % 2;

    private static string Customers(GraphHistory history) => string.Join('\n', history.Show().Split('\n').TakeWhile(line => !line.Contains('[', StringComparison.Ordinal)));

    private GraphHistory Happened(IEnumerable<Step> steps)
    {
        GraphHistory history = History();
        history.RunAsync(steps).GetAwaiter().GetResult();
        return history;
    }

    private GraphHistory History() => new(rig, $"{++worlds:D5}");
}
