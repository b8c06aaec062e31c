using System.Globalization;
using IotOrleans.Events;
using IotOrleans.Json;

namespace IotOrleans.Incidents;

/// <summary>What an incident remembers of its event, for the texts it says and sends.</summary>
[GenerateSerializer, Immutable, Alias("iot.event-facts")]
public sealed record EventFacts(
    string EventType,
    string Title,
    string? Room,
    string? Zone,
    string LocalTime,
    JsonText Payload
)
{
    public static EventFacts Of(Situation situation) =>
        new(
            situation.Event.EventType,
            situation.Device.Title,
            situation.Device.Room,
            situation.Device.Zone,
            Subscribers
                .LocalTime.In(situation.Settings.TimeZone, situation.Now)
                .ToString("HH:mm", CultureInfo.InvariantCulture),
            situation.Event.Payload
        );
}
