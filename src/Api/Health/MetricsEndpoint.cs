using System.Net;
using IotOrleans.Access;
using IotOrleans.Http;

namespace IotOrleans.Health;

/// <summary>Figures for Prometheus: to anybody on this machine, to others with a key or token that may look.</summary>
public static class MetricsEndpoint
{
    private static readonly Role[] MayLook = [Role.Operator, Role.Admin, Role.Auditor, Role.Telephony];

    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet(
                "/metrics",
                (HttpContext context, PrometheusText figures) =>
                    Allowed(context)
                        ? Results.Text(figures.Write(), "text/plain; version=0.0.4")
                        : Problems.Make(
                            401,
                            "unauthenticated",
                            "Who are you?",
                            "A token or key that may look is needed."
                        )
            )
            .AllowAnonymous()
            .WithTags("Health")
            .WithSummary("Figures in the text form of Prometheus")
            .Produces<string>(200, "text/plain");

    private static bool Allowed(HttpContext context) =>
        IsHere(context.Connection.RemoteIpAddress)
        || (context.CallerOrNobody() is { } caller && Array.IndexOf(MayLook, caller.Role) >= 0);

    private static bool IsHere(IPAddress? address) => address is not null && IPAddress.IsLoopback(address);
}
