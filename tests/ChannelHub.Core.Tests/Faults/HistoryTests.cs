using ChannelHub.Faults;

namespace ChannelHub.Core.Tests.Faults;

/// <summary>The checker that judges the fault runs is itself judged: it must see each kind of harm.</summary>
public sealed class HistoryTests
{
    private readonly History history = new();

    [Fact]
    public void Everything_taken_once_holds()
    {
        Take("a", "b");
        Verdict verdict = history.Check(["b", "a"]);
        verdict.Holds.ShouldBeTrue();
        verdict.ToString().ShouldBe("called 2, ok 2, failed 0, unknown 0, seen 2, lost 0, ghost 0, double 0, revived 0");
    }

    [Fact]
    public void Taken_and_not_there_is_lost()
    {
        Take("a", "b");
        Verdict verdict = history.Check(["a"]);
        verdict.Lost.ShouldBe(["b"]);
        verdict.Holds.ShouldBeFalse();
    }

    [Fact]
    public void There_and_never_called_is_a_ghost()
    {
        Take("a");
        Verdict verdict = history.Check(["a", "x"]);
        verdict.Ghosts.ShouldBe(["x"]);
        verdict.Holds.ShouldBeFalse();
    }

    [Fact]
    public void There_twice_is_a_double_however_it_ended()
    {
        Take("a");
        history.Called("b");
        Verdict verdict = history.Check(["a", "b", "a", "b"]);
        verdict.Doubles.Order().ShouldBe(["a", "b"]);
        verdict.Holds.ShouldBeFalse();
    }

    [Fact]
    public void What_nobody_was_told_of_may_be_there_or_not()
    {
        foreach (string id in (string[])["kept", "gone", "running", "refused"])
            history.Called(id);
        history.Unknown("kept");
        history.Unknown("gone");
        history.Refused("refused");
        Verdict verdict = history.Check(["kept", "running"]);
        verdict.Holds.ShouldBeTrue();
        (verdict.Unknown, verdict.Failed, verdict.Revived).ShouldBe((3, 1, 2));
    }

    [Fact]
    public void A_repetition_that_ends_well_outweighs_every_failure_before_and_after()
    {
        history.Called("a");
        history.Unknown("a");
        history.Ok("a");
        history.Called("a");
        history.Refused("a");
        history.Check([]).Lost.ShouldBe(["a"]);
    }

    [Fact]
    public void A_refusal_after_an_attempt_without_an_answer_proves_nothing()
    {
        history.Called("a");
        history.Unknown("a");
        history.Refused("a");
        history.Check([]).Unknown.ShouldBe(1);
    }

    private void Take(params IEnumerable<string> ids)
    {
        foreach (string id in ids)
        {
            history.Called(id);
            history.Ok(id);
        }
    }
}
