using IotOrleans.Access;

namespace IotOrleans.Cluster;

public static class ClusterEndpoints
{
    public static void MapCluster(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/cluster", async (ICluster cluster) => TypedResults.Ok(await cluster.Look()))
            .WithTags("Health")
            .WithSummary("The silos, their builds, and how many grains of each type are awake on each")
            .RequireAuthorization(Policies.Cluster)
            .Produces<ClusterState>()
            .ProducesProblem(503);
}
