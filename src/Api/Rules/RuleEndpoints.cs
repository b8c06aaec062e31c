using System.Diagnostics;
using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Http;

namespace IotOrleans.Rules;

/// <summary>Rules, and trying them on made-up events.</summary>
public static class RuleEndpoints
{
    public static void MapRules(this IEndpointRouteBuilder routes)
    {
        var looks = routes.MapGroup("/rules").WithTags("Rules").RequireAuthorization(Policies.Read);
        looks.MapGet("", List).WithSummary("All rules").Produces<Listing<Rule>>();
        looks.MapGet("/{rule_id}", Look).WithSummary("One rule").Produces<Rule>().ProducesProblem(404);
        looks
            .MapPost("/{rule_id}/dry-run", DryRun)
            .WithSummary("What would happen and why, with nothing done")
            .Accepts<DryRunOrder>("application/json")
            .Produces<DryRunAnswer>();
        var writes = routes.MapGroup("/rules").WithTags("Rules").RequireAuthorization(Policies.Command).Audited(Now);
        writes
            .MapPost("", Make)
            .WithSummary("A new rule")
            .Accepts<RuleBody>("application/json")
            .Produces<Rule>(201)
            .ProducesProblem(409);
        writes
            .MapPut("/{rule_id}", Replace)
            .WithSummary("Makes or replaces a rule")
            .Accepts<RuleBody>("application/json")
            .Produces<Rule>();
        writes.MapDelete("/{rule_id}", Remove).WithSummary("Removes a rule").Produces(204);
    }

    private static async Task<object?> Now(HttpContext context) =>
        RuleId.TryParse(context.Named("rule_id"), null, out var id)
            ? await context.Of<IGrainFactory>().Rule(id).Look()
            : null;

    private static Task<IResult> List(HttpContext context, IDeviceLists lists) =>
        context.List("rules", (query, page) => lists.Rules(query.Subscribers, page, context.RequestAborted));

    private static async Task<IResult> Look(string rule_id, HttpContext context, IGrainFactory grains) =>
        await Visible(rule_id, context, grains) is { } rule ? TypedResults.Ok(rule) : Problems.NotFound;

    private static async Task<IResult> Make(HttpContext context, Body bodies, IGrainFactory grains)
    {
        var (body, problem) = await bodies.Read<RuleBody>(context);
        if (body is null)
            return problem!;
        var rule = body.ToRule(body.RuleId ?? RuleId.New());
        if (RuleChecks.Problem(rule) is { } wrong)
            return wrong;
        var answer = await grains.Rule(rule.RuleId).Define(rule, replace: false);
        return answer.Refusal switch
        {
            Refusal.None => TypedResults.Created($"/api/v1/rules/{rule.RuleId}", answer.Value),
            Refusal.AlreadyDone => TypedResults.Ok(answer.Value),
            var refusal => Problems.Of(refusal, answer.Detail),
        };
    }

    private static async Task<IResult> Replace(string rule_id, HttpContext context, Body bodies, IGrainFactory grains)
    {
        if (!RuleId.TryParse(rule_id, null, out var id))
            return Problems.Validation("rule_id", "is not a rule id");
        var (body, problem) = await bodies.Read<RuleBody>(context);
        if (body is null)
            return problem!;
        if (body.RuleId is { } other && other != id)
            return Problems.Validation("rule_id", "is not that of the address");
        var rule = body.ToRule(id);
        if (RuleChecks.Problem(rule) is { } wrong)
            return wrong;
        var answer = await grains.Rule(id).Define(rule, replace: true);
        return answer.Refusal == Refusal.None
            ? TypedResults.Ok(answer.Value)
            : Problems.Of(answer.Refusal, answer.Detail);
    }

    private static async Task<IResult> Remove(string rule_id, IGrainFactory grains)
    {
        if (!RuleId.TryParse(rule_id, null, out var id))
            return Problems.NotFound;
        var refusal = await grains.Rule(id).Remove();
        return refusal == Refusal.None ? TypedResults.NoContent() : Problems.Of(refusal);
    }

    private static async Task<IResult> DryRun(
        string rule_id,
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        TimeProvider clock
    )
    {
        if (await Visible(rule_id, context, grains) is not { } rule)
            return Problems.NotFound;
        var (body, problem) = await bodies.Read<DryRunOrder>(context, EventEndpoints.BodyMax);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        body.Event.Check(errors, "event.");
        if (errors.Any)
            return Problems.Validation(errors);
        var trace = Activity.Current?.TraceId.ToHexString() ?? "";
        var answer = await grains
            .Device(body.Event.DeviceId)
            .Consider(body.Event.ToEvent(clock.GetUtcNow(), trace), rule);
        if (answer.Refusal == Refusal.NotFound)
            return Problems.Of(Refusal.UnknownReference, "event.device_id");
        var verdict = answer.Value!.Rules.SingleOrDefault();
        return TypedResults.Ok(new DryRunAnswer(rule.RuleId, verdict?.Matched ?? false, verdict, answer.Value.Note));
    }

    private static async Task<Rule?> Visible(string text, HttpContext context, IGrainFactory grains)
    {
        if (!RuleId.TryParse(text, null, out var id) || await grains.Rule(id).Look() is not { } rule)
            return null;
        if (context.Caller().Subscribers is null)
            return rule;
        return context.Caller().MaySee(rule.Scope.Msisdn) ? rule : null;
    }

    /// <param name="WouldAct">Whether the actions would be done.</param>
    public sealed record DryRunAnswer(RuleId RuleId, bool WouldAct, RuleVerdict? Verdict, string? Note);

    public sealed record DryRunOrder(EventBody Event);
}
