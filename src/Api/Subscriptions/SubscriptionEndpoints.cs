using IotOrleans.Access;
using IotOrleans.Feed;
using IotOrleans.Hooks;
using IotOrleans.Http;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Options;

namespace IotOrleans.Subscriptions;

/// <summary>
/// Who wants to hear of what happens, and where. A partner sees his own, and hears of his own numbers.
/// </summary>
public static class SubscriptionEndpoints
{
    public static void MapSubscriptions(this IEndpointRouteBuilder routes)
    {
        var subscriptions = routes
            .MapGroup("/subscriptions")
            .WithTags("Subscriptions")
            .RequireAuthorization(Policies.Subscribe)
            .Audited(Now);
        subscriptions.MapGet("", List).WithSummary("Subscriptions, newest first").Produces<Listing<SubscriptionView>>();
        subscriptions
            .MapGet("/{subscription_id:guid}", Look)
            .WithSummary("One subscription, and how many posts wait for it")
            .Produces<SubscriptionView>()
            .ProducesProblem(404);
        subscriptions
            .MapPost("", Add)
            .WithSummary(
                "What happens from now on, by signed posts (Standard Webhooks; the secret is shown this once); "
                    + "or masked calls in words, telegram: to a chat or mailto: an address"
            )
            .Accepts<SubscriptionBody>("application/json")
            .Produces<SubscriptionView>(201)
            .Produces<SubscriptionView>()
            .ProducesProblem(409)
            .ProducesProblem(422)
            .ProducesProblem(429);
        subscriptions
            .MapDelete("/{subscription_id:guid}", Remove)
            .WithSummary("Ends a subscription; posts that wait for it fail")
            .Produces(204)
            .ProducesProblem(404);
    }

    private static async Task<object?> Now(HttpContext context) =>
        Guid.TryParse(context.Named("subscription_id"), out var id)
        && await Own(id, context, context.Of<ISubscriptionStore>()) is { } found
            ? SubscriptionView.Of(found.Subscription)
            : null;

    private static Task<IResult> List(HttpContext context, ISubscriptionStore store) =>
        context.List(
            "subscriptions",
            async (_, page) =>
            {
                var found = await store.List(Only(context), page, context.RequestAborted);
                return new Page<SubscriptionView>([.. found.Items.Select(one => SubscriptionView.Of(one))], found.Next);
            }
        );

    private static async Task<IResult> Look(Guid subscription_id, HttpContext context, ISubscriptionStore store) =>
        await Own(subscription_id, context, store) is { } found
            ? TypedResults.Ok(SubscriptionView.Of(found.Subscription, waiting: found.Waiting))
            : Problems.NotFound;

    private static async Task<IResult> Add(
        HttpContext context,
        Body bodies,
        ISubscriptionStore store,
        IFeed feed,
        IOptions<SubscriptionOptions> options,
        NoticeWays ways,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<SubscriptionBody>(context);
        if (body is null)
            return problem!;
        var (caller, stop) = (context.Caller(), context.RequestAborted);
        var errors = new FieldErrors();
        SubscriptionChecks.Check(body, caller, options.Value, ways, errors);
        if (errors.Any)
            return Problems.Validation(errors);
        var id = body.SubscriptionId ?? Guid.CreateVersion7();
        if (await store.Find(id, stop) is { } known)
            return Known(known, body, caller);
        if (await store.Count(caller.Name, stop) >= options.Value.PerOwnerMax)
            return Problems.Of(Refusal.LimitReached, "You have as many subscriptions as you may have.");
        var made = body.Of(id, caller, clock.GetUtcNow());
        // From now on: where each kind stands is read before anybody can see the subscription.
        foreach (var kind in Enum.GetValues<FeedKind>().Where(made.Wants))
            await feed.Position(made.Reader, kind, stop);
        var secret = body.Secret ?? StandardWebhooks.NewSecret();
        if (!await store.Add(made, secret, stop))
            return Problems.Of(Refusal.Conflict, "Another subscription has this id.");
        var isSigned = !NoticeTarget.Of(made.Url).IsForPeople;
        var shown = SubscriptionView.Of(made, isSigned && body.Secret is null ? secret : null);
        return TypedResults.Created($"/api/v1/subscriptions/{id}", shown);
    }

    private static async Task<IResult> Remove(
        Guid subscription_id,
        HttpContext context,
        ISubscriptionStore store,
        IFeed feed
    )
    {
        if (await Own(subscription_id, context, store) is not { } found)
            return Problems.NotFound;
        await store.Remove(subscription_id, context.RequestAborted);
        await feed.Forget(found.Subscription.Reader, context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static IResult Known(ActiveSubscription known, SubscriptionBody body, Caller caller)
    {
        var there = known.Subscription;
        return
            there.Owner == caller.Name
            && there.Url == body.Url
            && there.Msisdn == body.Msisdn
            && there.EventTypes.SequenceEqual(body.EventTypes)
            ? TypedResults.Ok(SubscriptionView.Of(there, waiting: known.Waiting))
            : Problems.Of(Refusal.Conflict, "Another subscription has this id.");
    }

    private static string? Only(HttpContext context) =>
        context.Caller() is { Role: Role.Partner } partner ? partner.Name : null;

    private static async Task<ActiveSubscription?> Own(Guid id, HttpContext context, ISubscriptionStore store) =>
        await store.Find(id, context.RequestAborted) is { } found
        && (Only(context) is not { } owner || found.Subscription.Owner == owner)
            ? found
            : null;

    public sealed record SubscriptionBody(
        string Url,
        string[] EventTypes,
        Msisdn? Msisdn = null,
        string? Secret = null,
        Guid? SubscriptionId = null
    )
    {
        public Subscription Of(Guid id, Caller owner, DateTimeOffset now) =>
            new(id, owner.Name, owner.Role == Role.Partner, Url, EventTypes, Msisdn, now);
    }

    /// <param name="Secret">What the posts are signed with, if we have made it.</param>
    /// <param name="Waiting">Posts that are on their way or wait for their next try.</param>
    public sealed record SubscriptionView(
        Guid SubscriptionId,
        string Owner,
        string Url,
        string[] EventTypes,
        Msisdn? Msisdn,
        DateTimeOffset CreatedAt,
        string? Secret,
        int? Waiting
    )
    {
        public static SubscriptionView Of(Subscription one, string? secret = null, int? waiting = null) =>
            new(one.SubscriptionId, one.Owner, one.Url, one.EventTypes, one.Msisdn, one.CreatedAt, secret, waiting);
    }
}
