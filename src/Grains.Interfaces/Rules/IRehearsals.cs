using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Subscribers;

namespace IotOrleans.Rules;

/// <summary>What a rule would have done with the events of the past. Nothing is done and nothing is written.</summary>
public interface IRehearsals
{
    /// <exception cref="JournalUnavailableException">The past cannot be read now.</exception>
    Task<Rehearsal> Rehearse(RehearsalOrder order, CancellationToken cancellation);
}

/// <param name="Rule">The rule as it would be.</param>
/// <param name="Current">As it is, to be compared with; null when there is none.</param>
/// <param name="Offset">How many of the events that it, or the current one, acts on are passed over.</param>
public sealed record RehearsalOrder(
    Rule Rule,
    Rule? Current,
    DateTimeOffset From,
    DateTimeOffset To,
    int Offset,
    int Limit
)
{
    /// <summary>A rehearsal that meets more events ends there, and says so.</summary>
    public const int EventsMax = 20_000;

    public static readonly TimeSpan LengthMax = TimeSpan.FromDays(92);
}

/// <param name="EventsSeen">Of the rule's event type and scope.</param>
/// <param name="Complete">False when there were more than it looks at; the last one seen is at SeenUntil.</param>
/// <param name="Items">The events that one of the two rules acts on, the oldest first.</param>
public sealed record Rehearsal(
    int EventsSeen,
    bool Complete,
    DateTimeOffset? SeenUntil,
    RehearsalCount Rule,
    RehearsalCount? Current,
    int Gained,
    int Lost,
    RehearsalItem[] Items,
    int? NextOffset
);

/// <param name="Fired">How often it would have acted.</param>
/// <param name="Calls">Those that it places at once.</param>
/// <param name="CallsMost">When nobody answers, with every repeat and attempt.</param>
/// <param name="AtNight">Of Fired: in the quiet hours of the number, or from 22 to 7 of its local time.</param>
/// <param name="Outcomes">How many events each reason held back, and how many were "matched".</param>
public sealed record RehearsalCount(
    int Fired,
    int Calls,
    int CallsMost,
    int AtNight,
    IReadOnlyDictionary<string, int> Outcomes,
    IReadOnlyDictionary<string, int> CallsByTarget
);

/// <param name="Change">"same", "gained" when only the rehearsed rule acts, "lost" when it does not.</param>
public sealed record RehearsalItem(
    string EventId,
    DeviceId DeviceId,
    DateTimeOffset ReceivedAt,
    string Outcome,
    string? CurrentOutcome,
    string Change,
    int Calls
);

/// <summary>Events of the past with what is registered of their devices and numbers today.</summary>
public interface IEventHistory
{
    /// <summary>The oldest first.</summary>
    /// <exception cref="JournalUnavailableException">The past cannot be read now.</exception>
    IAsyncEnumerable<PastEvent> Read(
        RuleScope scope,
        string eventType,
        DateTimeOffset from,
        DateTimeOffset to,
        int limit,
        CancellationToken cancellation
    );
}

/// <param name="Device">As registered now; of one that was forgotten only the id and the number of then.</param>
public sealed record PastEvent(DeviceEvent Event, DeviceRegistration Device, SubscriberSettings Settings);
