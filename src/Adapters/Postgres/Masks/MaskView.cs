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

    public MaskEntry? ByReal(long real) =>
        Changes.ByReal.TryGetValue(real, out var changed) ? changed : Table.ByReal(real);
}

/// <summary>What has changed since the table was made. A null entry has ended.</summary>
/// <param name="Extras">Of masks with a limit or blocked callers, by shown number.</param>
/// <param name="Sessions">By shown number and one of the two who know it.</param>
internal sealed record MaskChanges(
    Dictionary<long, MaskEntry?> ByShown,
    Dictionary<long, MaskEntry?> ByReal,
    Dictionary<long, MaskExtra> Extras,
    Dictionary<(long Shown, long Party), SessionEntry> Sessions,
    HashSet<long> SessionNumbers
)
{
    public static readonly MaskChanges None = new([], [], [], [], []);

    public MaskChanges Copy() => new(new(ByShown), new(ByReal), new(Extras), new(Sessions), new(SessionNumbers));

    public void Set(MaskEntry entry, MaskExtra? extra)
    {
        ByShown[entry.Shown] = entry;
        ByReal[entry.Real] = entry;
        if (extra is null)
            Extras.Remove(entry.Shown);
        else
            Extras[entry.Shown] = extra;
    }

    /// <summary>Ends this pair; a later mask of either number stays.</summary>
    public void End(MaskEntry entry, MaskView view)
    {
        if (Current(ByShown, entry.Shown, view.Table.ByShown(entry.Shown)) is { } shown && shown.Real == entry.Real)
        {
            ByShown[entry.Shown] = null;
            Extras.Remove(entry.Shown);
        }
        if (Current(ByReal, entry.Real, view.Table.ByReal(entry.Real)) is { } real && real.Shown == entry.Shown)
            ByReal[entry.Real] = null;
    }

    private static MaskEntry? Current(Dictionary<long, MaskEntry?> changes, long key, MaskEntry? before) =>
        changes.TryGetValue(key, out var changed) ? changed : before;
}

internal sealed record MaskExtra(long MaskId, bool IsCounted, long[]? Blocked);

internal readonly record struct SessionEntry(long SessionId, long Other, uint Expires, bool IsCounted);
