using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Subscribers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Masks;

/// <summary>
/// What a dialplan asks for each call: who is behind a shown number, and what a real one is shown as. Answered from
/// memory, also while the database is away.
/// </summary>
public static class MaskLookups
{
    /// <summary>Mapped twice: beside the other routes, and at the short paths that dialplans know.</summary>
    public static void MapMaskLookups(this IEndpointRouteBuilder routes, string prefix)
    {
        // Found once: a look-up asks for no services.
        var numbers = routes.ServiceProvider.GetRequiredService<NumberPlan>();
        var masks = routes.ServiceProvider.GetRequiredService<IMaskLookup>();
        var guard = routes.ServiceProvider.GetRequiredService<LookupGuard>();
        var lookups = routes.MapGroup(prefix).WithTags("Masks").RequireShortly(Policies.LookUp);
        lookups
            .MapGet("/real/{shown}", (string shown, HttpContext context) => Real(shown, context, numbers, masks, guard))
            .WithSummary("The real number behind a shown one; as text/plain when that is asked for")
            .Produces<RealAnswer>()
            .ProducesProblem(404);
        lookups
            .MapGet("/fake/{real}", (string real, HttpContext context) => Shown(real, context, numbers, masks, guard))
            .WithSummary("What a real number is shown as; as text/plain when that is asked for")
            .Produces<ShownAnswer>()
            .ProducesProblem(404);
    }

    private static async ValueTask<IResult> Real(
        string shown,
        HttpContext context,
        NumberPlan numbers,
        IMaskLookup masks,
        LookupGuard guard
    )
    {
        if (Refused(context, masks, guard) is { } refused)
            return refused;
        if (!numbers.TryRead(shown, out var number))
            return Problems.Validation("shown", "is not a telephone number");
        var real = masks.RealOf(number, context.Caller().Customer);
        if (real is null)
            await guard.Missed(context);
        else
            await guard.Found(context, number.ToString());
        return WantsText(context) ? Text(real)
            : real is { } found ? new JsonAnswer<RealAnswer>(200, new(number, found))
            : Problems.NotFound;
    }

    private static async ValueTask<IResult> Shown(
        string real,
        HttpContext context,
        NumberPlan numbers,
        IMaskLookup masks,
        LookupGuard guard
    )
    {
        if (Refused(context, masks, guard) is { } refused)
            return refused;
        if (!numbers.TryRead(real, out var number))
            return Problems.Validation("real", "is not a telephone number");
        var shown = masks.ShownOf(number, context.Caller().Customer);
        if (shown is null)
            await guard.Missed(context);
        return WantsText(context) ? Text(shown)
            : shown is { } found ? new JsonAnswer<ShownAnswer>(200, new(number, found))
            : Problems.NotFound;
    }

    private static IResult? Refused(HttpContext context, IMaskLookup masks, LookupGuard guard) =>
        !masks.IsReady ? NotYet(context)
        : guard.ShutOutFor(context.Caller()) is { Ticks: > 0 } left ? Problems.TooMany(context, left)
        : null;

    private static IResult NotYet(HttpContext context) =>
        Problems.Unavailable(context, "The masks are being read into memory.");

    // A dialplan takes the whole body for the number: nothing of it when there is none.
    private static ContentHttpResult Text(Msisdn? number) =>
        TypedResults.Text(number?.ToString() ?? "", "text/plain", statusCode: number is null ? 404 : 200);

    private static bool WantsText(HttpContext context) =>
        context.Request.Headers.Accept is [{ } accept, ..]
        && accept.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase);

    public sealed record RealAnswer(Msisdn Shown, Msisdn Real);

    public sealed record ShownAnswer(Msisdn Real, Msisdn Shown);
}
