using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace IotOrleans.Http;

/// <summary>
/// Every "no" as application/problem+json (RFC 9457) with a stable type. One file turns refusals into HTTP.
/// </summary>
public static class Problems
{
    private const string Prefix = "urn:iotorleans:problem:";

    public static ProblemHttpResult Of(Refusal refusal, string? detail = null) =>
        refusal switch
        {
            Refusal.NotFound => Make(404, "not-found", "Not found", detail),
            Refusal.NotAllowed => Make(403, "not-allowed", "Not allowed", detail),
            Refusal.AlreadyDone => Make(409, "already-done", "Already done", detail),
            Refusal.Conflict => Make(409, "conflict", "Something else has this name", detail),
            Refusal.AnsweredElsewhere => Make(409, "answered-elsewhere", "Answered elsewhere", detail),
            Refusal.Ended => Make(409, "ended", "Already over", detail),
            Refusal.LimitReached => Make(429, "limit-reached", "Limit reached", detail),
            Refusal.UnknownReference => Unknown(detail ?? ""),
            _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "Not a refusal."),
        };

    public static ProblemHttpResult NotFound => Of(Refusal.NotFound);

    public static ProblemHttpResult Validation(FieldErrors errors) => Validation(errors.ByField);

    public static ProblemHttpResult Validation(string field, string words) =>
        Validation(new Dictionary<string, string[]> { [field] = [words] });

    public static IResult TooLarge(int max) =>
        Make(413, "too-large", "Too large", $"The body may have {max.ToString(CultureInfo.InvariantCulture)} bytes.");

    public static IResult NotJson => Make(415, "not-json", "Not JSON", "The body must be application/json.");

    public static IResult TooMany(HttpContext context, TimeSpan retryAfter)
    {
        SetRetry(context, retryAfter);
        return Make(429, "too-many-requests", "Too many requests", null);
    }

    public static IResult Unavailable(HttpContext context, string detail)
    {
        SetRetry(context, TimeSpan.FromSeconds(1));
        return Make(503, "unavailable", "Unavailable", detail);
    }

    public static ProblemHttpResult Make(int status, string type, string title, string? detail) =>
        TypedResults.Problem(
            new ProblemDetails
            {
                Status = status,
                Type = Prefix + type,
                Title = title,
                Detail = detail,
            }
        );

    /// <summary>The trace as it stands everywhere else: 32 hex digits, to be looked for in the lists.</summary>
    public static void NameTrace(ProblemDetailsContext problem)
    {
        if (Activity.Current is { } activity)
            problem.ProblemDetails.Extensions["trace_id"] = activity.TraceId.ToHexString();
    }

    private static ProblemHttpResult Unknown(string field) => Validation(field, "names something that does not exist");

    private static ProblemHttpResult Validation(IReadOnlyDictionary<string, string[]> errors) =>
        TypedResults.Problem(
            new HttpValidationProblemDetails(errors.ToDictionary())
            {
                Status = 422,
                Type = Prefix + "validation",
                Title = "The request has mistakes",
            }
        );

    private static void SetRetry(HttpContext context, TimeSpan after) =>
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(after.TotalSeconds))
            .ToString(CultureInfo.InvariantCulture);
}
