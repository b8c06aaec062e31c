using System.Globalization;
using IotOrleans.Access;
using IotOrleans.Http;
using IotOrleans.Subscribers;

namespace IotOrleans.Postings;

/// <summary>SMS both ways: what people send, what a gateway brings, and what it says became of ours.</summary>
public static class SmsEndpoints
{
    public static void MapSms(this IEndpointRouteBuilder routes)
    {
        var sms = routes.MapGroup("/sms").WithTags("SMS");
        sms.MapGet("", List)
            .RequireAuthorization(Policies.Read)
            .WithSummary("SMS both ways, newest first")
            .Produces<Listing<SmsView>>();
        sms.MapGet("/{message_id:guid}", Look)
            .RequireAuthorization(Policies.Read)
            .WithSummary("One SMS and what became of it")
            .Produces<SmsView>()
            .ProducesProblem(404);
        sms.MapGroup("")
            .Audited()
            .MapPost("", Send)
            .RequireAuthorization(Policies.Command)
            .WithSummary("Sends an SMS; the same message_id again is the same message")
            .Accepts<SmsBody>("application/json")
            .Produces<SmsView>(202)
            .ProducesProblem(422);
        foreach (var method in new[] { "GET", "POST" })
        {
            sms.MapMethods("/inbound", [method], TakeIn)
                .RequireAuthorization(Policies.Gateway)
                .WithSummary("An SMS for a subscriber: JSON, or the parameters of Kannel's sms-service")
                .Produces<SmsView>(202)
                .ProducesProblem(404);
            sms.MapMethods("/dlr", [method], Report)
                .RequireAuthorization(Policies.Gateway)
                .WithSummary(
                    "A delivery report: message_id and Kannel's status (1 delivered, 2 not, 8 accepted, 16 refused)"
                )
                .Produces(204)
                .ProducesProblem(404);
        }
    }

    private static Task<IResult> List(HttpContext context, IPostingLists lists) =>
        context.List(
            "sms",
            async (query, page) =>
            {
                var filter = new PostingFilter(true, query.Number("msisdn"), false, query.Subscribers);
                var found = await lists.List(filter, page, context.RequestAborted);
                return new Page<SmsView>([.. found.Items.Select(SmsView.Of)], found.Next);
            }
        );

    private static async Task<IResult> Look(Guid message_id, HttpContext context, IGrainFactory grains) =>
        await grains.Posting(message_id).Look() is { } posting
        && posting.Order.Kind is PostingKind.Sms or PostingKind.IncomingSms
        && Visible(posting, context)
            ? TypedResults.Ok(SmsView.Of(posting))
            : Problems.NotFound;

    private static async Task<IResult> Send(HttpContext context, Body bodies, IGrainFactory grains)
    {
        var (body, problem) = await bodies.Read<SmsBody>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        Text(body.Text, errors);
        errors.Line(body.From, "from", 16);
        errors.Unless(!NumberPlan.IsEmergency(body.To), "to", "emergency services take no SMS from here");
        if (errors.Any)
            return Problems.Validation(errors);
        var id = body.MessageId ?? Guid.CreateVersion7();
        return await Post(grains, id, new(PostingKind.Sms, body.To.ToString(), body.Text, body.From));
    }

    /// <summary>By the gateway's own id it is the same message however often it comes.</summary>
    private static async Task<IResult> TakeIn(
        HttpContext context,
        Body bodies,
        NumberPlan numbers,
        TimeProvider clock,
        IGrainFactory grains
    )
    {
        var (came, problem) = await Read(context, bodies);
        if (came is null)
            return problem!;
        var errors = new FieldErrors();
        Text(came.Text, errors);
        errors.Unless(came.From is { Length: > 0 and <= 64 } && !came.From.Any(char.IsControl), "from", "is required");
        errors.Line(came.MessageId, "message_id", 128);
        errors.Unless(numbers.TryRead(came.To, out var to), "to", "is not a telephone number");
        if (errors.Any)
            return Problems.Validation(errors);
        var from = numbers.TryRead(came.From, out var sender) ? sender.ToString() : came.From!;
        var sms = new IncomingSms(from, to, came.Text!, came.MessageId);
        var answer = await sms.Arrive(grains, clock);
        return answer.Value is { } posting
            ? Accepted(posting, posting.Order.Content == sms.Text)
            : Problems.Of(answer.Refusal);
    }

    private static async Task<IResult> Report(HttpContext context, IGrainFactory grains)
    {
        var query = context.Request.Query;
        if (!Guid.TryParse(query["message_id"], out var id))
            return Problems.Validation("message_id", "is not one of ours");
        if (!int.TryParse(query["status"], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            return Problems.Validation("status", "is not a number");
        var refusal = status switch
        {
            1 => await grains.Posting(id).Confirm(true, "delivered, says the gateway"),
            2 or 16 => await grains.Posting(id).Confirm(false, "not delivered, says the gateway"),
            // On its way: nothing that is not known.
            4 or 8 => await grains.Posting(id).Look() is null ? Refusal.NotFound : Refusal.None,
            _ => Refusal.UnknownReference,
        };
        return refusal switch
        {
            Refusal.None or Refusal.AlreadyDone => TypedResults.NoContent(),
            Refusal.UnknownReference => Problems.Validation("status", "is none of 1, 2, 4, 8, 16"),
            _ => Problems.Of(refusal),
        };
    }

    private static async Task<(IncomingBody? Body, IResult? Problem)> Read(HttpContext context, Body bodies)
    {
        if (context.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true)
            return await bodies.Read<IncomingBody>(context);
        var query = context.Request.Query;
        var text = KannelText.Read(context.Request.QueryString.Value ?? "", query["charset"]) ?? query["text"];
        return (new(query["from"], query["to"], text, One(query["message_id"]) ?? One(query["id"])), null);

        static string? One(string? text) => string.IsNullOrEmpty(text) ? null : text;
    }

    private static async Task<IResult> Post(IGrainFactory grains, Guid id, PostingOrder order)
    {
        var answer = await grains.Posting(id).Post(order);
        var posting = answer.Value!;
        return Accepted(posting, posting.Order with { IncidentId = null } == order);
    }

    private static IResult Accepted(Posting posting, bool isSame) =>
        isSame
            ? TypedResults.Accepted($"/api/v1/sms/{posting.PostingId}", SmsView.Of(posting))
            : Problems.Of(Refusal.Conflict, "Another message has this id.");

    private static void Text(string? text, FieldErrors errors) =>
        errors.Unless(
            IncomingSms.IsText(text),
            "text",
            $"must be 1 to {IncomingSms.TextMax} characters without control characters"
        );

    private static bool Visible(Posting posting, HttpContext context) =>
        context.Caller().Subscribers is not { } numbers
        || numbers.Any(number => number.ToString() == posting.Order.Target || number.ToString() == posting.Order.From);

    public sealed record SmsBody(Msisdn To, string Text, string? From = null, Guid? MessageId = null);

    public sealed record IncomingBody(string? From, string? To, string? Text, string? MessageId = null);

    /// <param name="Parts">How many SMS the text takes (3GPP TS 23.040, concatenation).</param>
    public sealed record SmsView(
        Guid MessageId,
        string Direction,
        string? From,
        string To,
        string Text,
        PostingStatus Status,
        int Attempts,
        int Parts,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt,
        Incidents.IncidentId? IncidentId,
        string? Detail
    )
    {
        public static SmsView Of(Posting posting) =>
            new(
                posting.PostingId,
                posting.Order.Kind == PostingKind.Sms ? "outbound" : "inbound",
                posting.Order.From,
                posting.Order.Target,
                posting.Order.Content,
                posting.Status,
                posting.Attempts,
                SmsText.Parts(posting.Order.Content),
                posting.CreatedAt,
                posting.UpdatedAt,
                posting.Order.IncidentId,
                posting.Detail
            );
    }
}
