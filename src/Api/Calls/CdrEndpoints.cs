using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Json;

namespace IotOrleans.Calls;

/// <summary>Call detail records, as a list and as a file.</summary>
public static class CdrEndpoints
{
    internal const string Head =
        "call_id,direction,from,to,hangup_cause,incident_id,device_id,event_id,started_at,answered_at,ended_at,"
        + "duration_seconds,billable_seconds,answered_by,trace_id\r\n";

    public static void MapCdrs(this IEndpointRouteBuilder routes)
    {
        var cdrs = routes.MapGroup("").WithTags("CDRs").RequireAuthorization(Policies.Read);
        cdrs.MapGet("/cdrs", List).WithSummary("Records, newest first").Produces<Listing<CallDetailRecord>>();
        cdrs.MapGet("/cdrs.csv", Export)
            .WithSummary("Records of a period as a file, oldest first")
            .Produces<string>(200, "text/csv");
    }

    private static Task<IResult> List(HttpContext context, ICallLists lists) =>
        context.List("cdrs", (query, page) => lists.Cdrs(Filter(query), page, context.RequestAborted));

    private static async Task<IResult> Export(HttpContext context, ICallLists lists)
    {
        var query = new Query(context);
        var filter = Filter(query);
        if (query.Problem is { } problem)
            return problem;
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"cdrs.csv\"";
        await context.Response.WriteAsync(Head, context.RequestAborted);
        await foreach (var cdr in lists.ExportCdrs(filter, context.RequestAborted))
            await context.Response.WriteAsync(Line(cdr), context.RequestAborted);
        return Results.Empty;
    }

    private static CdrFilter Filter(Query query) =>
        new(query.Number("msisdn"), query.Time("from"), query.Time("to"), query.Subscribers);

    private static string Line(CallDetailRecord cdr) => string.Join(',', CellsOf(cdr).Select(CsvCell.Of)) + "\r\n";

    internal static object?[] CellsOf(CallDetailRecord cdr) =>
        [
            cdr.CallId,
            cdr.Direction == CallDirection.Inbound ? "inbound" : "outbound",
            cdr.From,
            cdr.To,
            cdr.HangupCause,
            cdr.IncidentId,
            cdr.DeviceId,
            cdr.EventId,
            UtcTimeJson.Text(cdr.StartedAt),
            cdr.AnsweredAt is { } answered ? UtcTimeJson.Text(answered) : null,
            UtcTimeJson.Text(cdr.EndedAt),
            cdr.DurationSeconds,
            cdr.BillableSeconds,
            cdr.AnsweredBy,
            cdr.TraceId,
        ];
}
