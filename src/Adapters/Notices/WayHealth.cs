namespace IotOrleans.Actions;

/// <summary>
/// How a way to people is, by how the last messages fared: nothing is sent only to find out. So one answer that was
/// lost is no outage yet, and of an old trouble since which nothing was said nobody knows whether it lasts.
/// </summary>
public sealed class WayHealth(string name, string host, bool isSimulated, TimeProvider clock) : IHealthPart
{
    /// <summary>How long two troubles in a row count when nothing is tried after them.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    /// <summary>Whatever waits is tried again before that; longer than any pause between two tries.</summary>
    private static readonly TimeSpan Waiting = TimeSpan.FromMinutes(90);

    private readonly Lock _gate = new();
    private int _inARow;
    private (string? Trouble, DateTimeOffset Until) _down;

    /// <summary>It took a message, or said of one receiver that he gets none.</summary>
    public Delivery Works(Delivery delivery)
    {
        lock (_gate)
            (_inARow, _down) = (0, default);
        return delivery;
    }

    public Delivery Fails(Delivery delivery)
    {
        lock (_gate)
        {
            _inARow++;
            var lasts =
                delivery.MayRetry ? Waiting
                : _inARow > 1 ? Fresh
                : TimeSpan.Zero;
            var until = clock.GetUtcNow() + lasts;
            _down = (delivery.Detail, until > _down.Until ? until : _down.Until);
        }
        return delivery;
    }

    public ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        lock (_gate)
        {
            var isDown = clock.GetUtcNow() < _down.Until;
            var status =
                isDown ? PartStatus.Down
                : isSimulated ? PartStatus.Simulated
                : PartStatus.Up;
            return new(new PartHealth(name, status, Needed: false, isDown ? _down.Trouble : host));
        }
    }
}
