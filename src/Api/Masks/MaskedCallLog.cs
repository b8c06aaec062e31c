using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>A SIP server that joins masked calls by itself tells here how they ended.</summary>
public static class MaskedCallLog
{
    /// <summary>Statuses of SIP (RFC 3261) in FreeSWITCH's words.</summary>
    private static readonly Dictionary<int, string> Causes = new()
    {
        [200] = "NORMAL_CLEARING",
        [403] = "CALL_REJECTED",
        [404] = "UNALLOCATED_NUMBER",
        [408] = "NO_ANSWER",
        [410] = "NUMBER_CHANGED",
        [480] = "NO_USER_RESPONSE",
        [486] = "USER_BUSY",
        [487] = "ORIGINATOR_CANCEL",
        [488] = "INCOMPATIBLE_DESTINATION",
        [503] = "NORMAL_TEMPORARY_FAILURE",
        [600] = "USER_BUSY",
        [603] = "CALL_REJECTED",
    };

    public static void MapMaskedCallLog(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/masks/calls", Take)
            .WithTags("Masks")
            .RequireAuthorization(Policies.Gateway)
            .WithSummary("A masked call that a SIP server joined by itself is over; told twice, it is one")
            .Accepts<CallBody>("application/json")
            .Produces(201)
            .Produces(200);

    private static async Task<IResult> Take(HttpContext context, Body bodies, NumberPlan numbers, IMaskedCallLog log)
    {
        var (body, problem) = await bodies.Read<CallBody>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Unless(Names.IsLine(body.CallId, 256), "call_id", "is required, at most 256 characters");
        errors.Unless(body.From is not { Length: > 64 }, "from", "has more than 64 characters");
        errors.Range(body.SipStatus, 100, 699, "sip_status");
        // Seconds that a calendar knows: before the year 2100.
        errors.Unless(body.Started is > 0 and < 4_102_444_800, "started", "is no time");
        errors.Unless(body.Ended >= body.Started && body.Ended < 4_102_444_800, "ended", "is before it started");
        errors.Unless(
            body.Answered is null || (body.Answered >= body.Started && body.Answered <= body.Ended),
            "answered",
            "is not between start and end"
        );
        if (errors.Any)
            return Problems.Validation(errors);
        var from = numbers.TryRead(body.From, out var caller) ? caller.ToString() : "";
        var report = new MaskedCallReport(
            body.CallId!,
            from,
            body.Shown,
            body.Unmapped
                ? MaskedCallStatuses.UnmappedCause
                : Causes.GetValueOrDefault(body.SipStatus, "NORMAL_UNSPECIFIED"),
            Time(body.Started),
            body.Answered is { } answered ? Time(answered) : null,
            Time(body.Ended)
        );
        return await log.Write(report, context.RequestAborted) == Refusal.None ? Results.StatusCode(201) : Results.Ok();
    }

    private static DateTimeOffset Time(double seconds) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));

    /// <param name="CallId">The Call-ID of SIP.</param>
    /// <param name="From">Empty or absent when it is withheld.</param>
    /// <param name="Started">Seconds since 1970, with a fraction; likewise the others.</param>
    /// <param name="Unmapped">Nobody was behind the number, and it rang nowhere.</param>
    public sealed record CallBody(
        string? CallId,
        Msisdn Shown,
        int SipStatus,
        double Started,
        double Ended,
        double? Answered = null,
        string? From = null,
        bool Unmapped = false
    );
}
