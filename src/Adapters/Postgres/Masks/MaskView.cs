namespace IotOrleans.Masks;

/// <summary>
/// All that is known at one moment: a frozen table, what has changed since it was made, and what only few masks have.
/// Never changed; who reads holds one view and needs no lock.
/// </summary>
internal sealed record MaskView(MaskTable Table, MaskChanges Changes)
{
    public static readonly MaskView Empty = new(MaskTable.Empty, MaskChanges.None);

    /// <summary>Beyond so many changes a new table costs less than carrying them on.</summary>
    public const int ChangesMax = 20_000;

    /// <summary>Active masks; those that have expired and not been ended yet are still counted.</summary>
    public int Count
    {
        get
        {
            var count = Table.Count;
            foreach (var (shown, changed) in Changes.ByShown)
                count += (changed is null ? 0 : 1) - (Table.ByShown(shown) is null ? 0 : 1);
            return count;
        }
    }

    public MaskEntry? ByShown(long shown) =>
        Changes.ByShown.TryGetValue(shown, out var changed) ? changed : Table.ByShown(shown);

    /// <summary>The mask of a real number that this owner has; null is the house.</summary>
    public MaskEntry? ByReal(long real, string? owner)
    {
        if (!Changes.ByReal.TryGetValue(real, out var changed))
            return Table.ByReal(real, owner);
        foreach (var entry in changed)
        {
            if (entry.Owner == owner)
                return entry;
        }
        return null;
    }

    /// <summary>What the house shows of a real number: its own mask, else the only one that a customer has.</summary>
    public MaskEntry? ForTheHouse(long real) =>
        ByReal(real, null) is { } own ? own
        : AllByReal(real) is [var only] ? only
        : null;

    public MaskEntry[] AllByReal(long real) =>
        Changes.ByReal.TryGetValue(real, out var changed) ? changed : Table.AllByReal(real);
}

/// <summary>What has changed since the table was made. A null entry has ended.</summary>
/// <param name="ByReal">All that is there now of a real number of which something has changed.</param>
/// <param name="Extras">Of masks with a limit or blocked callers, by shown number.</param>
/// <param name="Sessions">By shown number and one of the two who know it.</param>
internal sealed record MaskChanges(
    Dictionary<long, MaskEntry?> ByShown,
    Dictionary<long, MaskEntry[]> ByReal,
    Dictionary<long, MaskExtra> Extras,
    Dictionary<(long Shown, long Party), SessionEntry> Sessions,
    HashSet<long> SessionNumbers
)
{
    public static readonly MaskChanges None = new([], [], [], [], []);

    public MaskChanges Copy() => new(new(ByShown), new(ByReal), new(Extras), new(Sessions), new(SessionNumbers));

    public void Set(MaskEntry entry, MaskExtra? extra, MaskView view)
    {
        ByShown[entry.Shown] = entry;
        ByReal[entry.Real] = [entry, .. Current(entry.Real, view).Where(other => other.Owner != entry.Owner)];
        if (extra is null)
            Extras.Remove(entry.Shown);
        else
            Extras[entry.Shown] = extra;
    }

    /// <summary>Ends this pair; a later mask of either number stays.</summary>
    public void End(MaskEntry entry, MaskView view)
    {
        var current = ByShown.TryGetValue(entry.Shown, out var changed) ? changed : view.Table.ByShown(entry.Shown);
        if (current is { } shown && shown.Real == entry.Real && shown.Owner == entry.Owner)
        {
            ByShown[entry.Shown] = null;
            Extras.Remove(entry.Shown);
        }
        ByReal[entry.Real] = [.. Current(entry.Real, view).Where(other => other.Shown != entry.Shown)];
    }

    private MaskEntry[] Current(long real, MaskView view) =>
        ByReal.TryGetValue(real, out var changed) ? changed : view.Table.AllByReal(real);
}

internal sealed record MaskExtra(long MaskId, bool IsCounted, long[]? Blocked);

internal readonly record struct SessionEntry(long SessionId, long Other, uint Expires, bool IsCounted);
