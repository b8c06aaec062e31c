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
        string? detail = null,
        AuditChange change = default
    ) => NoteOf(context, context.CallerOrNobody()?.Name ?? "nobody", action, target, outcome, detail, change);

    /// <summary>The same of somebody who is not known yet by his key or token.</summary>
    public Task NoteOf(
        HttpContext context,
        string who,
        string action,
        string target,
        string outcome,
        string? detail = null,
        AuditChange change = default
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
                detail,
                change.Before,
                change.After
            ),
            context.RequestAborted
        );
}
