using System.Globalization;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>Somebody who has an account everywhere, and one telephone number.</summary>
/// <param name="Name">What they are called.</param>
/// <param name="Number">1 to 999; all their addresses are made from it.</param>
public sealed record SimulatedPerson(string Name, int Number)
{
    /// <summary>Their telephone number, of a range that is nobody's.</summary>
    public string Phone => string.Create(CultureInfo.InvariantCulture, $"+447700900{Number:D3}");

    /// <summary>Their Telegram id.</summary>
    public long Telegram => 700_100_000 + Number;

    /// <summary>Their VK id.</summary>
    public long Vk => 555_000 + Number;

    /// <summary>Their Viber id, as one bot sees it.</summary>
    public string Viber => string.Create(CultureInfo.InvariantCulture, $"sim{Number:D5}larkAAAAAAAA==");

    /// <summary>Their id as one Page sees it.</summary>
    public string Messenger => string.Create(CultureInfo.InvariantCulture, $"99887766550{Number:D5}");

    /// <summary>Their id as one Instagram account sees it.</summary>
    public string Instagram => string.Create(CultureInfo.InvariantCulture, $"88776655440{Number:D5}");
}
