using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Access;

/// <summary>Every write by a person is in the audit log, whatever its outcome. Hang it on a group of routes.</summary>
public static class AuditFilter
{
    private static readonly object Detail = new();

    /// <summary>What the log says beside who did what: the old value and the new one.</summary>
    public static void Changed(this HttpContext context, string detail) => context.Items[Detail] = detail;

    public static RouteGroupBuilder Audited(this RouteGroupBuilder routes) =>
        routes.AddEndpointFilter(
            async (invocation, next) =>
            {
                var context = invocation.HttpContext;
                var result = await next(invocation);
                if (HttpMethods.IsGet(context.Request.Method))
                    return result;
                var status = (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
                var outcome = status < 400 ? "done" : $"refused {status}";
                var action =
                    $"{context.Request.Method} {(context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText}";
                await context
                    .RequestServices.GetRequiredService<Auditor>()
                    .Note(context, action, context.Request.Path, outcome, context.Items[Detail] as string);
                return result;
            }
        );
}
