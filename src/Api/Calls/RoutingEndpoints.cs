using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Masks;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Options;

namespace IotOrleans.Calls;

/// <summary>What a SIP router asks: is this number ours, and where does its call go?</summary>
public static class RoutingEndpoints
{
    public static void MapRouting(this IEndpointRouteBuilder routes)
    {
        var routing = routes.MapGroup("/routing/{msisdn}").WithTags("Calls").RequireAuthorization(Policies.Route);
        routing
            .MapGet("", Route)
            .WithSummary("Where a call to this number goes, from ?caller= when it matters; 404 when it is not ours")
            .Produces<RouteAnswer>()
            .ProducesProblem(404);
        routing
            .MapPost("/calls", TakeCall)
            .WithSummary("Takes one of the calls that a counted mask has left, before it rings")
            .Produces(204)
            .ProducesProblem(404)
            .ProducesProblem(409);
    }

    private static async Task<IResult> Route(
        string msisdn,
        string? caller,
        HttpContext context,
        NumberPlan numbers,
        IMaskLookup masks,
        IGrainFactory grains,
        IOptions<RoutingOptions> options
    )
    {
        if (!numbers.TryRead(msisdn, out var number))
            return Problems.Validation("msisdn", "is not a telephone number");
        if (!masks.IsReady)
            return Problems.Unavailable(context, "The masks are being read into memory.");
        var answer = Masked(number, caller, numbers, masks);
        if (answer is null && await grains.Subscriber(number).Rings())
            answer = new(true, "socket", number, options.Value.Socket);
        var plain = context
            .Request.Headers.Accept.ToString()
            .StartsWith("text/plain", StringComparison.OrdinalIgnoreCase);
        return answer is null
            ? plain
                ? Results.Text("none\n", statusCode: 404)
                : Problems.NotFound
            : plain
                ? Results.Text(answer.Line)
                : TypedResults.Ok(answer);
    }

    private static RouteAnswer? Masked(Msisdn number, string? caller, NumberPlan numbers, IMaskLookup masks) =>
        masks.Route(number, numbers.TryRead(caller, out var known) ? known : null) switch
        {
            { Real: { } real } mask => new(true, "bridge", number, null, real, mask.Presented, mask.Limit is not null),
            { } => new(true, "refuse", number, null, Cause: "CALL_REJECTED"),
            null when masks.IsPooled(number) => new(true, "refuse", number, null, Cause: "UNALLOCATED_NUMBER"),
            null => null,
        };

    private static async Task<IResult> TakeCall(
        string msisdn,
        string? caller,
        HttpContext context,
        NumberPlan numbers,
        IMaskLookup masks,
        IMaskStore store
    )
    {
        if (!numbers.TryRead(msisdn, out var number))
            return Problems.Validation("msisdn", "is not a telephone number");
        var route = masks.Route(number, numbers.TryRead(caller, out var known) ? known : null);
        return route?.Real is null ? Problems.NotFound
            : route.Limit is not { } limit || await store.TakeCall(limit, context.RequestAborted)
                ? TypedResults.NoContent()
            : Problems.Of(Refusal.Conflict, "No call is left.");
    }

    /// <param name="Action">
    /// "socket": to us; "bridge": to the number behind this shown one; "refuse": nowhere.
    /// </param>
    /// <param name="Socket">The outbound socket a switch connects this call to, "host:port".</param>
    /// <param name="Target">Whom a bridged call reaches.</param>
    /// <param name="Presented">What a bridged call shows of its caller; withheld when absent.</param>
    /// <param name="Counted">Before a bridged call rings, one is to be taken: POST .../calls.</param>
    /// <param name="Cause">Why a call is refused.</param>
    public sealed record RouteAnswer(
        bool Iot,
        string Action,
        Msisdn Msisdn,
        string? Socket,
        Msisdn? Target = null,
        Msisdn? Presented = null,
        bool Counted = false,
        string? Cause = null
    )
    {
        /// <summary>The same for a dialplan that reads words.</summary>
        internal string Line =>
            Action switch
            {
                "bridge" => $"bridge {Target} {Presented?.ToString() ?? "withheld"}{(Counted ? " counted" : "")}\n",
                "refuse" => $"refuse {Cause}\n",
                _ => $"socket {Socket}\n",
            };
    }
}
