using IotOrleans.Calls;

namespace IotOrleans.Incidents;

/// <summary>The run of one rule for one event: its steps, who was reached, how it ended.</summary>
[Alias("iot.IIncidentGrain")]
public interface IIncidentGrain : IGrainWithStringKey
{
    /// <summary>
    /// There is work to do: just opened, overdue, or found open after a restart. Harmless at any time.
    /// </summary>
    [Alias("Wake"), OneWay]
    Task Wake();

    /// <summary>A leg of this incident came to something. Repeats and late reports are harmless.</summary>
    [Alias("Follow"), OneWay]
    Task Follow(LegReport report);

    /// <summary>An SMS or webhook of this incident came to something. Repeats are harmless.</summary>
    [Alias("FollowPosting"), OneWay]
    Task FollowPosting(Postings.PostingReport report);

    /// <summary>
    /// Something else happened in its course, such as a door that was opened; recorded once for each message id.
    /// </summary>
    [Alias("Note"), OneWay]
    Task Note(IncidentAttempt happened);

    /// <summary>An event of another device belongs to this happening, and needs no incident of its own.</summary>
    /// <returns>NotFound also while this incident is still on its way to the disk; Ended when it takes no
    /// more.</returns>
    [Alias("Join")]
    Task<Refusal> Join(JoinedEvent joined);

    /// <summary>Somebody at home has read what it says. That ends it when it waits to be acknowledged.</summary>
    [Alias("Heard"), OneWay]
    Task Heard(string by);

    [Alias("Look")]
    Task<IncidentRecord?> Look();

    /// <summary>Somebody knows: nothing further is tried and what still rings is ended.</summary>
    [Alias("Acknowledge")]
    Task<Refusal> Acknowledge(string by, string? note);

    [Alias("Cancel")]
    Task<Refusal> Cancel(string by);
}

/// <summary>
/// What a leg is, told to the one who ordered it. It says all there is and not what changed: a report that was lost or
/// overtaken costs nothing, the next one makes up for it.
/// </summary>
/// <param name="Acknowledged">The callee was asked for a key and pressed 1.</param>
/// <param name="Cause">Why it ended, in the switch's words; null while it lives.</param>
/// <param name="Detail">More of it, in words for people.</param>
/// <param name="Key">The key that was pressed, when it means something else than that.</param>
[GenerateSerializer, Immutable, Alias("iot.leg-report")]
public sealed record LegReport(
    CallId CallId,
    bool Answered,
    bool Acknowledged,
    string? Cause,
    DateTimeOffset At,
    string? Detail = null,
    string? Key = null
);
