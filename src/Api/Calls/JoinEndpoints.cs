using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>Click-to-dial: two people are joined by the SIP server, without FreeSWITCH.</summary>
public static class JoinEndpoints
{
    public static void MapJoins(this IEndpointRouteBuilder routes) =>
        routes
            .MapGroup("/calls")
            .WithTags("Calls")
            .RequireAuthorization(Policies.Command)
            .Audited()
            .MapPost("/join", Join)
            .WithSummary("Rings the first number and refers it to the second, by the SIP server alone")
            .Accepts<JoinBody>("application/json")
            .Produces(202)
            .ProducesProblem(409)
            .ProducesProblem(503);

    private static async Task<IResult> Join(HttpContext context, Body bodies, IClickToDial dial)
    {
        var (body, problem) = await bodies.Read<JoinBody>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Unless(body.From != body.To, "to", "is the same number as from");
        // Who is called there must hear why, and here nothing can be said.
        errors.Unless(!NumberPlan.IsEmergency(body.From), "from", "emergency services are not joined to anybody");
        errors.Unless(!NumberPlan.IsEmergency(body.To), "to", "emergency services are not joined to anybody");
        if (errors.Any)
            return Problems.Validation(errors);
        return await dial.Join(body.From, body.To, context.RequestAborted) switch
        {
            DialOutcome.Taken => TypedResults.StatusCode(202),
            DialOutcome.Refused => Problems.Of(Refusal.Conflict, "The SIP server does not take the call."),
            DialOutcome.Unreachable => Problems.Unavailable(context, "No SIP server can be asked; nobody is rung."),
            _ => Problems.Make(
                503,
                "unknown-outcome",
                "Not known",
                "The SIP server was asked and has not answered: it may ring or not."
            ),
        };
    }

    public sealed record JoinBody(Msisdn From, Msisdn To);
}
