using IotOrleans.Calls;

namespace IotOrleans.Incidents;

/// <summary>One thing that happened in the course of an incident.</summary>
/// <param name="What">
/// "opened", "joined", "ordered", "answered", "ended", "acknowledged", "completed", "failed", "cancelled", or the
/// action
/// that was carried out.
/// </param>
/// <param name="Who">The device, number or person that it concerns.</param>
public sealed record Moment(
    DateTimeOffset At,
    string What,
    string? Who = null,
    string? Outcome = null,
    CallId? CallId = null,
    string? Detail = null
);

/// <summary>The course of an incident, oldest first: made of its attempts and of its calls.</summary>
public static class Timeline
{
    /// <summary>More calls than any ladder makes.</summary>
    public const int CallsMax = PageRequest.LimitMax;

    public static Moment[] Of(IncidentRecord incident, IReadOnlyList<CallRecord> calls)
    {
        var moments = new List<Moment>
        {
            new(incident.OpenedAt, "opened", incident.DeviceId.Value, Detail: incident.EventType),
        };
        foreach (var joined in incident.Joined ?? [])
            moments.Add(new(joined.At, "joined", joined.DeviceId.Value, Detail: joined.EventId));
        var known = calls.Select(call => call.CallId).ToHashSet();
        foreach (var attempt in incident.Attempts.Where(attempt => attempt.CallId is not { } id || !known.Contains(id)))
            moments.Add(
                new(attempt.At, attempt.Action, attempt.Target, attempt.Outcome, attempt.CallId, attempt.Detail)
            );
        foreach (var call in calls)
            moments.AddRange(Of(call, incident));
        if (incident.ClosedAt is { } closed)
        {
            var how = incident.Status.ToString().ToLowerInvariant();
            moments.Add(new(closed, how, incident.AcknowledgedBy, Detail: incident.Note));
        }
        return [.. moments.OrderBy(moment => moment.At)];
    }

    private static IEnumerable<Moment> Of(CallRecord call, IncidentRecord incident)
    {
        yield return new(call.StartedAt, "ordered", call.To, CallId: call.CallId);
        if (call.AnsweredAt is { } answered)
            yield return new(answered, "answered", call.To, CallId: call.CallId);
        var attempt = Array.Find(incident.Attempts, attempt => attempt.CallId == call.CallId);
        if (call.EndedAt is { } ended)
            yield return new(ended, "ended", call.To, call.HangupCause, call.CallId, attempt?.Detail);
    }
}
