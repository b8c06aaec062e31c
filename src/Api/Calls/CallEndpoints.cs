using System.Diagnostics;
using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Http;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>Calls that are and were, and commands to them.</summary>
public static class CallEndpoints
{
    public static void MapCalls(this IEndpointRouteBuilder routes)
    {
        var looks = routes.MapGroup("/calls").WithTags("Calls").RequireAuthorization(Policies.Read);
        looks.MapGet("", List).WithSummary("Calls by number and phase, newest first").Produces<Listing<CallRecord>>();
        looks.MapGet("/{call_id}", Look).WithSummary("One call").Produces<CallRecord>().ProducesProblem(404);
        looks
            .MapGet("/{call_id}/state", LookState)
            .WithSummary("What the leg's grain holds now")
            .Produces<CallRecord>()
            .ProducesProblem(404);
        var commands = routes.MapGroup("/calls").WithTags("Calls").RequireAuthorization(Policies.Command).Audited();
        commands
            .MapPost("", Dial)
            .WithSummary("Calls a number")
            .Accepts<DialBody>("application/json")
            .Produces<CallRecord>(202);
        commands.MapPost("/{call_id}/hangup", HangUp).WithSummary("Ends a call").Produces(204);
        commands
            .MapPost("/{call_id}/transfer", Transfer)
            .WithSummary("Hands a call that is being talked on to a number or a speaker")
            .Accepts<TransferBody>("application/json")
            .Produces(202)
            .ProducesProblem(409);
        routes
            .MapGroup("/simulate")
            .WithTags("Calls")
            .RequireAuthorization(Policies.Route)
            .Audited()
            .MapPost("/incoming-call", Simulate)
            .WithSummary("Somebody rings a number; only with the switch simulator")
            .Accepts<SimulatedCall>("application/json")
            .Produces<SimulatedCallAnswer>(202)
            .ProducesProblem(409);
    }

    private static Task<IResult> List(HttpContext context, ICallLists lists) =>
        context.List(
            "calls",
            (query, page) =>
                lists.List(
                    new(query.Number("msisdn"), query.Word<CallPhase>("phase"), null, query.Subscribers),
                    page,
                    context.RequestAborted
                )
        );

    private static async Task<IResult> Look(string call_id, HttpContext context, ICallLists lists) =>
        CallId.TryParse(call_id, null, out var id)
        && await lists.Find(id, context.RequestAborted) is { } call
        && Visible(call, context)
            ? TypedResults.Ok(call)
            : Problems.NotFound;

    private static async Task<IResult> LookState(string call_id, HttpContext context, IGrainFactory grains) =>
        CallId.TryParse(call_id, null, out var id)
        && await grains.CallLeg(id).Look() is { } call
        && Visible(call, context)
            ? TypedResults.Ok(call)
            : Problems.NotFound;

    private static async Task<IResult> Dial(HttpContext context, Body bodies, IGrainFactory grains)
    {
        var (body, problem) = await bodies.Read<DialBody>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        RuleChecks.Check(body.Message, "message", errors);
        if (errors.Any)
            return Problems.Validation(errors);
        var trace = Activity.Current?.TraceId.ToHexString() ?? ActivityTraceId.CreateRandom().ToHexString();
        // A caller that names its request may send it twice.
        var id = new CallId(
            context.Request.Headers["Idempotency-Key"] is [{ Length: > 0 and <= 128 } name]
                ? NamedCall(context, name)
                : Guid.CreateVersion7()
        );
        var answer = await grains.CallLeg(id).Dial(new(body.To, body.From?.ToString(), body.Message, trace));
        return answer.Refusal is Refusal.None or Refusal.AlreadyDone
            ? TypedResults.Accepted($"/api/v1/calls/{id}", answer.Value)
            : Problems.Of(answer.Refusal, answer.Detail);
    }

    private static async Task<IResult> HangUp(string call_id, IGrainFactory grains)
    {
        if (!CallId.TryParse(call_id, null, out var id))
            return Problems.NotFound;
        var refusal = await grains.CallLeg(id).HangUp("NORMAL_CLEARING");
        return refusal is Refusal.None or Refusal.Ended ? TypedResults.NoContent() : Problems.Of(refusal);
    }

    private static async Task<IResult> Transfer(string call_id, HttpContext context, Body bodies, IGrainFactory grains)
    {
        if (!CallId.TryParse(call_id, null, out var id))
            return Problems.NotFound;
        var (body, problem) = await bodies.Read<TransferBody>(context);
        if (body is null)
            return problem!;
        if (body.Msisdn is null == body.DeviceId is null)
            return Problems.Validation("msisdn", "either msisdn or device_id is required");
        if (body.DeviceId is { } device && await grains.Device(device).Look() is null)
            return Problems.Of(Refusal.UnknownReference, "device_id");
        var target = new RingTarget(DeviceId: body.DeviceId, Msisdn: body.Msisdn);
        var refusal = await grains.CallLeg(id).Transfer(target, by: null);
        return refusal switch
        {
            Refusal.None => TypedResults.Accepted($"/api/v1/calls/{id}"),
            Refusal.NotAllowed => Problems.Of(Refusal.Conflict, "Nobody talks on this call, or too many."),
            _ => Problems.Of(refusal),
        };
    }

    private static async Task<IResult> Simulate(HttpContext context, Body bodies, IIncomingCallSimulator simulator)
    {
        var (body, problem) = await bodies.Read<SimulatedCall>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Line(body.Caller, "caller", 64);
        errors.Line(body.CallerName, "caller_name", 128);
        if (errors.Any)
            return Problems.Validation(errors);
        return await simulator.Ring(body.Msisdn, body.Caller, body.CallerName, context.RequestAborted) is { } id
            ? TypedResults.Accepted($"/api/v1/calls/{id}", new SimulatedCallAnswer(id))
            : Problems.Of(Refusal.Conflict, "No switch is simulated: call the number.");
    }

    private static bool Visible(CallRecord call, HttpContext context) =>
        context.Caller().Subscribers is not { } numbers
        || numbers.Any(number => number.ToString() == call.From || number.ToString() == call.To);

    private static Guid NamedCall(HttpContext context, string name) =>
        new(
            System
                .Security.Cryptography.SHA256.HashData(
                    System.Text.Encoding.UTF8.GetBytes($"{context.Caller().Name}|{name}")
                )
                .AsSpan(0, 16)
        );

    public sealed record DialBody(Msisdn To, Msisdn? From = null, SpokenMessage? Message = null);

    public sealed record TransferBody(Msisdn? Msisdn = null, DeviceId? DeviceId = null);

    public sealed record SimulatedCall(Msisdn Msisdn, string? Caller = null, string? CallerName = null);

    public sealed record SimulatedCallAnswer(CallId CallId);
}
