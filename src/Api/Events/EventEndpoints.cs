using System.Data.Common;
using System.Diagnostics;
using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Http;
using IotOrleans.Incidents;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Events;

/// <summary>Facts from devices and hubs. 202 is answered when a fact is on disk, never before.</summary>
public static class EventEndpoints
{
    public const int BodyMax = 64 * 1024;
    public const int BatchBodyMax = 8 * 1024 * 1024;
    public const int BatchMax = 1_000;

    private const int DevicesAtOnce = 64;

    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        // Found once: a fact asks for no services.
        var all = routes.ServiceProvider;
        var (bodies, gate) = (all.GetRequiredService<Body>(), all.GetRequiredService<EventGate>());
        var (limits, audit) = (all.GetRequiredService<RateLimits>(), all.GetRequiredService<Auditor>());
        var (grains, clock) = (all.GetRequiredService<IGrainFactory>(), all.GetRequiredService<TimeProvider>());
        var reports = routes.MapGroup("/events").WithTags("Events").RequireShortly(Policies.Report);
        reports
            .MapPost(
                "",
                (Func<HttpContext, Task<IResult>>)(
                    context => Report(context, bodies, grains, gate, limits, audit, clock)
                )
            )
            .WithSummary("One fact; 202 when it is on disk")
            .Accepts<EventBody>("application/json")
            .Produces<EventAnswer>(202)
            .ProducesProblem(403)
            .ProducesProblem(404)
            .ProducesProblem(413)
            .ProducesProblem(422)
            .ProducesProblem(429)
            .ProducesProblem(503);
        reports
            .MapPost("/batch", ReportMany)
            .WithSummary("Up to 1,000 facts, an answer for each")
            .Accepts<EventBatch>("application/json")
            .Produces<EventBatchAnswer>(202);
        var logs = routes.MapGroup("/event-logs").WithTags("Events").RequireAuthorization(Policies.Read);
        logs.MapGet("", List).WithSummary("What was told, newest first").Produces<Listing<EventLog>>();
        logs.MapGet("/{event_id}", Look).WithSummary("One fact").Produces<EventLog>().ProducesProblem(404);
        logs.MapGet("/{event_id}/explain", Explain)
            .WithSummary("Why it did, or did not, lead to calls")
            .Produces<Explanation>()
            .ProducesProblem(404);
        EventTrail.Map(logs);
    }

    private static async Task<IResult> Report(
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        EventGate gate,
        RateLimits limits,
        Auditor audit,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<EventBody>(context, BodyMax);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        body.Check(errors);
        if (errors.Any)
            return Problems.Validation(errors);
        if (!context.Caller().SpeaksFor(body.DeviceId))
            return await Foreign(context, grains, audit, body);
        context.HeardItself(body.DeviceId);
        return await Tell(body, context.Caller(), context, gate, limits, clock);
    }

    /// <summary>
    /// A fact that may be told: within the limits of its caller and device, and answered when durable.
    /// </summary>
    internal static async Task<IResult> Tell(
        EventBody body,
        Caller caller,
        HttpContext context,
        EventGate gate,
        RateLimits limits,
        TimeProvider clock
    )
    {
        if (!limits.Allows(caller, body.DeviceId, body.EventType, out var retryAfter))
            return Problems.TooMany(context, retryAfter);
        var told = body.ToEvent(clock.GetUtcNow(), TraceId());
        if (gate.Report(told) is not { } answering)
            return Problems.Unavailable(context, "Too many events are under way.");
        var answer = await answering;
        return answer.Refusal == Refusal.None
            ? new JsonAnswer<EventAnswer>(202, EventAnswer.Of(answer.Value!, body.EventId is null))
            : Problems.Of(answer.Refusal, answer.Detail);
    }

    private static async Task<IResult> ReportMany(
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        EventGate gate,
        RateLimits limits,
        Auditor audit,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<EventBatch>(context, BatchBodyMax);
        if (body is null)
            return problem!;
        if (body.Events.Length is 0 or > BatchMax)
            return Problems.Validation("events", $"must have 1 to {BatchMax} events");
        var answers = new object[body.Events.Length];
        var byDevice = body.Events.Select((one, index) => (one, index)).GroupBy(pair => pair.one.DeviceId);
        // One device's facts keep their order; devices do not wait for each other.
        await Parallel.ForEachAsync(
            byDevice,
            new ParallelOptions { MaxDegreeOfParallelism = DevicesAtOnce, CancellationToken = context.RequestAborted },
            async (facts, _) =>
            {
                foreach (var (one, index) in facts)
                    answers[index] = await Take(one, context, grains, gate, limits, audit, clock);
            }
        );
        return body.IsBare
            ? TypedResults.Accepted((string?)null, answers)
            : TypedResults.Accepted((string?)null, new EventBatchAnswer(answers));
    }

    private static async ValueTask<object> Take(
        EventBody one,
        HttpContext context,
        IGrainFactory grains,
        EventGate gate,
        RateLimits limits,
        Auditor audit,
        TimeProvider clock
    )
    {
        var errors = new FieldErrors();
        one.Check(errors);
        if (errors.Any)
            return new EventRefusal(one.EventId, "error", 422, errors.ByField);
        if (!context.Caller().SpeaksFor(one.DeviceId))
        {
            var refused = await Foreign(context, grains, audit, one);
            return new EventRefusal(one.EventId, "error", refused.StatusCode);
        }
        context.HeardItself(one.DeviceId);
        if (!limits.Allows(context.Caller(), one.DeviceId, one.EventType, out _))
            return new EventRefusal(one.EventId, "error", 429);
        try
        {
            var told = one.ToEvent(clock.GetUtcNow(), TraceId());
            if (gate.Report(told) is not { } answering)
                return new EventRefusal(one.EventId, "error", 503);
            var answer = await answering;
            return answer.Refusal == Refusal.None
                ? EventAnswer.Of(answer.Value!, one.EventId is null)
                : new EventRefusal(one.EventId, "error", answer.Refusal == Refusal.NotFound ? 404 : 409);
        }
        catch (Exception trouble)
            when (trouble is JournalUnavailableException or TimeoutException or OrleansException or DbException)
        {
            return new EventRefusal(one.EventId, "error", 503);
        }
    }

    private static async Task<ProblemHttpResult> Foreign(
        HttpContext context,
        IGrainFactory grains,
        Auditor audit,
        EventBody body
    )
    {
        var exists = await grains.Device(body.DeviceId).Look() is not null;
        var outcome = exists ? "refused: not this key's device" : "refused: no such device";
        await audit.Note(context, "report event", body.DeviceId.Value, outcome, body.EventType);
        return exists ? Problems.Of(Refusal.NotAllowed, "This key does not speak for this device.") : Problems.NotFound;
    }

    private static Task<IResult> List(HttpContext context, IEventLogs logs) =>
        context.List(
            "event-logs",
            (query, page) =>
                logs.List(
                    new(
                        query.Id<DeviceId>("device_id"),
                        query.Text("event_type"),
                        query.Time("from"),
                        query.Time("to"),
                        query.Subscribers
                    ),
                    page,
                    context.RequestAborted
                )
        );

    private static async Task<IResult> Look(
        string event_id,
        [FromQuery] string? device_id,
        HttpContext context,
        IEventLogs logs,
        IGrainFactory grains
    ) => await Find(event_id, device_id, context, logs, grains) is { } log ? TypedResults.Ok(log) : Problems.NotFound;

    private static async Task<IResult> Explain(
        string event_id,
        [FromQuery] string? device_id,
        HttpContext context,
        IEventLogs logs,
        IGrainFactory grains
    )
    {
        if (await Find(event_id, device_id, context, logs, grains) is not { } log)
            return Problems.NotFound;
        var explanation = await logs.Explain(event_id, log.DeviceId, context.RequestAborted);
        var known = explanation ?? Explanation.Nothing;
        var device = await grains.Device(log.DeviceId).Look();
        return TypedResults.Ok(new EventExplanation(log, known, WhyNot.Of(log, known, device?.Device)));
    }

    internal static async Task<EventLog?> Find(
        string eventId,
        string? device,
        HttpContext context,
        IEventLogs logs,
        IGrainFactory grains
    )
    {
        var only = DeviceId.TryParse(device, null, out var id) ? id : (DeviceId?)null;
        if (
            !Names.IsLine(eventId, DeviceEvent.EventIdLengthMax)
            || await logs.Find(eventId, only, context.RequestAborted) is not { } log
        )
            return null;
        if (context.Caller().Subscribers is null)
            return log;
        var record = await grains.Device(log.DeviceId).Look();
        return context.Caller().MaySee(record?.Device.Msisdn ?? log.DeviceId.LineNumber) ? log : null;
    }

    private static string TraceId() => (Activity.Current?.TraceId ?? ActivityTraceId.CreateRandom()).ToHexString();

    public sealed record EventAnswer(string EventId, EventStatus Status, IncidentId[] Incidents, bool? Derived)
    {
        public static EventAnswer Of(EventReceipt receipt, bool derived) =>
            new(receipt.EventId, receipt.Status, receipt.Incidents, derived ? true : null);
    }

    public sealed record EventBatchAnswer(object[] Events);

    public sealed record EventRefusal(
        string? EventId,
        string Status,
        int Code,
        IReadOnlyDictionary<string, string[]>? Errors = null
    );

    /// <param name="WouldAct">What would have made each rule act that did not, or which rule is missing.</param>
    public sealed record EventExplanation(EventLog Event, Explanation Explanation, string[] WouldAct);
}
