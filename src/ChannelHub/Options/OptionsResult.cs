namespace ChannelHub.Options;

/// <summary>What reading the settings came to.</summary>
public abstract record OptionsResult
{
    private OptionsResult() { }

    /// <summary>All settings are good.</summary>
    /// <param name="Options">The settings.</param>
    /// <param name="Warnings">What the operator should know all the same; to be logged.</param>
    public sealed record Loaded(HubOptions Options, IReadOnlyList<string> Warnings) : OptionsResult;

    /// <summary>The program must not start; every error is here, not only the first.</summary>
    public sealed record Refused(IReadOnlyList<OptionError> Errors) : OptionsResult;
}

/// <summary>One thing that is wrong with the settings.</summary>
/// <param name="Key">Which setting, named as the operator wrote it.</param>
/// <param name="Problem">What is wrong with its value. Never the value of a secret.</param>
/// <param name="Cure">What to do.</param>
public sealed record OptionError(string Key, string Problem, string Cure)
{
    /// <summary>One line for the operator.</summary>
    public override string ToString() => $"{Key}: {Problem}. {Cure}.";
}
