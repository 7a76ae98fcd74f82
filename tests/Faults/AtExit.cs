namespace ChannelHub.Faults;

/// <summary>Something to be undone once, however the program ends short of being killed: at the end of its use, or when a signal ends everything.</summary>
internal sealed class AtExit : IDisposable
{
    private readonly Lazy<bool> undone;

    public AtExit(Action undo)
    {
        undone = new Lazy<bool>(() =>
        {
            undo();
            return true;
        });
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    // Whoever comes second waits for the first.
    public void Dispose()
    {
        _ = undone.Value;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
    }

    private void OnExit(object? sender, EventArgs e) => Dispose();
}
