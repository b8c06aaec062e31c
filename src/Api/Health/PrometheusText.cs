using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace IotOrleans.Health;

/// <summary>
/// All figures of this process in the text form of Prometheus 0.0.4, listened from .NET's own meters: ours, the web
/// server's, the database driver's and the runtime's. Of another host's in this process nothing is taken.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    private const int SeriesMax = 20_000;

    private static readonly string[] Meters =
    [
        "IotOrleans",
        "Microsoft.Orleans",
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Http.Connections",
        "Npgsql",
        "System.Runtime",
    ];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Series, Figure> _figures = new();

    /// <param name="meters">Whose meters are this host's; those of the whole process belong to no factory.</param>
    public PrometheusText(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (
                Array.IndexOf(Meters, instrument.Meter.Name) >= 0
                && (instrument.Meter.Scope is not IMeterFactory owner || owner == meters)
            )
                listener.EnableMeasurementEvents(instrument, new RecentSeries());
        };
        _listener.SetMeasurementEventCallback<long>(
            (instrument, value, tags, recent) => Take(instrument, value, tags, recent)
        );
        _listener.SetMeasurementEventCallback<int>(
            (instrument, value, tags, recent) => Take(instrument, value, tags, recent)
        );
        _listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, recent) => Take(instrument, value, tags, recent)
        );
        _listener.Start();
    }

    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder(16 * 1024);
        foreach (
            var group in _figures.GroupBy(figure => figure.Key.Name).OrderBy(group => group.Key, StringComparer.Ordinal)
        )
        {
            var instrument = group.First().Value.Instrument;
            if (instrument.Description is { Length: > 0 } words)
                text.Append("# HELP ").Append(group.Key).Append(' ').Append(words.ReplaceLineEndings(" ")).Append('\n');
            text.Append("# TYPE ").Append(group.Key).Append(' ').Append(Kind(instrument)).Append('\n');
            foreach (var (series, figure) in group.OrderBy(figure => figure.Key.Labels, StringComparer.Ordinal))
                figure.WriteTo(text, series);
        }
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Take(
        Instrument instrument,
        double value,
        ReadOnlySpan<KeyValuePair<string, object?>> tags,
        object? recent
    )
    {
        var series = (RecentSeries)recent!;
        var figure = series.Find(tags);
        if (figure is null && (figure = Find(instrument, tags)) is not null)
            series.Keep(tags, figure);
        figure?.Add(value);
    }

    /// <summary>Null when there are too many already.</summary>
    private Figure? Find(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = new Series(Name(instrument), Labels(tags));
        if (_figures.TryGetValue(series, out var known))
            return known;
        // Labels that multiply without end are a mistake; it must not cost the memory of the process.
        return _figures.Count < SeriesMax
            ? _figures.GetOrAdd(series, static (_, instrument) => new(instrument), instrument)
            : null;
    }

    private static string Name(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_').Replace('-', '_');
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        if (unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        return Kind(instrument) == "counter" && !name.EndsWith("_total", StringComparison.Ordinal)
            ? name + "_total"
            : name;
    }

    private static string Kind(Instrument instrument)
    {
        var type = instrument.GetType().Name;
        return type.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
            : type.StartsWith("Counter", StringComparison.Ordinal)
            || type.StartsWith("ObservableCounter", StringComparison.Ordinal)
                ? "counter"
            : "gauge";
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length == 0)
            return "";
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (text.Length > 0)
                text.Append(',');
            text.Append(name.Replace('.', '_'))
                .Append("=\"")
                .Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""))
                .Append('"');
        }
        return text.ToString();
    }

    private static string Escape(string value) =>
        value
            .Replace("\\", @"\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    internal readonly record struct Series(string Name, string Labels);
}
