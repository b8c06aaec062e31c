namespace IotOrleans.Calls;

internal sealed class SwitchLinesGrain(TimeProvider clock) : Grain, ISwitchLinesGrain
{
    /// <summary>Three reports that did not come.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(3);

    /// <summary>Who has been silent this long is no longer waited for: its legs live elsewhere by now.</summary>
    private static readonly TimeSpan Gone = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, (ISwitchLine? Line, DateTimeOffset At)> _silos = [];

    public Task<LinesView> Report(string silo, ISwitchLine? line)
    {
        var now = clock.GetUtcNow();
        _silos[silo] = (line, now);
        foreach (var (other, report) in _silos)
        {
            if (now - report.At > Gone)
                _silos.Remove(other);
        }
        var up = _silos.Values.Count(report => IsUp(report, now));
        return Task.FromResult(new LinesView(up, _silos.Count - up));
    }

    public Task Leave(string silo)
    {
        _silos.Remove(silo);
        return Task.CompletedTask;
    }

    public Task<ISwitchLine[]> Lines()
    {
        var now = clock.GetUtcNow();
        return Task.FromResult<ISwitchLine[]>([
            .. _silos
                .Values.Where(report => IsUp(report, now))
                .OrderByDescending(report => report.At)
                .Select(report => report.Line!),
        ]);
    }

    private static bool IsUp((ISwitchLine? Line, DateTimeOffset At) report, DateTimeOffset now) =>
        report.Line is not null && now - report.At <= Late;
}
