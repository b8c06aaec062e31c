using IotOrleans.Access;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Http;

namespace IotOrleans.Incidents;

/// <summary>Incidents, why they called, and what people do about them.</summary>
public static class IncidentEndpoints
{
    public static void MapIncidents(this IEndpointRouteBuilder routes)
    {
        var looks = routes.MapGroup("/incidents").WithTags("Incidents").RequireAuthorization(Policies.Read);
        looks.MapGet("", List).WithSummary("Incidents, newest first").Produces<Listing<IncidentRecord>>();
        looks
            .MapGet("/{incident_id}", Look)
            .WithSummary("One incident")
            .Produces<IncidentRecord>()
            .ProducesProblem(404);
        looks
            .MapGet("/{incident_id}/state", LookState)
            .WithSummary("What the incident's grain holds now")
            .Produces<IncidentRecord>()
            .ProducesProblem(404);
        looks
            .MapGet("/{incident_id}/explain", Explain)
            .WithSummary("Rule by rule, condition by condition")
            .Produces<IncidentExplanation>()
            .ProducesProblem(404);
        looks
            .MapGet("/{incident_id}/timeline", Course)
            .WithSummary("What happened when, oldest first")
            .Produces<IncidentTimeline>()
            .ProducesProblem(404);
        var commands = routes
            .MapGroup("/incidents")
            .WithTags("Incidents")
            .RequireAuthorization(Policies.Command)
            .Audited(Now);
        commands
            .MapPost("/{incident_id}/acknowledge", Acknowledge)
            .WithSummary("Somebody knows: nothing further is tried")
            .Accepts<Acknowledgement>("application/json")
            .Produces<IncidentRecord>();
        commands.MapPost("/{incident_id}/cancel", Cancel).WithSummary("Ends the incident").Produces<IncidentRecord>();
    }

    // What its legs do meanwhile is in its timeline.
    private static async Task<object?> Now(HttpContext context) =>
        IncidentId.TryParse(context.Named("incident_id"), null, out var id)
        && await context.Of<IGrainFactory>().Incident(id).Look() is { } incident
            ? new { incident.Status }
            : null;

    private static Task<IResult> List(HttpContext context, IIncidentLists lists) =>
        context.List(
            "incidents",
            (query, page) =>
                lists.List(
                    new(
                        query.Word<IncidentStatus>("status"),
                        query.Id<DeviceId>("device_id"),
                        query.Time("from"),
                        query.Subscribers
                    ),
                    page,
                    context.RequestAborted
                )
        );

    private static async Task<IResult> Look(string incident_id, HttpContext context, IIncidentLists lists) =>
        IncidentId.TryParse(incident_id, null, out var id)
        && await lists.Find(id, context.RequestAborted) is { } incident
        && context.Caller().MaySee(incident.Msisdn)
            ? TypedResults.Ok(incident)
            : Problems.NotFound;

    private static async Task<IResult> LookState(string incident_id, HttpContext context, IGrainFactory grains) =>
        IncidentId.TryParse(incident_id, null, out var id)
        && await grains.Incident(id).Look() is { } incident
        && context.Caller().MaySee(incident.Msisdn)
            ? TypedResults.Ok(incident)
            : Problems.NotFound;

    private static async Task<IResult> Explain(string incident_id, HttpContext context, IIncidentLists lists)
    {
        if (
            !IncidentId.TryParse(incident_id, null, out var id)
            || await lists.Find(id, context.RequestAborted) is not { } incident
        )
            return Problems.NotFound;
        if (
            !context.Caller().MaySee(incident.Msisdn)
            || await lists.Explain(id, context.RequestAborted) is not var (log, explanation)
        )
            return Problems.NotFound;
        return TypedResults.Ok(new IncidentExplanation(incident, log, explanation.Rules, explanation.Note));
    }

    private static async Task<IResult> Course(
        string incident_id,
        HttpContext context,
        IIncidentLists lists,
        ICallLists calls
    )
    {
        if (
            !IncidentId.TryParse(incident_id, null, out var id)
            || await lists.Find(id, context.RequestAborted) is not { } incident
            || !context.Caller().MaySee(incident.Msisdn)
        )
            return Problems.NotFound;
        var made = await calls.List(new(Incident: id), new(Timeline.CallsMax, null), context.RequestAborted);
        return TypedResults.Ok(new IncidentTimeline(id, Timeline.Of(incident, made.Items)));
    }

    private static async Task<IResult> Acknowledge(
        string incident_id,
        HttpContext context,
        Body bodies,
        IGrainFactory grains
    )
    {
        if (!IncidentId.TryParse(incident_id, null, out var id))
            return Problems.NotFound;
        var (body, problem) = await bodies.Read<Acknowledgement>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Line(body.By, "by", 128);
        errors.Line(body.Note, "note", 500);
        if (errors.Any)
            return Problems.Validation(errors);
        return await Answer(grains, id, await grains.Incident(id).Acknowledge(body.By, body.Note));
    }

    private static async Task<IResult> Cancel(string incident_id, HttpContext context, IGrainFactory grains) =>
        IncidentId.TryParse(incident_id, null, out var id)
            ? await Answer(grains, id, await grains.Incident(id).Cancel(context.Caller().Name))
            : Problems.NotFound;

    // Asked twice is done once, and both hear the same.
    private static async Task<IResult> Answer(IGrainFactory grains, IncidentId id, Refusal refusal) =>
        refusal is Refusal.None or Refusal.AlreadyDone
            ? TypedResults.Ok(await grains.Incident(id).Look())
            : Problems.Of(refusal);

    public sealed record Acknowledgement(string By, string? Note = null);

    public sealed record IncidentTimeline(IncidentId IncidentId, Moment[] Moments);

    public sealed record IncidentExplanation(
        IncidentRecord Incident,
        EventLog Event,
        RuleVerdict[] Rules,
        string? Note
    );
}
