using System.Globalization;
using System.Text;

namespace ChannelHub.Benchmarks;

/// <summary>The table of <see cref="Growth"/> as a picture: small charts side by side, messages from left to right.</summary>
internal static class GrowthChart
{
    private const int Width = 300;
    private const int Height = 190;
    private const int Left = 52;
    private const int Right = 14;
    private const int Top = 56;
    private const int Bottom = 30;
    private const int InRow = 3;

    // Seen well on white and on black, and apart for those who see colours otherwise.
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73"];

    private static readonly (string Title, (string Column, string Name)[] Lines)[] Charts =
    [
        ("messages in a second, 32 connections", [("hub/s", "hub"), ("floor/s", "bare floor")]),
        ("p99 of that, ms", [("hub p99 ms", "hub"), ("floor p99 ms", "bare floor")]),
        ("start to ready, s", [("start s", "hub")]),
        ("p99 of reading, 8 connections, ms", [("thread p99 ms", "thread"), ("conversations p99 ms", "conversations")]),
        ("p99 of finding messages, ms", [("one hit p99 ms", "one hit"), ("common word p99 ms", "common word")]),
        ("memory, MB", [("memory MB", "hub")]),
    ];

    public static void Draw(string folder, string file)
    {
        string[][] lines = [.. File.ReadAllLines(Growth.Table(folder)).Select(line => line.Split('\t'))];
        double[] Column(string name) => [.. lines.Skip(1).Select(line => double.Parse(line[Array.IndexOf(lines[0], name)], CultureInfo.InvariantCulture))];
        double[] messages = Column("messages");
        int rows = (Charts.Length + InRow - 1) / InRow;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {InRow * Width} {rows * Height}" font-family="system-ui, sans-serif" font-size="11" role="img" aria-label="What grows with the number of messages stored">""");
        svg.AppendLine("""<rect width="100%" height="100%" fill="#fff"/>""");
        for (int i = 0; i < Charts.Length; i++)
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<g transform="translate({i % InRow * Width} {i / InRow * Height})">""");
            Draw(svg, Charts[i].Title, messages, [.. Charts[i].Lines.Select(line => (line.Name, Column(line.Column)))]);
            svg.AppendLine("</g>");
        }
        svg.AppendLine("</svg>");
        File.WriteAllText(file, svg.ToString());
    }

    private static void Draw(StringBuilder svg, string title, double[] messages, (string Name, double[] Values)[] lines)
    {
        double top = RoundUp(lines.Max(line => line.Values.Max()));
        double X(double n) => Left + (Width - Left - Right) * n / messages.Max();
        double Y(double value) => Height - Bottom - (Height - Top - Bottom) * value / top;
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Left}" y="18" font-weight="600">{title}</text>""");
        for (int i = 0; i <= 2; i++)
        {
            double value = top * i / 2;
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{Left} {Y(value):F1}H{Width - Right}" stroke="#ddd"/><text x="{Left - 6}" y="{Y(value) + 4:F1}" text-anchor="end" fill="#555">{value:#,0.##}</text>""");
        }
        foreach (double n in messages)
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{X(n):F1}" y="{Height - Bottom + 16}" text-anchor="middle" fill="#555">{n / 1e6:0.#} M</text>""");
        for (int i = 0; i < lines.Length; i++)
        {
            string points = string.Join(' ', messages.Zip(lines[i].Values, (n, value) => string.Create(CultureInfo.InvariantCulture, $"{X(n):F1},{Y(value):F1}")));
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Left + i * 90}" y="38" fill="{Colours[i]}">{lines[i].Name}</text><polyline points="{points}" fill="none" stroke="{Colours[i]}" stroke-width="2"/>""");
        }
    }

    /// <summary>The next of 1, 2, 4, 6, 8, 10 times a power of ten.</summary>
    private static double RoundUp(double value)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value, 0.001))));
        return unit * ((double[])[1, 2, 4, 6, 8, 10]).First(n => n * unit >= value * 0.999);
    }
}
