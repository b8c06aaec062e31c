namespace Orleans.Runtime;

internal sealed partial class Activation
{
    /// <summary>Who was given work in the stretch that runs on this thread, in order.</summary>
    [ThreadStatic]
    private static List<Activation>? _given;

    [ThreadStatic]
    private static bool _isInStretch;

    /// <summary>
    /// Has itself run: within a stretch of a grain when that is over, elsewhere at once. So those who are given work in
    /// one turn begin in the order in which they were given it: the first on this very thread, which is free then, the
    /// others behind it.
    /// </summary>
    private void Schedule()
    {
        if (_isInStretch)
            (_given ??= []).Add(this);
        else
            engine.Options.Schedule(this);
    }

    /// <summary>One stretch; a stretch within it, of a grain that was called, is a part of it.</summary>
    private bool RunStretch()
    {
        if (_isInStretch)
            return RunOne();
        _isInStretch = true;
        try
        {
            return RunOne();
        }
        finally
        {
            _isInStretch = false;
            if (_given is { Count: > 0 } given)
                GiveOn(given);
        }
    }

    private void GiveOn(List<Activation> given)
    {
        engine.Options.Schedule(given[0]);
        for (var other = 1; other < given.Count; other++)
            engine.Options.ScheduleBehind(given[other]);
        given.Clear();
    }
}
