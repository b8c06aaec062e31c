using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>Pools of numbers to show, and pairs behind one of them.</summary>
public static class MaskPairs
{
    public static void MapMaskPools(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGroup("/mask-pools")
            .WithTags("Masks")
            .RequireAuthorization(Policies.KeepMasks)
            .MapGet("", async (HttpContext context, IMaskStore store) => await Pools(context, store))
            .WithSummary("Pools, and how much of them is free")
            .Produces<Listing<MaskPool>>();
        routes
            .MapGroup("/mask-pools")
            .WithTags("Masks")
            .RequireAuthorization(Policies.Command)
            .Audited()
            .MapPost("", AddPool)
            .WithSummary("Numbers that may be shown, from and to included; a customer's overlap no others")
            .Accepts<PoolDraft>("application/json")
            .Produces<PoolDraft>(201)
            .ProducesProblem(409);
    }

    public static void MapMaskSessions(this IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/mask-sessions").WithTags("Masks").RequireAuthorization(Policies.KeepMasks);
        sessions
            .MapGet("/{session_id:long}", Look)
            .WithSummary("One session")
            .Produces<MaskSession>()
            .ProducesProblem(404);
        var writes = sessions.MapGroup("").Audited(Now, "a", "b");
        writes
            .MapPost("", Open)
            .WithSummary("Two numbers reach each other through one shown number")
            .Accepts<SessionBody>("application/json")
            .Produces<MaskSession>(201)
            .ProducesProblem(409);
        writes
            .MapDelete("/{session_id:long}", Close)
            .WithSummary("Ends a session; answered when no process knows it any more")
            .Produces<MaskSession>();
    }

    private static async Task<object?> Now(HttpContext context) =>
        long.TryParse(context.Named("session_id"), out var id)
            ? await context.Of<IMaskStore>().FindSession(id, context.RequestAborted)
            : null;

    private static async Task<IResult> Pools(HttpContext context, IMaskStore store) =>
        TypedResults.Ok(new Listing<MaskPool>(await store.Of(context).Pools(context.RequestAborted), null));

    private static async Task<IResult> AddPool(
        HttpContext context,
        Body bodies,
        IMaskStore store,
        ICustomerStore customers
    )
    {
        var (body, problem) = await bodies.Read<PoolDraft>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Line(body.Name, "name", 64);
        var size =
            long.TryParse(body.To.Digits, out var to) && long.TryParse(body.From.Digits, out var from) ? to - from : -1;
        errors.Unless(
            size is >= 0 and < 10_000_000,
            "to",
            "must be from or later, and within 10,000,000 numbers of it"
        );
        if (body.CustomerId is { } customer)
        {
            var exists = await customers.Exists(customer, context.RequestAborted);
            errors.Unless(exists, "customer_id", "names something that does not exist");
            errors.Unless(body.To.Digits.Length == body.From.Digits.Length, "to", "must have as many digits as from");
        }
        if (errors.Any)
            return Problems.Validation(errors);
        var answer = await store.Of(context).AddPool(body, context.RequestAborted);
        return answer.Refusal switch
        {
            Refusal.None => TypedResults.Created("/api/v1/mask-pools", body),
            Refusal.AlreadyDone => TypedResults.Ok(body),
            _ => answer.Detail is { } trouble ? Problems.Validation("from", trouble) : Problems.Of(answer.Refusal),
        };
    }

    private static async Task<IResult> Look(long session_id, HttpContext context, IMaskStore store) =>
        await store.Of(context).FindSession(session_id, context.RequestAborted) is { } session
            ? TypedResults.Ok(session)
            : Problems.NotFound;

    private static async Task<IResult> Open(HttpContext context, Body bodies, IMaskStore store, TimeProvider clock)
    {
        var (body, problem) = await bodies.Read<SessionBody>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Unless(body.A != body.B, "b", "is the same number as a");
        errors.Unless(body.Shown is null != body.Pool is null, "shown", "either shown or pool is required");
        errors.Unless(body.Shown != body.A && body.Shown != body.B, "shown", "is one of the two");
        errors.Line(body.Pool, "pool", 64);
        errors.Unless(body.ExpiresAt is not { } end || end > clock.GetUtcNow(), "expires_at", "must be in the future");
        errors.Range(body.CallsMax ?? 1, 1, 1_000_000, "calls_max");
        if (errors.Any)
            return Problems.Validation(errors);
        var draft = new SessionDraft(body.A, body.B, body.Shown, body.Pool, body.ExpiresAt, body.CallsMax);
        var answer = await store.Of(context).Open(draft, context.RequestAborted);
        return answer.Refusal switch
        {
            Refusal.None => TypedResults.Created($"/api/v1/mask-sessions/{answer.Value!.SessionId}", answer.Value),
            Refusal.AlreadyDone => TypedResults.Ok(answer.Value),
            Refusal.UnknownReference => Problems.Validation("shown", MaskEndpoints.NotYours),
            _ => Problems.Of(Refusal.Conflict, answer.Detail),
        };
    }

    private static async Task<IResult> Close(long session_id, HttpContext context, IMaskStore store) =>
        (await store.Of(context).Close(session_id, $"closed by {context.Caller().Name}", context.RequestAborted)).Value
            is { } ended
            ? TypedResults.Ok(ended)
            : Problems.NotFound;

    public sealed record SessionBody(
        Msisdn A,
        Msisdn B,
        Msisdn? Shown = null,
        string? Pool = null,
        DateTimeOffset? ExpiresAt = null,
        int? CallsMax = null
    );
}
