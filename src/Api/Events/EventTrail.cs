using IotOrleans.Calls;
using IotOrleans.Http;
using IotOrleans.Incidents;
using IotOrleans.Postings;
using Microsoft.AspNetCore.Mvc;

namespace IotOrleans.Events;

/// <summary>Everything that followed from one fact, in one answer: for an investigation.</summary>
/// <param name="Calls">Of all its incidents, in the order in which they were placed.</param>
/// <param name="Messages">SMS and webhooks, and what became of them.</param>
public sealed record EventTrail(
    EventLog Event,
    Explanation Explanation,
    IncidentTrail[] Incidents,
    CallRecord[] Calls,
    CallDetailRecord[] Cdrs,
    Posting[] Messages
)
{
    /// <summary>More messages than any ladder sends.</summary>
    private const int MessagesMax = 1_000;

    public static void Map(RouteGroupBuilder logs) =>
        logs.MapGet("/{event_id}/trail", Follow)
            .WithSummary("Everything that followed: incidents, calls, CDRs, messages")
            .Produces<EventTrail>()
            .ProducesProblem(404);

    private static async Task<IResult> Follow(
        string event_id,
        [FromQuery] string? device_id,
        HttpContext context,
        IEventLogs logs,
        IIncidentLists incidents,
        ICallLists calls,
        IGrainFactory grains
    )
    {
        if (await EventEndpoints.Find(event_id, device_id, context, logs, grains) is not { } log)
            return Problems.NotFound;
        var stop = context.RequestAborted;
        var why = await logs.Explain(event_id, log.DeviceId, stop) ?? Explanation.Nothing;
        var (courses, placed) = (new List<IncidentTrail>(), new List<CallRecord>());
        foreach (var id in log.Incidents)
        {
            if (await incidents.Find(id, stop) is not { } incident)
                continue;
            var page = await calls.List(new(Incident: id), new(Timeline.CallsMax, null), stop);
            courses.Add(new(incident, Timeline.Of(incident, page.Items)));
            placed.AddRange(page.Items.Reverse());
        }
        var cdrs = await calls.CdrsOf([.. placed.Select(call => call.CallId)], stop);
        var messages = new List<Posting>();
        foreach (var id in MessageIds(courses).Take(MessagesMax))
        {
            if (await grains.Posting(id).Look() is { } posting)
                messages.Add(posting);
        }
        return TypedResults.Ok(new EventTrail(log, why, [.. courses], [.. placed], cdrs, [.. messages]));
    }

    private static IEnumerable<Guid> MessageIds(IEnumerable<IncidentTrail> courses) =>
        courses
            .SelectMany(course => course.Incident.Attempts)
            .Where(attempt => attempt.Action is "send_sms" or "webhook")
            .Select(attempt => Guid.TryParse(attempt.MessageId, out var id) ? id : Guid.Empty)
            .Where(id => id != Guid.Empty)
            .Distinct();
}

public sealed record IncidentTrail(IncidentRecord Incident, Moment[] Course);
