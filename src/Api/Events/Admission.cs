using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace IotOrleans.Events;

/// <summary>
/// How many events may be on their way to the disk at once; one more is told to come again, before it costs anything.
/// While the journal keeps up nobody notices. Life-safety has room of its own and takes that of the others when half of
/// it is gone, so that it is never refused while anything else is let in.
/// </summary>
public sealed class Admission
{
    private readonly RateLimitOptions _limits;
    private readonly Counter<long> _refused;
    private readonly Lock _gate = new();
    private int _ordinary;
    private int _urgent;

    public Admission(IOptions<RateLimitOptions> options, IMeterFactory meters)
    {
        _limits = options.Value;
        var meter = meters.Create("IotOrleans");
        _refused = meter.CreateCounter<long>("iot_events_refused", description: "Events told to come again, by class.");
        meter.CreateObservableGauge("iot_events_under_way", () => Inside, description: "Events not yet answered.");
    }

    /// <summary>Events that are under way now.</summary>
    public int Inside
    {
        get
        {
            lock (_gate)
                return _ordinary + _urgent;
        }
    }

    /// <summary>True lets the event in; whoever was let in has to <see cref="Leave"/>.</summary>
    public bool Enter(string eventType)
    {
        var urgent = EventTypes.IsLifeSafety(eventType);
        lock (_gate)
        {
            if (urgent && _urgent < _limits.UrgentUnderWayMax)
            {
                _urgent++;
                return true;
            }
            if (!urgent && _ordinary < _limits.UnderWayMax && _urgent <= _limits.UrgentUnderWayMax / 2)
            {
                _ordinary++;
                return true;
            }
        }
        _refused.Add(1, new KeyValuePair<string, object?>("class", urgent ? "life_safety" : "other"));
        return false;
    }

    public void Leave(string eventType)
    {
        lock (_gate)
        {
            if (EventTypes.IsLifeSafety(eventType))
                _urgent--;
            else
                _ordinary--;
        }
    }
}
