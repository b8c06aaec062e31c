namespace IotOrleans.Speakers;

/// <summary>How many calls a speaker may make: a burst, filled up again at a steady rate.</summary>
internal struct CallAllowance
{
    public const int Burst = 60;
    public const int PerSecond = 20;

    private double _used;
    private long _at;

    public bool Take(TimeProvider clock)
    {
        var now = clock.GetTimestamp();
        _used = Math.Max(0, _used - (clock.GetElapsedTime(_at, now).TotalSeconds * PerSecond));
        _at = now;
        if (_used > Burst - 1)
            return false;
        _used++;
        return true;
    }
}
