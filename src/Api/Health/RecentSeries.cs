namespace IotOrleans.Health;

/// <summary>
/// The series of one instrument that were met first, found by their tags: a grain's turn or a request must not pay for
/// writing its labels each time.
/// </summary>
internal sealed class RecentSeries
{
    /// <summary>More than this are looked for among all series.</summary>
    private const int KeptMax = 32;

    private readonly Lock _gate = new();
    private volatile Known[] _known = [];

    public Figure? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var known in _known)
        {
            if (known.Has(tags))
                return known.Figure;
        }
        return null;
    }

    public void Keep(ReadOnlySpan<KeyValuePair<string, object?>> tags, Figure figure)
    {
        var known = new Known(tags.ToArray(), figure);
        lock (_gate)
        {
            if (_known.Length < KeptMax)
                _known = [.. _known, known];
        }
    }

    private sealed class Known(KeyValuePair<string, object?>[] tags, Figure figure)
    {
        public Figure Figure => figure;

        public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
        {
            if (others.Length != tags.Length)
                return false;
            for (var at = 0; at < tags.Length; at++)
            {
                if (others[at].Key != tags[at].Key || !Equals(others[at].Value, tags[at].Value))
                    return false;
            }
            return true;
        }
    }
}
