using System.Diagnostics.Metrics;
using IotOrleans.Events;

namespace IotOrleans.Calls;

/// <summary>What is counted about calls.</summary>
public sealed class CallFigures
{
    private readonly Counter<long> _originates;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _arrived;
    private readonly Counter<long> _heard;
    private readonly Histogram<double> _toOriginate;
    private readonly Histogram<double> _toAnswer;

    public CallFigures(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name);
        _originates = meter.CreateCounter<long>(
            "iot_originate_orders",
            description: "Orders given to a switch, by outcome."
        );
        _ended = meter.CreateCounter<long>(
            "iot_calls_ended",
            description: "Calls that are over, by direction and cause."
        );
        _arrived = meter.CreateCounter<long>("iot_calls_arrived", description: "Incoming calls that have a plan.");
        _heard = meter.CreateCounter<long>(
            "iot_switch_events",
            description: "What switches told of our legs: to legs here, to legs elsewhere, or kept in case."
        );
        _toOriginate = meter.CreateHistogram<double>(
            "iot_event_to_originate_seconds",
            "s",
            "From the event's arrival to the order that the switch took."
        );
        _toAnswer = meter.CreateHistogram<double>(
            "iot_ring_to_answer_seconds",
            "s",
            "From the order or arrival to the answer."
        );
    }

    public void Ordered(CallLeg leg, OrderOutcome outcome, DateTimeOffset now)
    {
        _originates.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString().ToLowerInvariant()));
        // What was not sent is ordered later, and counts then.
        if (leg.IncidentId is not null && outcome == OrderOutcome.Taken)
            _toOriginate.Record((now - leg.StartedAt).TotalSeconds);
    }

    /// <param name="told">"here", "elsewhere" or "kept".</param>
    public void Heard(string told) => _heard.Add(1, new KeyValuePair<string, object?>("told", told));

    public void Arrived() => _arrived.Add(1);

    public void Answered(CallLeg leg) => _toAnswer.Record((leg.AnsweredAt!.Value - leg.StartedAt).TotalSeconds);

    public void Ended(CallLeg leg) =>
        _ended.Add(
            1,
            new("direction", leg.Direction == CallDirection.Inbound ? "inbound" : "outbound"),
            new("cause", leg.HangupCause)
        );
}
