using ChannelHub.Adapters.Conformance;
using Xunit.Sdk;

namespace ChannelHub.Adapters.Tests.Kit;

/// <summary>The suite tested by channels that are wrong.</summary>
public sealed class ConformanceTests
{
    [Theory]
    [InlineData(Flaw.AcceptsForgeries, nameof(ChannelConformance.A_tampered_webhook_is_forged))]
    [InlineData(Flaw.ThrowsOnGarbage, nameof(ChannelConformance.A_body_cut_at_any_byte_never_throws))]
    [InlineData(Flaw.ThrowsOnGarbage, nameof(ChannelConformance.Random_bytes_never_throw))]
    [InlineData(Flaw.ThrowsOnGarbage, nameof(ChannelConformance.A_body_that_means_nothing_never_throws))]
    [InlineData(Flaw.MakesUpIds, nameof(ChannelConformance.Parsing_twice_gives_the_same_also_on_another_account_object))]
    [InlineData(Flaw.TakesLongIds, nameof(ChannelConformance.Any_JSON_value_in_the_place_of_another_never_throws))]
    [InlineData(Flaw.LetsNulThrough, nameof(ChannelConformance.Any_JSON_value_in_the_place_of_another_never_throws))]
    [InlineData(Flaw.LogsTheSecret, nameof(ChannelConformance.An_accepted_send_is_sent_with_an_id))]
    [InlineData(Flaw.LogsTheText, nameof(ChannelConformance.An_accepted_send_is_sent_with_an_id))]
    [InlineData(Flaw.TakesACutForARefusal, nameof(ChannelConformance.A_reset_leaves_it_unconfirmed))]
    [InlineData(Flaw.TakesACutForARefusal, nameof(ChannelConformance.An_answer_cut_short_leaves_it_unconfirmed))]
    [InlineData(Flaw.TakesACutForARefusal, nameof(ChannelConformance.A_time_out_leaves_it_unconfirmed))]
    [InlineData(Flaw.TakesACutForARefusal, nameof(ChannelConformance.An_answer_that_falls_silent_leaves_it_unconfirmed))]
    [InlineData(Flaw.ForgetsTheWait, nameof(ChannelConformance.Too_many_requests_wait_as_long_as_the_provider_says))]
    [InlineData(Flaw.SkipsWhenResumed, nameof(ChannelConformance.A_pull_resumed_from_any_earlier_cursor_yields_the_rest))]
    [InlineData(Flaw.DropsButtons, nameof(ChannelConformance.Buttons_at_the_limit_pass_whole))]
    [InlineData(Flaw.CutsTheCaption, nameof(ChannelConformance.A_caption_at_the_limit_passes_whole))]
    [InlineData(Flaw.SendsWhatItDoesNotKnow, nameof(ChannelConformance.A_part_it_has_no_way_for_is_refused))]
    [InlineData(Flaw.HasNoRoomForButtons, nameof(ChannelConformance.Limits_can_be_kept))]
    [InlineData(Flaw.LooksAtHalfOfTheProof, nameof(ChannelConformance.A_proof_with_one_wrong_byte_is_forged))]
    [InlineData(Flaw.NamesEventsByTheirArrival, nameof(ChannelConformance.A_redelivery_next_day_has_the_same_keys))]
    [InlineData(Flaw.TellsTheSecretInAnEvent, nameof(ChannelConformance.Events_are_sound))]
    [InlineData(Flaw.TakesMarksForMarkup, nameof(ChannelConformance.Marks_in_a_text_stay_words))]
    [InlineData(Flaw.ThrowsWhenProbed, nameof(ChannelConformance.A_probe_tells_whether_the_account_works))]
    public async Task A_flaw_is_noticed_and_its_absence_passes(Flaw flaw, string test)
    {
        await RunAsync(Flaw.None, test);
        await Should.ThrowAsync<Exception>(() => RunAsync(flaw, test));
    }

    [Theory]
    [InlineData(Flaw.BelievesGarbage, nameof(ChannelConformance.Success_with_garbage_is_unconfirmed), "<html>")]
    [InlineData(Flaw.TakesAGatewayErrorForARefusal, nameof(ChannelConformance.A_gateway_that_lost_the_answer_leaves_it_unconfirmed), 502)]
    [InlineData(Flaw.RepeatsTheProvidersBody, nameof(ChannelConformance.A_refusal_is_never_sent_and_never_unconfirmed), 400)]
    public async Task A_flaw_in_one_case_is_noticed(Flaw flaw, string test, object argument)
    {
        await RunAsync(Flaw.None, test, argument);
        await Should.ThrowAsync<XunitException>(() => RunAsync(flaw, test, argument));
    }

    [Fact]
    public async Task A_send_that_cannot_be_cancelled_is_noticed()
    {
        FlawedRun run = await FlawedRun.StartAsync(Flaw.IgnoresCancellation);
        Task cancelled = run.Invoke(nameof(ChannelConformance.Cancellation_stops_a_send));
        // The provider never answers, so only its end ends the call; by then it is no cancellation any more.
        await run.DisposeAsync();
        await Should.ThrowAsync<XunitException>(cancelled);
    }

    [Fact]
    public async Task A_report_tells_failures_deviations_and_what_does_not_apply_apart()
    {
        ConformanceReport flawed = await ConformanceReport.OfAsync("Flawed", () => new FlawedConformance(Flaw.DropsButtons));
        ConformanceReport excused = await ConformanceReport.OfAsync("Excused", () => new ExcusedConformance());

        Outcome(flawed, nameof(ChannelConformance.Buttons_at_the_limit_pass_whole)).Outcome.ShouldBe(CheckOutcome.Failed);
        Outcome(flawed, nameof(ChannelConformance.An_accepted_send_is_sent_with_an_id)).Outcome.ShouldBe(CheckOutcome.Passed);
        Outcome(flawed, nameof(ChannelConformance.Deleting_tells_the_truth)).Outcome.ShouldBe(CheckOutcome.NotApplicable);
        Outcome(excused, nameof(ChannelConformance.Buttons_at_the_limit_pass_whole)).ShouldBe(new("Buttons at the limit pass whole", CheckOutcome.Deviates, "it has its reasons"));
        string table = ConformanceReport.Table([flawed, excused]);
        table.ShouldContain("| Buttons at the limit pass whole | **failed** | 1 |");
        table.ShouldContain("| Deleting tells the truth | – | – |");
        table.ShouldContain("1 differs: it has its reasons");

        static CheckResult Outcome(ConformanceReport report, string test) => report.Results.Single(result => result.Check == test.Replace('_', ' '));
    }

    [Fact]
    public void Every_test_of_the_suite_can_be_overridden_with_a_reason()
    {
        foreach (System.Reflection.MethodInfo test in typeof(ChannelConformance).GetMethods().Where(method => method.IsDefined(typeof(FactAttribute), inherit: true)))
        {
            test.IsVirtual.ShouldBeTrue(test.Name);
            test.ReturnType.ShouldBe(typeof(Task), test.Name);
        }
    }

    private static async Task RunAsync(Flaw flaw, string test, params object[] arguments)
    {
        await using FlawedRun run = await FlawedRun.StartAsync(flaw);
        await run.Invoke(test, arguments);
    }

    private sealed class FlawedRun(FlawedConformance suite) : IAsyncDisposable
    {
        public static async Task<FlawedRun> StartAsync(Flaw flaw)
        {
            var suite = new FlawedConformance(flaw);
            await suite.InitializeAsync();
            return new FlawedRun(suite);
        }

        public Task Invoke(string test, params object[] arguments) => (Task)typeof(ChannelConformance).GetMethod(test)!.Invoke(suite, arguments)!;

        public async ValueTask DisposeAsync()
        {
            await suite.DisposeAsync();
            suite.Dispose();
        }
    }
}
