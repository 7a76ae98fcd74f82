using System.Collections.Concurrent;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>A channel on which people write. Whatever they do waits until the simulator delivers it.</summary>
public abstract class SimulatedChat : SimulatedChannel
{
    private readonly ConcurrentDictionary<int, ConcurrentQueue<SimulatedWord>> said = new();
    private readonly ConcurrentDictionary<int, bool> shut = new();

    /// <summary>The receipts its provider gives: <c>delivered</c>, <c>read</c>, or none.</summary>
    public abstract IReadOnlyList<string> Receipts { get; }

    /// <summary>A person writes.</summary>
    /// <returns>The message's id at the provider.</returns>
    public string Say(SimulatedPerson person, string text) => Noted(person, text, file: null, Write(person, text));

    /// <summary>A person sends a file.</summary>
    /// <returns>The message's id at the provider.</returns>
    public string Send(SimulatedPerson person, FakeFile file) => Noted(person, text: null, file.FileName, Write(person, file));

    /// <summary>A person presses a button of a message.</summary>
    public void Press(SimulatedPerson person, ShownMessage message, ShownButton button) =>
        Noted(person, button.Label, file: null, Write(person, message, button));

    /// <summary>The provider tells what became of a message, in a word of <see cref="Receipts"/>.</summary>
    public abstract void Report(SimulatedPerson person, ShownMessage message, string state);

    /// <summary>What the hub sent to a person, in order.</summary>
    public abstract IReadOnlyList<ShownMessage> Shown(SimulatedPerson person);

    /// <summary>A file that the hub sent; null if the message has none, or it cannot be had.</summary>
    public abstract Task<FakeFile?> FileAsync(ShownMessage message, CancellationToken cancellation = default);

    /// <summary>What a person said, in order.</summary>
    public IReadOnlyList<SimulatedWord> Said(SimulatedPerson person) => said.TryGetValue(person.Number, out ConcurrentQueue<SimulatedWord>? words) ? [.. words] : [];

    /// <summary>True: what is known of a send at once (a receipt, an echo) is pushed before the send itself is answered.</summary>
    public abstract void ReportBeforeAnswers(bool reports);

    /// <summary>So many of the next calls are refused as too many.</summary>
    public abstract void Throttle(int calls, int retryAfterSeconds);

    /// <summary>
    /// From now on the provider refuses what is sent to a person, in its own words: the messaging window is closed, or they have blocked the shop. When it
    /// is over, it tells so where it does; a window opens with the person's next word.
    /// </summary>
    public void Shut(SimulatedPerson person, bool isShut)
    {
        if (isShut ? shut.TryAdd(person.Number, true) : shut.TryRemove(person.Number, out _))
            Refuse(person, isShut);
    }

    private protected abstract void Refuse(SimulatedPerson person, bool refuses);

    private protected abstract string Write(SimulatedPerson person, string text);

    private protected abstract string Write(SimulatedPerson person, FakeFile file);

    private protected abstract string Write(SimulatedPerson person, ShownMessage message, ShownButton button);

    private string Noted(SimulatedPerson person, string? text, string? file, string id)
    {
        said.GetOrAdd(person.Number, _ => new()).Enqueue(new SimulatedWord(id, text, file, Shown(person).Count));
        return id;
    }
}

/// <summary>A channel on which people change what they wrote.</summary>
public interface ISimulatedEditing
{
    /// <summary>A person changes the words of a message.</summary>
    /// <param name="person">Whose message.</param>
    /// <param name="id">What <see cref="SimulatedChat.Say"/> answered.</param>
    /// <param name="text">The new words.</param>
    void Edit(SimulatedPerson person, string id, string text);
}

/// <summary>What a person said.</summary>
/// <param name="Id">The message's id at the provider.</param>
/// <param name="Text">The words.</param>
/// <param name="File">Or the name of a file.</param>
/// <param name="After">How many messages of the shop stood there before it.</param>
public sealed record SimulatedWord(string Id, string? Text, string? File, int After);

/// <summary>A message of the shop, as a person sees it.</summary>
/// <param name="Id">Its id at the provider.</param>
/// <param name="Text">The words, or a few that stand for what is not words.</param>
public sealed record ShownMessage(string Id, string Text)
{
    /// <summary>What can be pressed.</summary>
    public IReadOnlyList<ShownButton> Buttons { get; init; } = [];

    /// <summary>Where its file is, in the provider's terms; null if it has none.</summary>
    public string? File { get; init; }

    /// <summary>What has to come back with an answer to it.</summary>
    internal string? Tracking { get; init; }
}

/// <summary>A button.</summary>
/// <param name="Label">What stands on it.</param>
/// <param name="Data">What comes back when it is pressed; null for a link.</param>
/// <param name="Url">Where it leads; null unless it is a link.</param>
public sealed record ShownButton(string Label, string? Data, string? Url = null);
