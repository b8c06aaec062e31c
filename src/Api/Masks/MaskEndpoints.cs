using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>Masks: who sees real numbers sees them here, and nobody else does.</summary>
public static class MaskEndpoints
{
    public static void MapMasks(this IEndpointRouteBuilder routes)
    {
        var masks = routes.MapGroup("/masks").WithTags("Masks").RequireAuthorization(Policies.KeepMasks);
        MapLooks(routes.MapGroup("/masks").WithTags("Masks").RequireAuthorization(Policies.Masks));
        masks
            .MapGet("/export.csv", MaskFiles.Export)
            .WithSummary("All active masks as a file")
            .Produces<string>(200, "text/csv");
        // Auditors read the log and see no real number whole.
        var writes = masks.MapGroup("").Audited(Now, "real", "blocked");
        writes
            .MapPost("", Create)
            .WithSummary("Masks a number; without shown one is taken from the pool")
            .Accepts<MaskBody>("application/json")
            .Produces<Mask>(201)
            .ProducesProblem(409);
        writes
            .MapPatch("/{mask_id:long}", Change)
            .WithSummary("Changes note, end, limit or blocked callers")
            .Accepts<MaskChange>("application/json")
            .Produces<Mask>();
        writes
            .MapDelete("/{mask_id:long}", Release)
            .WithSummary("Ends a mask; answered when no process knows it any more")
            .Produces<ReleaseAnswer>();
        writes
            .MapPost("/generate", Generate)
            .WithSummary("Masks many numbers from one pool: all of them or none")
            .Accepts<GenerateBody>("application/json")
            .Produces<Mask[]>()
            .ProducesProblem(409);
        MaskFiles.Map(masks, writes);
        routes.MapMaskPools();
        routes.MapMaskSessions();
    }

    /// <summary>Said of every number that is in no pool of the customer's, whether somebody has it or not.</summary>
    internal const string NotYours = "is in none of your pools";

    /// <summary>The masks as this caller may know of them.</summary>
    internal static IMaskStore Of(this IMaskStore store, HttpContext context) => store.For(context.Caller().Customer);

    private static void MapLooks(RouteGroupBuilder looks)
    {
        looks.MapGet("", List).WithSummary("Masks, newest first").Produces<Listing<SeenMask>>();
        looks.MapGet("/{mask_id:long}", Look).WithSummary("One mask").Produces<SeenMask>().ProducesProblem(404);
        looks.MapGet("/figures", Figures).WithSummary("Masks and calls in figures").Produces<MaskFigures>();
        looks.MapGet("/calls", Calls).WithSummary("Calls through shown numbers").Produces<Listing<SeenCall>>();
    }

    private static async Task<object?> Now(HttpContext context) =>
        long.TryParse(context.Named("mask_id"), out var id)
            ? await context.Of<IMaskStore>().Find(id, context.RequestAborted)
            : null;

    private static Task<IResult> List(HttpContext context, IMaskStore store, LookupGuard guard) =>
        context.List(
            "masks",
            async (query, page) =>
            {
                var filter = new MaskFilter(
                    query.Number("number"),
                    query.Text("pool"),
                    query.Word<MaskState>("status") is { } state ? state == MaskState.Active : null,
                    query.Id<Guid>("import_id"),
                    // Whoever may not see real numbers may not try them either.
                    ByShownOnly: !SeenMask.IsOpenTo(context.Caller()),
                    query.Id<CustomerId>("customer_id")
                );
                var found = await store.Of(context).List(filter, page, context.RequestAborted);
                await Revealed(context, guard, found.Items.Length);
                return found.Select(mask => SeenMask.Of(mask, context.Caller()));
            }
        );

    private static async Task<IResult> Look(long mask_id, HttpContext context, IMaskStore store, LookupGuard guard)
    {
        if (await store.Of(context).Find(mask_id, context.RequestAborted) is not { } mask)
            return Problems.NotFound;
        await Revealed(context, guard, 1);
        return TypedResults.Ok(SeenMask.Of(mask, context.Caller()));
    }

    private static ValueTask Revealed(HttpContext context, LookupGuard guard, int count) =>
        SeenMask.IsOpenTo(context.Caller()) ? guard.Revealed(context, context.Request.Path, count) : default;

    private static async Task<IResult> Figures(HttpContext context, IMaskStore store) =>
        TypedResults.Ok(await store.Of(context).Figures(context.RequestAborted));

    private static Task<IResult> Calls(HttpContext context, IMaskStore store, LookupGuard guard) =>
        context.List(
            "mask-calls",
            async (query, page) =>
            {
                var found = await store.Of(context).Calls(query.Number("shown"), page, context.RequestAborted);
                await Revealed(context, guard, found.Items.Count(call => call.Real is not null));
                return found.Select(call => SeenCall.Of(call, context.Caller()));
            }
        );

    private static async Task<IResult> Create(HttpContext context, Body bodies, IMaskStore store, TimeProvider clock)
    {
        var (body, problem) = await bodies.Read<MaskBody>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Unless(body.Shown is null != body.Pool is null, "shown", "either shown or pool is required");
        errors.Unless(body.Shown != body.Real, "shown", "is the real number");
        errors.Line(body.Pool, "pool", 64);
        Check(new(body.Note, body.ExpiresAt, body.CallsMax, body.Blocked), clock, errors);
        if (errors.Any)
            return Problems.Validation(errors);
        var answer = await store
            .Of(context)
            .Create(
                new(body.Real, body.Shown, body.Pool, body.Note, body.ExpiresAt, body.CallsMax, body.Blocked),
                context.RequestAborted
            );
        return answer.Refusal switch
        {
            Refusal.None => TypedResults.Created($"/api/v1/masks/{answer.Value!.MaskId}", answer.Value),
            Refusal.AlreadyDone => TypedResults.Ok(answer.Value),
            Refusal.LimitReached => Problems.Of(Refusal.Conflict, answer.Detail),
            Refusal.UnknownReference => Problems.Validation("shown", NotYours),
            _ => Problems.Of(answer.Refusal, answer.Detail),
        };
    }

    private static async Task<IResult> Change(
        long mask_id,
        HttpContext context,
        Body bodies,
        IMaskStore store,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<MaskChange>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        Check(body, clock, errors);
        if (errors.Any)
            return Problems.Validation(errors);
        var answer = await store.Of(context).Change(mask_id, body, context.RequestAborted);
        return answer.Value is { } mask ? TypedResults.Ok(mask) : Problems.NotFound;
    }

    private static async Task<IResult> Release(long mask_id, HttpContext context, IMaskStore store)
    {
        var answer = await store
            .Of(context)
            .Release(mask_id, $"released by {context.Caller().Name}", context.RequestAborted);
        return answer.Value is { } mask ? TypedResults.Ok(new ReleaseAnswer(mask, answer.Pending)) : Problems.NotFound;
    }

    private static async Task<IResult> Generate(HttpContext context, Body bodies, IMaskStore store, TimeProvider clock)
    {
        var (body, problem) = await bodies.Read<GenerateBody>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Line(body.Pool, "pool", 64);
        errors.Unless(body.Reals.Length is > 0 and <= GenerateBody.Max, "reals", $"must have 1 to {GenerateBody.Max}");
        Check(new(ExpiresAt: body.ExpiresAt), clock, errors);
        if (errors.Any)
            return Problems.Validation(errors);
        var answer = await store.Of(context).Generate(body.Pool, body.Reals, body.ExpiresAt, context.RequestAborted);
        if (answer.Value is not { } masks)
            return Problems.Of(Refusal.Conflict, answer.Detail);
        context.Made(new { body.Pool, Masks = masks.Select(mask => new { mask.MaskId, mask.Shown }) });
        return TypedResults.Ok(masks);
    }

    private static void Check(MaskChange mask, TimeProvider clock, FieldErrors errors)
    {
        errors.Line(mask.Note, "note", 200);
        errors.Unless(mask.ExpiresAt is not { } end || end > clock.GetUtcNow(), "expires_at", "must be in the future");
        errors.Range(mask.CallsMax ?? 1, 1, 1_000_000, "calls_max");
        errors.Unless((mask.Blocked?.Length ?? 0) <= Mask.BlockedMax, "blocked", $"has more than {Mask.BlockedMax}");
    }

    public enum MaskState
    {
        Active,
        Ended,
    }

    public sealed record MaskBody(
        Msisdn Real,
        Msisdn? Shown = null,
        string? Pool = null,
        string? Note = null,
        DateTimeOffset? ExpiresAt = null,
        int? CallsMax = null,
        Msisdn[]? Blocked = null
    );

    public sealed record GenerateBody(string Pool, Msisdn[] Reals, DateTimeOffset? ExpiresAt = null)
    {
        public const int Max = 1_000;
    }

    /// <param name="PendingProcesses">
    /// Processes that were waited for in vain and may answer the old mask until they hear of it.
    /// </param>
    public sealed record ReleaseAnswer(Mask Mask, int PendingProcesses);
}
