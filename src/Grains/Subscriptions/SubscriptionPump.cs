using IotOrleans.Events;
using IotOrleans.Feed;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IotOrleans.Subscriptions;

/// <summary>
/// Turns what has happened into a posting for everybody who wants to hear of it. The posting is named after both, and
/// the position moves on only when it is durable: a crash in between makes the same posting again, which is none.
/// </summary>
public sealed partial class SubscriptionPump(
    ISubscriptionStore store,
    IFeed feed,
    IShift shift,
    IGrainFactory grains,
    IOptions<NoticeOptions> notices,
    TimeProvider clock,
    ILogger<SubscriptionPump> log
) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>
    /// On their way to one subscriber at a time. While he is away the rest waits where it is, which costs nothing.
    /// </summary>
    private const int WaitingMax = 500;

    private const int AtOnce = 16;

    private static readonly FeedKind[] Kinds = Enum.GetValues<FeedKind>();

    // Only ever behind the truth: what is read again is a posting that exists.
    private readonly Dictionary<(Guid, FeedKind), long> _positions = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using var mine = await shift.Take("subscriptions", stoppingToken);
                if (mine is not null)
                    await Round(stoppingToken);
            }
            catch (Exception trouble)
                when (trouble is JournalUnavailableException or TimeoutException or OrleansException)
            {
                LogLater(trouble.Message);
            }
        }
    }

    private async Task Round(CancellationToken stopping)
    {
        var active = await store.Active(stopping);
        foreach (var gone in _positions.Keys.Where(key => !active.Any(one => IdOf(one) == key.Item1)).ToList())
            _positions.Remove(gone);
        foreach (var kind in Kinds)
        {
            var wanting = Array.FindAll(active, one => one.Subscription.Wants(kind));
            if (wanting.Length == 0)
                continue;
            var settled = await feed.Settled(kind, stopping);
            foreach (var one in wanting)
                await Follow(one, kind, settled, stopping);
        }
    }

    private async Task Follow(ActiveSubscription active, FeedKind kind, long settled, CancellationToken stopping)
    {
        var (key, reader) = ((IdOf(active), kind), active.Subscription.Reader);
        if (!_positions.TryGetValue(key, out var after))
            after = _positions[key] = await feed.Position(reader, kind, stopping);
        var room = WaitingMax - active.Waiting;
        if (after >= settled || room <= 0)
            return;
        var types = kind == FeedKind.Event ? active.Subscription.Events : null;
        var range = new FeedRange(after, settled, room, Numbers: active.Numbers, EventTypes: types);
        var messages = await FeedMessage.Read(feed, kind, range, stopping);
        await Parallel.ForEachAsync(
            messages.Where(message => message.Call is not { } call || active.Subscription.Wants(call.Status)),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stopping },
            async (message, _) => await Post(active.Subscription, message)
        );
        _positions[key] = messages.Length < room ? settled : messages[^1].Seq;
        await feed.Advance(reader, kind, _positions[key], stopping);
    }

    private Task Post(Subscription subscription, FeedMessage message)
    {
        var target = NoticeTarget.Of(subscription.Url);
        var content =
            target.IsForPeople && message.Call is { } call ? NoticeText.Of(call, notices.Value.TimeZone) : message.Body;
        return grains
            .Posting(NamedId.Of("subscription", subscription.Reader, message.MessageId.ToString("D")))
            .Post(new(target.Kind, target.Address, content, SubscriptionId: subscription.SubscriptionId));
    }

    private static Guid IdOf(ActiveSubscription active) => active.Subscription.SubscriptionId;

    [LoggerMessage(LogLevel.Warning, "Subscribers hear of what happened a little later: {Reason}")]
    private partial void LogLater(string reason);
}
