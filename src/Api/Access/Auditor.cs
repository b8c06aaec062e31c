using System.Diagnostics;
using IotOrleans.Http;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Access;

/// <summary>Writes down what people and keys do, and what they were refused.</summary>
public sealed partial class Auditor(IAccessStore store, TimeProvider clock, ILogger<Auditor> log)
{
    public Task Note(
        HttpContext context,
        string action,
        string target,
        string outcome = "done",
        string? detail = null,
        AuditChange change = default
    ) => NoteOf(context, context.CallerOrNobody()?.Name ?? "nobody", action, target, outcome, detail, change);

    /// <summary>
    /// The same of what has been done: it stays done if that cannot be written down now, and the log says it.
    /// </summary>
    public async Task NoteDone(
        HttpContext context,
        string action,
        string target,
        string outcome,
        string? detail,
        AuditChange change
    )
    {
        try
        {
            await Note(context, action, target, outcome, detail, change);
        }
        catch (Exception trouble) when (Troubles.IsOutside(trouble))
        {
            LogUnwritten(
                context.CallerOrNobody()?.Name ?? "nobody",
                action,
                AccessLog.Shortened(target),
                outcome,
                trouble
            );
        }
    }

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
            // Also of who does not wait for the answer.
            CancellationToken.None
        );

    [LoggerMessage(LogLevel.Error, "Not in the audit log: {Who}, {Action} of {Target}, {Outcome}")]
    private partial void LogUnwritten(string who, string action, string target, string outcome, Exception trouble);
}
