using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Json;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Access;

/// <summary>
/// Every write by a person is in the audit log, whatever its outcome, with what was there before and what is there
/// after. Hang it on a group of routes.
/// </summary>
public static class AuditFilter
{
    private static readonly object Detail = new();
    private static readonly object Making = new();

    /// <summary>What the log says beside who did what, where no value may tell it.</summary>
    public static void Note(this HttpContext context, string detail) => context.Items[Detail] = detail;

    /// <summary>What came of a request that makes many things, or works for a while.</summary>
    public static void Made(this HttpContext context, object made) => context.Items[Making] = made;

    /// <summary>A value of the address.</summary>
    public static string? Named(this HttpContext context, string name) => context.Request.RouteValues[name] as string;

    public static T Of<T>(this HttpContext context)
        where T : notnull => context.RequestServices.GetRequiredService<T>();

    public static DateTimeOffset Now(this HttpContext context) => context.Of<TimeProvider>().GetUtcNow();

    /// <param name="look">
    /// What the address names, as it is now; null when there is no such thing. Asked before and after. Without it only
    /// what is newly made is written down, as it was answered. Of two who change one thing at once each is logged with
    /// what it saw.
    /// </param>
    /// <param name="shortened">Members whose numbers whoever reads the log may not see whole.</param>
    public static RouteGroupBuilder Audited(
        this RouteGroupBuilder routes,
        Func<HttpContext, Task<object?>>? look = null,
        params string[] shortened
    ) =>
        routes.AddEndpointFilter(
            async (invocation, next) =>
            {
                var context = invocation.HttpContext;
                if (HttpMethods.IsGet(context.Request.Method))
                    return await next(invocation);
                var before = await Seen(context, look);
                var result = await next(invocation);
                var status = (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
                var outcome = status < 400 ? "done" : $"refused {status}";
                var action =
                    $"{context.Request.Method} {(context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText}";
                var change =
                    status < 400
                        ? AuditChange.Between(before, await After(context, look, status, result), shortened)
                        : default;
                await context
                    .Of<Auditor>()
                    .Note(context, action, context.Request.Path, outcome, context.Items[Detail] as string, change);
                return result;
            }
        );

    private static async Task<JsonNode?> After(
        HttpContext context,
        Func<HttpContext, Task<object?>>? look,
        int status,
        object? result
    ) =>
        context.Items[Making] is { } made ? Json(made)
        : status == StatusCodes.Status201Created ? Json((result as IValueHttpResult)?.Value)
        : await Seen(context, look);

    private static async Task<JsonNode?> Seen(HttpContext context, Func<HttpContext, Task<object?>>? look) =>
        look is null ? null : Json(await look(context));

    // Written down at once: what a grain lent may be changed by the next one.
    private static JsonNode? Json(object? value) =>
        value is null ? null : JsonSerializer.SerializeToNode(value, value.GetType(), ContractJson.Options);
}
