namespace IotOrleans.Calls;

/// <summary>
/// Knows whether this process has just stood still: stopped, swapped out, or moved with its machine. Others may have
/// taken its legs over meanwhile; whoever wakes from that must not go on with an order as if nothing had been. The
/// version of the leg then says who owns it.
/// </summary>
public sealed class Vigil : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    /// <summary>Less than it takes others to declare a silo dead: one and a half seconds after its last word.</summary>
    public static readonly TimeSpan StillnessMax = TimeSpan.FromSeconds(1);

    /// <summary>Time to hear from the others whether we are dead to them.</summary>
    public static readonly TimeSpan Daze = TimeSpan.FromSeconds(4);

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private long _last;
    private long _dazedUntil = long.MinValue;

    public Vigil(TimeProvider clock)
    {
        (_clock, _last) = (clock, clock.GetTimestamp());
        _timer = clock.CreateTimer(_ => _ = IsAwake, null, Tick, Tick);
    }

    /// <summary>False from a stillness on, until the others have had time to be heard.</summary>
    public bool IsAwake
    {
        get
        {
            lock (_gate)
            {
                Look();
                return _last >= _dazedUntil;
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var now = _clock.GetTimestamp();
        if (_clock.GetElapsedTime(_last, now) > StillnessMax)
            _dazedUntil = now + (long)(Daze.TotalSeconds * _clock.TimestampFrequency);
        _last = now;
    }
}
