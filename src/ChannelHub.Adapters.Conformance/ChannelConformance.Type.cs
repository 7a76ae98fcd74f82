#pragma warning disable CS1591 // The names of the tests are the sentences that describe them.
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace ChannelHub.Adapters.Conformance;

public abstract partial class ChannelConformance
{
    private static readonly Dictionary<Type, Func<ConformanceFacts, bool>> Abilities = new()
    {
        [typeof(IChannel)] = _ => true,
        [typeof(IReceiver)] = facts => facts.Webhooks.Count > 0,
        [typeof(IWebhookReceiver)] = facts => facts.Webhooks.Any(recording => recording.Method != "PULL") && facts.Tamper is not null,
        [typeof(IAppWebhookReceiver)] = facts => facts.Webhooks.Any(recording => recording.Method != "PULL"),
        [typeof(IMessagePuller)] = facts => facts.PullBatches > 0,
        [typeof(IMessageSender)] = facts => facts.Outbound is [{ Part: TextPart }, ..],
        [typeof(IMediaSource)] = facts => facts.MediaReference is not null && facts.MediaBytes.Length > 0,
        [typeof(IMediaInInput)] = facts => facts.Webhooks.Count > 0,
        [typeof(IWebhookRegistrar)] = _ => true,
        [typeof(IMessageEditor)] = facts => facts.Outbound.Count > 0,
        [typeof(IMessageDeleter)] = facts => facts.Outbound.Count > 0,
        [typeof(IReactionSender)] = facts => facts.Outbound.Count > 0,
        [typeof(IReadMarker)] = facts => facts.Outbound.Count > 0,
        [typeof(ITypingSignal)] = facts => facts.Outbound.Count > 0,
        [typeof(ITypingAtMessage)] = facts => facts.Outbound.Count > 0,
        [typeof(IProfileSource)] = facts => facts.Outbound.Count > 0,
    };

    [Fact]
    public virtual Task Every_implemented_ability_is_exercised()
    {
        foreach (Type ability in Opened.GetInterfaces().Where(type => type.IsAssignableTo(typeof(IChannel))))
        {
            Assert.True(Abilities.TryGetValue(ability, out Func<ConformanceFacts, bool>? given), $"{ability.Name} is not of the contract");
            Assert.True(given(facts), $"{Opened.Name} implements {ability.Name}, and the facts lack what its tests need");
        }
        return Task.CompletedTask;
    }

    [Fact]
    public virtual Task The_type_says_truly_what_it_is()
    {
        ChannelInfo info = facts.Type.Info;
        Assert.Matches(new Regex("^[a-z][a-z0-9_]{0,31}$", RegexOptions.None, Patience), info.Id);
        Assert.Matches(new Regex("^[a-z][a-z0-9_]{0,31}$", RegexOptions.None, Patience), info.KeyKind);
        Assert.False(string.IsNullOrWhiteSpace(info.Name));
        Assert.All(info.KeptHeaders.Concat(info.BlankedHeaders), name => Assert.Equal(name.ToLowerInvariant(), name));
        Assert.Empty(info.KeptHeaders.Intersect(info.BlankedHeaders));
        Assert.True(facts.Type.ChannelClass.IsAssignableTo(Opened), $"{facts.Type.ChannelClass.Name} has fewer abilities than {Opened.Name}");
        Assert.InRange(info.Acknowledgement.Status, 200, 299);
        return Task.CompletedTask;
    }

    [Fact]
    public virtual Task Limits_can_be_kept()
    {
        ChannelLimits limits = facts.Type.Limits(facts.Settings(provider.Address));
        Assert.True(limits.MaxButtons == 0 || (limits.MaxButtonLabel > 0 && limits.MaxButtonId > 0 && limits.MaxButtonText > 0), "buttons without room for their words");
        Assert.True(limits.MaxButtonsWithLinks >= 0);
        Assert.True(limits.Media.Count == 0 || limits.MaxFileBytes > 0);
        Assert.True(limits is { MaxWebhookBytes: > 0, SendsPerSecond: > 0, SendsPerSecondPerRecipient: > 0, RecipientBurst: > 0 });
        Assert.True(limits.MediaExpiry > TimeSpan.Zero);
        Assert.InRange(limits.LinkLife, TimeSpan.FromMinutes(10), TimeSpan.FromDays(30));
        Assert.True(limits.Window is null || limits.Window > TimeSpan.Zero);
        return Task.CompletedTask;
    }

    [Fact]
    public virtual Task Settings_can_be_made_from_a_form()
    {
        Type settings = facts.Type.SettingsType;
        Assert.True(settings.IsSealed, "settings are a sealed record");
        object empty = Activator.CreateInstance(settings)!;
        SettingsHalves bare = facts.Type.Halves(empty);
        Assert.NotNull(bare.Receiving);
        SettingsHalves full = facts.Type.Halves(facts.Settings(provider.Address));
        Assert.Equal(Is<IReceiver>(), full.Receiving.Complete);
        Assert.Equal(Is<IMessageSender>(), full.Sending.Complete);
        foreach (PropertyInfo property in settings.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            bool init = property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit");
            Assert.True(init, $"{property.Name} can be changed after it was set; use init");
        }
        return Task.CompletedTask;
    }

    [Fact]
    public virtual Task Whatever_was_committed_is_acknowledged()
    {
        foreach (EntryOutcomeKind kind in Enum.GetValues<EntryOutcomeKind>().Where(kind => kind is not (EntryOutcomeKind.Rejected or EntryOutcomeKind.Uploaded)))
            Assert.InRange(facts.Type.Acknowledge([new EntryOutcome(kind)]).Status, 200, 299);
        Assert.InRange(facts.Type.Acknowledge([]).Status, 200, 299);
        return Task.CompletedTask;
    }
}
