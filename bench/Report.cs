using System.Globalization;

namespace IotOrleans.Bench;

/// <summary>Plain lines, to be read by people and kept in results/.</summary>
internal sealed class Report
{
    private readonly List<string> _lines = [];

    public Report() =>
        Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"# {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, {Machine.Name}, {Machine.Load}"
            )
        );

    public void Say(string line)
    {
        Console.WriteLine(line);
        _lines.Add(line);
    }

    /// <summary>Called when all went well: half a result is none.</summary>
    public void Keep(string file) => File.WriteAllLines(file, _lines);

    public void Line(string name, IReadOnlyCollection<double> rounds, string unit) =>
        Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name, -46} {Median(rounds), 11:0.0} {"", 11} {"", 6} {unit, -9} "
                    + $"[{rounds.Min():0.0}..{rounds.Max():0.0}]"
            )
        );

    public void PairHead() =>
        Say($"{"", -46} {"ours", 11} {"floor", 11} {"ratio", 6} {"unit", -9} [ratios of the rounds]");

    /// <summary>Medians of both, and of the ratios of the rounds, which hold when the machine is noisy.</summary>
    public void Pair(string name, IReadOnlyList<double> ours, IReadOnlyList<double> floor, string unit)
    {
        var ratios = ours.Zip(floor, (mine, least) => mine / least).ToList();
        Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name, -46} {Median(ours), 11:0.0} {Median(floor), 11:0.0} {Median(ratios), 6:0.00} {unit, -9} "
                    + $"[{ratios.Min():0.00}..{ratios.Max():0.00}]"
            )
        );
    }

    public static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}
