using IotOrleans.Actions;
using IotOrleans.Json;
using IotOrleans.Speakers;
using IotOrleans.Subscribers;

namespace IotOrleans.Postings;

/// <summary>Hands postings over, each kind to the one it is for.</summary>
internal sealed class Carrier(
    IGrainFactory grains,
    IMessageCentre messages,
    IWebhookSender webhooks,
    IEnumerable<INoticeWay> ways,
    OutsideSpeakers outside,
    IPostingBook book,
    TimeProvider clock
)
{
    /// <summary>How long the other side may take to say that it has it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>An answer to a question that is older than this is about something else.</summary>
    private static readonly TimeSpan AnswerLife = TimeSpan.FromHours(4);

    // What people write who were asked to press 1.
    private static readonly HashSet<string> Yes = new(StringComparer.OrdinalIgnoreCase)
    {
        "1",
        "ok",
        "yes",
        "да",
        "ок",
    };

    private readonly Dictionary<PostingKind, INoticeWay> _ways = ways.ToDictionary(way => way.Kind);

    public async Task<Delivery> Carry(Posting posting)
    {
        var way = _ways.GetValueOrDefault(posting.Order.Kind);
        using var late = new CancellationTokenSource(way?.Patience ?? Patience, clock);
        var (id, order) = (posting.PostingId.ToString("D"), posting.Order);
        return order.Kind switch
        {
            PostingKind.Sms => await messages.Send(
                id,
                order.From,
                Msisdn.Parse(order.Target, null),
                order.Content,
                late.Token
            ),
            PostingKind.Webhook => await webhooks.Post(
                id,
                new(order.Target),
                new JsonText(order.Content),
                order.SubscriptionId,
                late.Token
            ),
            PostingKind.IncomingSms => await Show(id, posting),
            _ when way is not null => await way.Tell(
                new(id, order.Target, order.Content, order.SubscriptionId, posting.CreatedAt),
                late.Token
            ),
            _ => new(false, MayRetry: true, "this way is not configured"),
        };
    }

    /// <summary>To every speaker of the number, each of which keeps it until it is read.</summary>
    private async Task<Delivery> Show(string id, Posting posting)
    {
        var (order, number) = (posting.Order, Msisdn.Parse(posting.Order.Target, null));
        await Acknowledge(order);
        if (await grains.Subscriber(number).PlanSms(order.From ?? "") is not { } speakers)
            return new(false, Detail: "the subscriber has blocked this sender");
        var notice = new MessageNotice(id, order.From ?? "", order.Content, posting.CreatedAt);
        foreach (var speaker in speakers)
            await outside.Reach(speaker, notice);
        return speakers.Length > 0
            ? new(true, Detail: $"shown on {speakers.Length} devices")
            : new(false, Detail: "the number has no speaker or display");
    }

    /// <summary>Somebody who was written to about an incident answers that he knows.</summary>
    private async Task Acknowledge(PostingOrder sms)
    {
        if (!Yes.Contains(sms.Content.Trim(' ', '.', '!')) || !Msisdn.TryParse(sms.From, null, out var from))
            return;
        if (await book.LastAsked(from, clock.GetUtcNow() - AnswerLife) is { } incident)
            await grains.Incident(incident).Acknowledge(from.ToString(), "answered by SMS");
    }
}
