using IotOrleans.Access;

namespace IotOrleans.Calls;

/// <summary>Public emergency services: two different administrators must say yes before anything dials them.</summary>
public static class EmergencyNumberEndpoints
{
    public static void MapEmergencyNumbers(this IEndpointRouteBuilder routes)
    {
        var switches = routes
            .MapGroup("/emergency-numbers")
            .WithTags("Calls")
            .RequireAuthorization(Policies.Administer)
            .Audited(async context => Shown(await context.Of<IGrainFactory>().EmergencyNumbers.Look()));
        switches
            .MapGet("", async (IGrainFactory grains) => View(await grains.EmergencyNumbers.Look()))
            .WithSummary("Whether emergency numbers may be dialled")
            .Produces<EmergencyView>();
        switches
            .MapPost(
                "/approve",
                async (HttpContext context, IGrainFactory grains) =>
                    View(await grains.EmergencyNumbers.Approve(context.Caller().Name))
            )
            .WithSummary("One administrator's yes")
            .Produces<EmergencyView>();
        switches
            .MapPost(
                "/switch-off",
                async (HttpContext context, IGrainFactory grains) =>
                    View(await grains.EmergencyNumbers.SwitchOff(context.Caller().Name))
            )
            .WithSummary("Either one's no")
            .Produces<EmergencyView>();
    }

    private static IResult View(EmergencyNumbers numbers) => TypedResults.Ok(Shown(numbers));

    private static EmergencyView Shown(EmergencyNumbers numbers) =>
        new(numbers.MayBeDialled, numbers.ApprovedBy, EmergencyNumbers.ApprovalsNeeded);

    public sealed record EmergencyView(bool MayBeDialled, string[] ApprovedBy, int ApprovalsNeeded);
}
