namespace ChannelHub.Tests.Acceptance;

/// <summary>The main job on one process with a file; three nodes do the same elsewhere.</summary>
[Trait("engine", "sqlite")]
public sealed class OneThreadTests
{
    [Fact]
    public async Task Chat_Telegram_and_mail_are_one_thread_that_is_answered_in_each_place()
    {
        await using TestHub hub = await TestHub.StartAsync();

        await OneThreadFlow.RunAsync(hub);
    }
}
