using System.Text.Json;

namespace IotOrleans.Health;

/// <summary>Whether the process lives, and whether the house is ready: each part up, down, or simulated.</summary>
public static class HealthEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/health/live", () => TypedResults.Ok(new Liveness("up")))
            .AllowAnonymous()
            .WithTags("Health")
            .WithSummary("The process lives");
        routes
            .MapGet("/health/ready", Ready)
            .AllowAnonymous()
            .WithTags("Health")
            .WithSummary("What is up, down or simulated")
            .Produces<Readiness>()
            .Produces<Readiness>(503);
    }

    private static async Task<IResult> Ready(
        IEnumerable<IHealthPart> parts,
        TimeProvider clock,
        CancellationToken cancellation
    )
    {
        var checks = await Task.WhenAll(parts.Select(part => Check(part, clock, cancellation)));
        var ready = checks.All(part => !part.Needed || part.Status != PartStatus.Down);
        var answer = new Readiness(
            ready ? "up" : "down",
            checks.ToDictionary(part => part.Name, part => new PartView(Word(part.Status), part.Detail))
        );
        return TypedResults.Json(answer, statusCode: ready ? 200 : 503);
    }

    private static async Task<PartHealth> Check(IHealthPart part, TimeProvider clock, CancellationToken cancellation)
    {
        try
        {
            return await part.Check(cancellation).AsTask().WaitAsync(Patience, clock, cancellation);
        }
        catch (TimeoutException)
        {
            return new(part.GetType().Name.ToLowerInvariant(), PartStatus.Down, Needed: true, "does not answer");
        }
    }

    private static string Word(PartStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());

    public sealed record Liveness(string Status);

    public sealed record Readiness(string Status, Dictionary<string, PartView> Parts);

    public sealed record PartView(string Status, string? Detail);
}
