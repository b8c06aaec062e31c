namespace IotOrleans.Alerts;

/// <summary>What one process makes of what it sees of the parts, look by look. Pure but for its memory.</summary>
internal sealed class OutageWatch(TimeSpan after)
{
    private readonly Dictionary<string, Seen> _away = new(StringComparer.Ordinal);

    /// <summary>An outage that somebody has told of already, in a run before this one.</summary>
    public void Remember(Outage outage) => _away[outage.Part] = new(outage, Told: true);

    /// <summary>What has to be told now: an outage that has lasted, or the end of one that was told.</summary>
    public IEnumerable<OutageChange> Look(IEnumerable<PartHealth> parts, DateTimeOffset now)
    {
        foreach (var part in parts)
        {
            var known = _away.GetValueOrDefault(part.Name);
            if (part.Status != PartStatus.Down)
            {
                if (_away.Remove(part.Name) && known!.Told)
                    yield return new(known.Outage, IsOver: true);
                continue;
            }
            known ??= new(new(part.Name, now, part.Detail), Told: false);
            var isDue = !known.Told && now - known.Outage.Since >= after;
            _away[part.Name] = known with { Told = known.Told || isDue };
            if (isDue)
                yield return new(known.Outage with { Detail = part.Detail }, IsOver: false);
        }
    }

    private sealed record Seen(Outage Outage, bool Told);
}

internal readonly record struct OutageChange(Outage Outage, bool IsOver);
