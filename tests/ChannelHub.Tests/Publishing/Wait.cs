namespace ChannelHub.Tests.Publishing;

/// <summary>Waits for what happens in the background.</summary>
internal static class Wait
{
    public static async Task<T> UntilAsync<T>(Func<T> look, Func<T, bool> satisfied)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            T seen = look();
            if (satisfied(seen))
                return seen;
            if (limit.IsCancellationRequested)
                throw new TimeoutException("what was waited for never came");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public static Task UntilAsync(Func<bool> satisfied) => UntilAsync(satisfied, seen => seen);
}
