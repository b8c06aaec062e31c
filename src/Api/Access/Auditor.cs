using System.Diagnostics;

namespace IotOrleans.Access;

/// <summary>Writes down what people and keys do, and what they were refused.</summary>
public sealed class Auditor(IAccessStore store, TimeProvider clock)
{
    public Task Note(
        HttpContext context,
        string action,
        string target,
        string outcome = "done",
        string? detail = null
    ) => Note(context, context.CallerOrNobody()?.Name ?? "nobody", action, target, outcome, detail);

    public Task Note(
        HttpContext context,
        string who,
        string action,
        string target,
        string outcome,
        string? detail = null
    ) =>
        store.Audit(
            new(
                clock.GetUtcNow(),
                who,
                action,
                target,
                outcome,
                context.Connection.RemoteIpAddress?.ToString(),
                Activity.Current?.TraceId.ToHexString(),
                detail
            ),
            context.RequestAborted
        );
}
