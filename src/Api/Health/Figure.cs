using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace IotOrleans.Health;

/// <summary>One series: a sum, a last value, or a histogram with fixed bounds.</summary>
internal sealed class Figure(Instrument instrument)
{
    private static readonly double[] Bounds =
    [
        0.0005,
        0.001,
        0.0025,
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
        30,
        60,
    ];

    private readonly Lock _gate = new();
    private readonly bool _isHistogram = instrument.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal);
    private readonly bool _isObserved =
        instrument.IsObservable || instrument.GetType().Name.StartsWith("Gauge", StringComparison.Ordinal);
    private long[]? _buckets;
    private long _count;
    private double _value;

    public Instrument Instrument => instrument;

    public void Add(double value)
    {
        lock (_gate)
        {
            _value = _isObserved ? value : _value + value;
            if (!_isHistogram)
                return;
            _count++;
            var bucket = Array.FindIndex(Bounds, bound => value <= bound);
            (_buckets ??= new long[Bounds.Length + 1])[bucket < 0 ? Bounds.Length : bucket]++;
        }
    }

    public void WriteTo(StringBuilder text, PrometheusText.Series series)
    {
        lock (_gate)
        {
            if (!_isHistogram)
            {
                Line(text, series.Name, series.Labels, _value);
                return;
            }
            var sum = 0L;
            for (var bucket = 0; bucket < Bounds.Length; bucket++)
            {
                sum += _buckets![bucket];
                Line(
                    text,
                    series.Name + "_bucket",
                    With(series.Labels, Bounds[bucket].ToString(CultureInfo.InvariantCulture)),
                    sum
                );
            }
            Line(text, series.Name + "_bucket", With(series.Labels, "+Inf"), _count);
            Line(text, series.Name + "_sum", series.Labels, _value);
            Line(text, series.Name + "_count", series.Labels, _count);
        }
    }

    private static string With(string labels, string bound) =>
        labels.Length == 0 ? $"le=\"{bound}\"" : $"{labels},le=\"{bound}\"";

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }
}
