namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>How a simulator misbehaves while it delivers.</summary>
public sealed record SimulatedMischief
{
    /// <summary>So many of a hundred webhooks come twice.</summary>
    public int PercentTwice { get; init; }

    /// <summary>Whether they come in another order.</summary>
    public bool Shuffles { get; init; }

    /// <summary>What comes twice and in what order is made from this number.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many are under way at once.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>Names that files should not have.</summary>
    public static IReadOnlyList<string> HostileNames { get; } =
    [
        "../../../etc/passwd", @"..\..\windows\win.ini", "invoice\u202Egnp.exe", "<img src=x onerror=alert(1)>.png", "kite.png\r\nSet-Cookie: a=b", "nul\0l.png",
        new string('k', 400) + ".png", "CON.png", "=cmd|' /C calc'!A0.csv", "\"; filename=other.html", ".htaccess", "   ",
    ];

    internal IReadOnlyList<SimulatedDelivery> Arrange(IReadOnlyList<SimulatedDelivery> deliveries)
    {
        if (PercentTwice == 0 && !Shuffles)
            return deliveries;
        var dice = new Random(Seed);
        SimulatedDelivery[] arranged = [.. deliveries, .. deliveries.Where(_ => dice.Next(100) < PercentTwice)];
        if (Shuffles)
            dice.Shuffle(arranged);
        return arranged;
    }
}
