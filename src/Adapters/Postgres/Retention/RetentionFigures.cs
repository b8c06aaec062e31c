using System.Diagnostics.Metrics;

namespace IotOrleans.Retention;

/// <summary>What went, and whether the work is done.</summary>
public sealed class RetentionFigures
{
    private readonly Counter<long> _rows;
    private readonly Counter<long> _failures;
    private long _workedAt;
    private int _behind;

    public RetentionFigures(IMeterFactory meters)
    {
        var meter = meters.Create("IotOrleans");
        _rows = meter.CreateCounter<long>("iot_retention_rows", description: "Old rows removed, by table.");
        _failures = meter.CreateCounter<long>("iot_retention_failures", description: "Tables given up for an hour.");
        meter.CreateObservableGauge(
            "iot_retention_worked_at",
            WorkedAt,
            unit: "s",
            description: "When no table was given up, in seconds since 1970."
        );
        meter.CreateObservableGauge(
            "iot_retention_behind",
            () => Volatile.Read(ref _behind),
            description: "Tables that were not done when their time was up."
        );
    }

    public void Removed(string table, long rows) => _rows.Add(rows, new KeyValuePair<string, object?>("table", table));

    public void Failed() => _failures.Add(1);

    public void Worked(DateTimeOffset at) => Volatile.Write(ref _workedAt, at.ToUnixTimeSeconds());

    public void Behind(int tables) => Volatile.Write(ref _behind, tables);

    private Measurement<long>[] WorkedAt() => Volatile.Read(ref _workedAt) is > 0 and var worked ? [new(worked)] : [];
}
