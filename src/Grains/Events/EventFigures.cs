using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace IotOrleans.Events;

/// <summary>The product's one meter, and what is counted about events.</summary>
public sealed class EventFigures
{
    private readonly Counter<long> _events;
    private readonly Counter<long> _matches;

    public EventFigures(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name);
        _events = meter.CreateCounter<long>("iot_events", description: "Events by type and outcome.");
        _matches = meter.CreateCounter<long>("iot_rule_matches", description: "Incidents opened by rules.");
    }

    public void Accepted(string eventType, EventStatus status) =>
        _events.Add(
            1,
            new("event_type", Label(eventType)),
            new("outcome", status == EventStatus.Accepted ? "accepted" : "duplicate")
        );

    public void Matched(string eventType) =>
        _matches.Add(1, new KeyValuePair<string, object?>("event_type", Label(eventType)));

    // Devices choose their words: unknown ones share a label, or the label set would grow without end.
    private static string Label(string eventType) => EventTypes.IsKnown(eventType) ? eventType : "other";
}

/// <summary>The name under which all figures and traces go.</summary>
public static class Telemetry
{
    public const string Name = "IotOrleans";

    public static ActivitySource Source { get; } = new(Name);
}
