using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Http;
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
                // What is begun is ended and written down, whether or not somebody still waits for the answer.
                context.RequestAborted = CancellationToken.None;
                var before = await Seen(context, look);
                object? result;
                try
                {
                    result = await next(invocation);
                }
                catch
                {
                    await Note(context, "unknown", default);
                    throw;
                }
                var status = (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
                if (status < 400)
                    await Note(context, "done", await Change(context, before, look, status, result, shortened));
                else
                    await Note(context, $"refused {status}", default);
                return result;
            }
        );

    private static Task Note(HttpContext context, string outcome, AuditChange change)
    {
        var action = $"{context.Request.Method} {(context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText}";
        return context
            .Of<Auditor>()
            .NoteDone(context, action, context.Request.Path, outcome, context.Items[Detail] as string, change);
    }

    /// <summary>What was done is no failure because nobody can see now what came of it.</summary>
    private static async Task<AuditChange> Change(
        HttpContext context,
        JsonNode? before,
        Func<HttpContext, Task<object?>>? look,
        int status,
        object? result,
        string[] shortened
    )
    {
        try
        {
            return AuditChange.Between(before, await After(context, look, status, result), shortened);
        }
        catch (Exception trouble) when (Troubles.IsOutside(trouble))
        {
            return AuditChange.Unseen(before, shortened);
        }
    }

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
