using IotOrleans.Http;

namespace IotOrleans.Access;

public static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet(
                "/audit-log",
                (HttpContext context, IAccessStore store) =>
                    context.List("audit-log", (_, page) => store.AuditLog(page, context.RequestAborted))
            )
            .WithTags("Access")
            .WithSummary("What people and keys did, and what they were refused")
            .RequireAuthorization(Policies.Audit)
            .Produces<Listing<AuditEntry>>();
}
