using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Http;

namespace IotOrleans.Subscribers;

/// <summary>What is settled for a number.</summary>
public static class SubscriberEndpoints
{
    public static void MapSubscribers(this IEndpointRouteBuilder routes)
    {
        var looks = routes.MapGroup("/subscribers").WithTags("Subscribers").RequireAuthorization(Policies.Read);
        looks.MapGet("", List).WithSummary("All subscribers").Produces<Listing<SubscriberView>>();
        looks
            .MapGet("/{msisdn}", Look)
            .WithSummary("One subscriber and its devices")
            .Produces<SubscriberView>()
            .ProducesProblem(404);
        looks
            .MapGet("/{msisdn}/state", LookState)
            .WithSummary("What the subscriber's grain holds now")
            .Produces<SubscriberState>()
            .ProducesProblem(404);
        var writes = routes
            .MapGroup("/subscribers")
            .WithTags("Subscribers")
            .RequireAuthorization(Policies.Command)
            .Audited(Now);
        writes
            .MapPut("/{msisdn}", Settle)
            .WithSummary("Settles name, zone, policy, quiet hours and contacts")
            .Accepts<SubscriberSettings>("application/json")
            .Produces<SubscriberView>();
        writes.MapDelete("/{msisdn}", Remove).WithSummary("Forgets what was settled").Produces(204);
    }

    private static async Task<object?> Now(HttpContext context) =>
        context.Of<NumberPlan>().TryRead(context.Named("msisdn"), out var number)
        && await context.Of<IGrainFactory>().Subscriber(number).Look() is { } record
            ? SubscriberView.Of(record)
            : null;

    private static Task<IResult> List(HttpContext context, IDeviceLists lists) =>
        context.List(
            "subscribers",
            async (query, page) =>
            {
                var found = await lists.Subscribers(query.Subscribers, page, context.RequestAborted);
                return new Page<SubscriberView>([.. found.Items.Select(SubscriberView.Of)], found.Next);
            }
        );

    private static async Task<IResult> Look(
        string msisdn,
        HttpContext context,
        NumberPlan numbers,
        IGrainFactory grains
    ) =>
        numbers.TryRead(msisdn, out var number)
        && context.Caller().MaySee(number)
        && await grains.Subscriber(number).Look() is { } record
            ? TypedResults.Ok(SubscriberView.Of(record))
            : Problems.NotFound;

    private static async Task<IResult> LookState(
        string msisdn,
        HttpContext context,
        NumberPlan numbers,
        IGrainFactory grains
    ) =>
        numbers.TryRead(msisdn, out var number)
        && context.Caller().MaySee(number)
        && await grains.Subscriber(number).LookState() is { } state
            ? TypedResults.Ok(state)
            : Problems.NotFound;

    private static async Task<IResult> Settle(
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
        var (body, problem) = await bodies.Read<SubscriberSettings>(context);
        if (body is null)
            return problem!;
        if (SubscriberChecks.Problem(body, clock.GetUtcNow()) is { } wrong)
            return wrong;
        if (await FindUnknown(body, grains) is { } field)
            return Problems.Of(Refusal.UnknownReference, field);
        var answer = await grains.Subscriber(number).Settle(body with { Callers = Normal(body.Callers, numbers) });
        return answer.Refusal == Refusal.None
            ? TypedResults.Ok(SubscriberView.Of(answer.Value!))
            : Problems.Of(answer.Refusal);
    }

    private static async Task<IResult> Remove(string msisdn, NumberPlan numbers, IGrainFactory grains)
    {
        if (!numbers.TryRead(msisdn, out var number))
            return Problems.NotFound;
        var refusal = await grains.Subscriber(number).Remove();
        return refusal == Refusal.None ? TypedResults.NoContent() : Problems.Of(refusal);
    }

    // The network's callers come in one form, so they are kept in it.
    private static CallerRule[]? Normal(CallerRule[]? callers, NumberPlan numbers) =>
        callers is null
            ? null
            :
            [
                .. callers.Select(rule =>
                    numbers.TryRead(rule.Caller, out var number) ? rule with { Caller = number.ToString() } : rule
                ),
            ];

    private static async Task<string?> FindUnknown(SubscriberSettings settings, IGrainFactory grains)
    {
        var targets = settings.Policy?.Targets ?? [];
        for (var index = 0; index < targets.Length; index++)
        {
            if (targets[index].DeviceId is { } device && await grains.Device(device).Look() is null)
                return $"policy.targets[{index}].device_id";
        }
        return null;
    }

    /// <summary>A subscriber as the contract shows it.</summary>
    public sealed record SubscriberView(
        Msisdn Msisdn,
        string? DisplayName,
        string? TimeZone,
        CallPolicy? Policy,
        QuietHours? QuietHours,
        EmergencyContact[]? EmergencyContacts,
        DateTimeOffset? TestUntil,
        DateTimeOffset? DoNotDisturbUntil,
        CallerRule[]? Callers,
        LineUse Line,
        DeviceId[] Devices
    )
    {
        public static SubscriberView Of(SubscriberRecord record) =>
            new(
                record.Msisdn,
                record.Settings.DisplayName,
                record.Settings.TimeZone,
                record.Settings.Policy,
                record.Settings.QuietHours,
                record.Settings.EmergencyContacts,
                record.Settings.TestUntil,
                record.Settings.DoNotDisturbUntil,
                record.Settings.Callers,
                record.Settings.Line,
                record.Devices
            );
    }
}
