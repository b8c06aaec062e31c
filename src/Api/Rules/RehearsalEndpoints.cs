using IotOrleans.Access;
using IotOrleans.Http;

namespace IotOrleans.Rules;

/// <summary>Rules tried on what has happened.</summary>
public static class RehearsalEndpoints
{
    private const int LimitMax = 1_000;

    public static void MapRehearsals(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/rules/{rule_id}/rehearsal", Rehearse)
            .WithTags("Rules")
            .RequireAuthorization(Policies.Read)
            .WithSummary("What the rule, or a draft of it, would have done with the events of a time; nothing is done")
            .Accepts<RehearsalBody>("application/json")
            .Produces<Rehearsal>()
            .ProducesProblem(404)
            .ProducesProblem(422);

    private static async Task<IResult> Rehearse(
        string rule_id,
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        IRehearsals rehearsals,
        TimeProvider clock
    )
    {
        if (!RuleId.TryParse(rule_id, null, out var id))
            return Problems.Validation("rule_id", "is not a rule id");
        var (body, problem) = await bodies.Read<RehearsalBody>(context);
        if (body is null)
            return problem!;
        var current = await grains.Rule(id).Look();
        if (current is not null && !MaySee(context, current))
            return Problems.NotFound;
        var rule = body.Rule?.ToRule(id) ?? current;
        if (rule is null)
            return Problems.NotFound;
        // What lies under a device or a type may be anybody's.
        if (!MaySee(context, rule))
            return Problems.Of(Refusal.NotAllowed, "A draft may look at your own numbers only.");
        if (RuleChecks.Problem(rule) is { } wrong)
            return wrong;
        var to = body.To ?? clock.GetUtcNow();
        var errors = new FieldErrors();
        errors.Unless(body.From < to, "from", "must be before to");
        errors.Unless(
            to - body.From <= RehearsalOrder.LengthMax,
            "from",
            $"must be within {RehearsalOrder.LengthMax.TotalDays} days of to"
        );
        errors.Range(body.Limit, 1, LimitMax, "limit");
        errors.Range(body.Offset, 0, RehearsalOrder.EventsMax, "offset");
        if (errors.Any)
            return Problems.Validation(errors);
        var order = new RehearsalOrder(
            rule,
            body.Rule is null ? null : current,
            body.From,
            to,
            body.Offset,
            body.Limit
        );
        return TypedResults.Ok(await rehearsals.Rehearse(order, context.RequestAborted));
    }

    private static bool MaySee(HttpContext context, Rule rule) =>
        context.Caller().Subscribers is null || context.Caller().MaySee(rule.Scope.Msisdn);

    /// <param name="Rule">A draft to be tried in place of the rule; absent: the rule as it is.</param>
    /// <param name="To">Now when absent.</param>
    /// <param name="Offset">The next_offset of the page before; the counts are of the whole time on every page.</param>
    public sealed record RehearsalBody(
        DateTimeOffset From,
        DateTimeOffset? To = null,
        RuleBody? Rule = null,
        int Offset = 0,
        int Limit = 100
    );
}
