using System.Globalization;
using System.Text;
using System.Text.Json;
using IotOrleans.Access;
using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Http;
using IotOrleans.Json;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Feed;

/// <summary>
/// Records for billing and audit, oldest first, each with its number. Whoever asks next time with the number that the
/// answer names in <see cref="ThroughHeader"/> gets all that came since and nothing twice.
/// </summary>
public static class ExportEndpoints
{
    /// <summary>The number to give as "after" next time. An answer that broke off goes on after its last row.</summary>
    public const string ThroughHeader = "Export-Through";

    /// <summary>Rows that are in memory at a time.</summary>
    private const int Piece = 1_000;

    public static void MapExports(this IEndpointRouteBuilder routes)
    {
        var exports = routes.MapGroup("/exports").WithTags("Exports").RequireAuthorization(Policies.Read);
        exports
            .MapGet("/cdrs", (HttpContext context, IFeed feed) => Export(context, FeedKind.Cdr, feed.Cdrs, Cdrs))
            .WithSummary("Call detail records: format=csv|jsonl, after=, from=, to= (the end of the call)")
            .Produces<string>(200, "text/csv", "application/jsonl")
            .ProducesProblem(422);
        exports
            .MapGet(
                "/events",
                (HttpContext context, IFeed feed) => Export(context, FeedKind.Event, feed.Events, Events)
            )
            .WithSummary("Accepted events: format=csv|jsonl, after=, from=, to= (when they came in)")
            .Produces<string>(200, "text/csv", "application/jsonl")
            .ProducesProblem(422);
    }

    private static async Task<IResult> Export<T>(
        HttpContext context,
        FeedKind kind,
        Func<FeedRange, CancellationToken, Task<Numbered<T>[]>> read,
        ExportColumns<T> columns
    )
    {
        var (query, stop) = (new Query(context), context.RequestAborted);
        var format = query.Word<ExportFormat>("format") ?? ExportFormat.Csv;
        var range = new FeedRange(
            query.Count("after"),
            0,
            Piece,
            query.Time("from"),
            query.Time("to"),
            query.Subscribers
        );
        if (query.Problem is { } problem)
            return problem;
        var through = await context.RequestServices.GetRequiredService<IFeed>().Settled(kind, stop);
        range = range with { Through = Math.Max(through, range.After) };
        Begin(context.Response, format, kind, range.Through);
        if (format == ExportFormat.Csv)
            await context.Response.WriteAsync(columns.Head, stop);
        while (await read(range, stop) is { Length: > 0 } rows)
        {
            await context.Response.WriteAsync(Lines(rows, format, columns), stop);
            if (rows.Length < Piece)
                break;
            range = range with { After = rows[^1].Seq };
        }
        return Results.Empty;
    }

    private static void Begin(HttpResponse response, ExportFormat format, FeedKind kind, long through)
    {
        var isCsv = format == ExportFormat.Csv;
        response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/jsonl";
        response.Headers[ThroughHeader] = through.ToString(CultureInfo.InvariantCulture);
        var name = $"{(kind == FeedKind.Cdr ? "cdrs" : "events")}-{through}.{(isCsv ? "csv" : "jsonl")}";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
    }

    private static string Lines<T>(Numbered<T>[] rows, ExportFormat format, ExportColumns<T> columns)
    {
        var text = new StringBuilder();
        foreach (var (seq, value) in rows)
        {
            if (format == ExportFormat.Csv)
                text.Append(seq).Append(',').AppendJoin(',', columns.Cells(value).Select(CsvCell.Of)).Append("\r\n");
            else
                text.Append(JsonLine(seq, value)).Append('\n');
        }
        return text.ToString();
    }

    private static string JsonLine<T>(long seq, T value) =>
        $"{{\"seq\":{seq},{JsonSerializer.Serialize(value, ContractJson.Options).AsSpan(1)}";

    private static readonly ExportColumns<CallDetailRecord> Cdrs = new(
        "seq," + CdrEndpoints.Head,
        CdrEndpoints.CellsOf
    );

    private static readonly ExportColumns<EventLog> Events = new(
        "seq,event_id,device_id,event_type,occurred_at,received_at,payload,incidents,trace_id\r\n",
        log =>
            [
                log.EventId,
                log.DeviceId,
                log.EventType,
                UtcTimeJson.Text(log.OccurredAt),
                UtcTimeJson.Text(log.ReceivedAt),
                log.Payload.Text,
                string.Join(' ', log.Incidents),
                log.TraceId,
            ]
    );
}

public enum ExportFormat
{
    /// <summary>RFC 4180, with a line of names; what a spreadsheet would take for a formula is plain text.</summary>
    Csv,

    /// <summary>One JSON object on each line, ended by a line feed.</summary>
    Jsonl,
}

/// <param name="Head">The line of names, ended.</param>
internal sealed record ExportColumns<T>(string Head, Func<T, object?[]> Cells);
