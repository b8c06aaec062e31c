using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Http;
using IotOrleans.Rules;

namespace IotOrleans.Subscribers;

/// <summary>Maintenance and other times in which a home's alarms are recorded but not acted on.</summary>
public static class SilenceEndpoints
{
    private const string Path = "/subscribers/{msisdn}/silences";

    public static void MapSilences(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(Path, List)
            .WithTags("Subscribers")
            .RequireAuthorization(Policies.Read)
            .WithSummary("Silences that are not over")
            .Produces<Listing<Silence>>();
        var writes = routes.MapGroup(Path).WithTags("Subscribers").RequireAuthorization(Policies.Command).Audited(Now);
        writes
            .MapPost("", Begin)
            .WithSummary("Silences a device, room, zone, rule or the whole home until a stated time")
            .Accepts<SilenceBody>("application/json")
            .Produces<Silence>(201)
            .ProducesProblem(422);
        writes.MapDelete("/{silence_id}", End).WithSummary("Ends a silence before its time").Produces(204);
    }

    private static async Task<object?> Now(HttpContext context) =>
        context.Named("silence_id") is { } id
        && context.Of<NumberPlan>().TryRead(context.Named("msisdn"), out var number)
            ? Array.Find(
                await context.Of<IGrainFactory>().Subscriber(number).Silences(),
                silence => silence.SilenceId == id
            )
            : null;

    private static async Task<IResult> List(
        string msisdn,
        HttpContext context,
        NumberPlan numbers,
        IGrainFactory grains
    ) =>
        numbers.TryRead(msisdn, out var number) && context.Caller().MaySee(number)
            ? TypedResults.Ok(new Listing<Silence>(await grains.Subscriber(number).Silences(), null))
            : Problems.NotFound;

    private static async Task<IResult> Begin(
        string msisdn,
        HttpContext context,
        Body bodies,
        NumberPlan numbers,
        TimeProvider clock,
        IGrainFactory grains
    )
    {
        if (!numbers.TryRead(msisdn, out var number))
            return Problems.Validation("msisdn", "is not a telephone number");
        var (body, problem) = await bodies.Read<SilenceBody>(context);
        if (body is null)
            return problem!;
        var now = clock.GetUtcNow();
        var from = body.From ?? now;
        var errors = new FieldErrors();
        errors.Unless(body.Until > now && body.Until > from, "until", "must be in the future and after from");
        errors.Unless(
            body.Until <= from + Silence.LengthMax,
            "until",
            $"must be within {Silence.LengthMax.TotalDays} days of from"
        );
        errors.Line(body.SilenceId, "silence_id", 64);
        errors.Line(body.Reason, "reason", 200);
        errors.Line(body.Room, "room", 64);
        errors.Line(body.Zone, "zone", 64);
        if (errors.Any)
            return Problems.Validation(errors);
        var silence = new Silence(
            body.SilenceId ?? Guid.CreateVersion7(now).ToString("N"),
            from,
            body.Until,
            body.Reason,
            context.Caller().Name,
            body.DeviceId,
            body.Room,
            body.Zone,
            body.RuleId,
            body.LifeSafety
        );
        var refusal = await grains.Subscriber(number).BeSilent(silence);
        return refusal == Refusal.None
            ? TypedResults.Created($"/api/v1/subscribers/{number}/silences/{silence.SilenceId}", silence)
            : Problems.Of(refusal);
    }

    private static async Task<IResult> End(string msisdn, string silence_id, NumberPlan numbers, IGrainFactory grains)
    {
        if (!numbers.TryRead(msisdn, out var number))
            return Problems.NotFound;
        var refusal = await grains.Subscriber(number).EndSilence(silence_id);
        return refusal == Refusal.None ? TypedResults.NoContent() : Problems.Of(refusal);
    }

    /// <summary>A silence as its author sends it; sent twice under one id it is one.</summary>
    public sealed record SilenceBody(
        DateTimeOffset Until,
        string Reason,
        DateTimeOffset? From = null,
        string? SilenceId = null,
        DeviceId? DeviceId = null,
        string? Room = null,
        string? Zone = null,
        RuleId? RuleId = null,
        bool LifeSafety = false
    );
}
