using IotOrleans.Access;
using IotOrleans.Http;

namespace IotOrleans.Postings;

/// <summary>What could not be told to the world outside, to be looked at and tried again by hand.</summary>
public static class DeadLetterEndpoints
{
    public static void MapDeadLetters(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/dead-letters", List)
            .WithTags("SMS")
            .RequireAuthorization(Policies.Command)
            .WithSummary("SMS, webhooks and notices whose last try has failed, newest first")
            .Produces<Listing<Posting>>();
        routes
            .MapGroup("/dead-letters")
            .WithTags("SMS")
            .RequireAuthorization(Policies.Command)
            .Audited()
            .MapPost("/{posting_id:guid}/replay", Replay)
            .WithSummary("Begins anew with one of them, under the same id")
            .Produces(202)
            .ProducesProblem(409);
    }

    private static Task<IResult> List(HttpContext context, IPostingLists lists) =>
        context.List(
            "dead-letters",
            (query, page) => lists.List(new(null, query.Number("msisdn"), Failed: true), page, context.RequestAborted)
        );

    private static async Task<IResult> Replay(Guid posting_id, IGrainFactory grains)
    {
        var refusal = await grains.Posting(posting_id).Replay();
        return refusal == Refusal.None ? TypedResults.Accepted("/api/v1/dead-letters") : Problems.Of(refusal);
    }
}
