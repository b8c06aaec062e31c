namespace IotOrleans.Calls;

/// <summary>How one switch stands, as this process last heard; renewed each second.</summary>
public sealed class LineView
{
    private volatile bool _tellsAll = true;
    private volatile int _othersUp;
    private volatile int _load;

    /// <summary>
    /// Whether this process tells every leg what it hears: as long as it is alone, somebody else hears nothing, or
    /// nobody knows.
    /// </summary>
    public bool TellsAll => _tellsAll;

    /// <summary>Whether another silo has a line.</summary>
    public bool OthersAreUp => _othersUp > 0;

    /// <summary>Calls and those in line, in thousandths of the calls that the switch may have.</summary>
    public int Load => _load;

    /// <returns>Whether what was kept for others must be told now.</returns>
    public bool Take(LinesView lines, MediaServerState server, bool isUp)
    {
        var before = _tellsAll;
        _othersUp = lines.Up - (isUp ? 1 : 0);
        _load = (int)Math.Min(int.MaxValue, 1000L * (server.Calls + server.Waiting) / Math.Max(1, server.CallsMax));
        _tellsAll = lines.Deaf > 0 || _othersUp <= 0;
        return _tellsAll && !before;
    }

    /// <returns>Likewise.</returns>
    public bool Lose()
    {
        var before = _tellsAll;
        _tellsAll = true;
        return !before;
    }
}
