using System.Globalization;
using System.Text.Json.Nodes;
using IotOrleans.Actions;
using IotOrleans.Events;
using IotOrleans.Json;
using IotOrleans.Postings;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IotOrleans.Alerts;

/// <summary>
/// Brings an alert to whoever is to hear it: as a posting, which outlives us. While nothing can be made durable it is
/// posted from here, again and again for an hour.
/// </summary>
public sealed partial class AlertDesk(
    IGrainFactory grains,
    IWebhookSender webhooks,
    IOptions<AlertOptions> options,
    TimeProvider clock,
    ILogger<AlertDesk> log
)
{
    /// <summary>The part that cannot bring the news of its own end.</summary>
    public const string SmsCentre = "sms_centre";

    private const int WaitingMax = 100;

    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<Alert> _waiting = [];

    public async Task Tell(Outage outage, bool isOver, CancellationToken stopping)
    {
        if (options.Value.Webhook is { } address)
            await Bring(Alert.Of(outage, isOver, PostingKind.Webhook, address.ToString(), clock), stopping);
        if (options.Value.Sms is { } number && outage.Part != SmsCentre)
            await Bring(Alert.Of(outage, isOver, PostingKind.Sms, number, clock), stopping);
    }

    /// <summary>What could not be brought before.</summary>
    public async Task TryAgain(CancellationToken stopping)
    {
        foreach (var alert in _waiting.ToList())
        {
            _waiting.Remove(alert);
            await Bring(alert, stopping);
        }
    }

    private async Task Bring(Alert alert, CancellationToken stopping)
    {
        try
        {
            await grains.Posting(alert.Id).Post(alert.Order);
            return;
        }
        catch (Exception trouble) when (trouble is JournalUnavailableException or TimeoutException or OrleansException)
        {
            LogNotKept(alert.Id, trouble.Message);
        }
        if (alert.Order.Kind == PostingKind.Webhook && await PostFromHere(alert, stopping))
            return;
        if (clock.GetUtcNow() - alert.At > Life || _waiting.Count >= WaitingMax)
            LogLost(alert.Id, alert.Order.Content);
        else
            _waiting.Add(alert);
    }

    private async Task<bool> PostFromHere(Alert alert, CancellationToken stopping)
    {
        using var late = new CancellationTokenSource(Patience, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping, late.Token);
        var (id, address) = (alert.Id.ToString("D"), new Uri(alert.Order.Target));
        return (await webhooks.Post(id, address, new JsonText(alert.Order.Content), null, stop.Token)).Delivered;
    }

    [LoggerMessage(LogLevel.Warning, "Alert {Alert} is told without being kept: {Reason}")]
    private partial void LogNotKept(Guid alert, string reason);

    [LoggerMessage(LogLevel.Error, "Alert {Alert} reached nobody: {Content}")]
    private partial void LogLost(Guid alert, string content);

    /// <summary>Named after the outage: told by whomever, it is the same posting.</summary>
    private sealed record Alert(Guid Id, PostingOrder Order, DateTimeOffset At)
    {
        public static Alert Of(Outage outage, bool isOver, PostingKind kind, string target, TimeProvider clock)
        {
            var status = isOver ? "up" : "down";
            var since = UtcTimeJson.Text(outage.Since);
            var id = NamedId.Of("alert", outage.Part, since, status, target);
            var content = kind == PostingKind.Webhook ? Json(outage, status, since) : Words(outage, isOver);
            var to =
                kind == PostingKind.Webhook ? target : Msisdn.Parse(target, CultureInfo.InvariantCulture).ToString();
            return new(id, new(kind, to, content), clock.GetUtcNow());
        }

        private static string Json(Outage outage, string status, string since) =>
            new JsonObject
            {
                ["type"] = $"part.{status}",
                ["data"] = new JsonObject
                {
                    ["part"] = outage.Part,
                    ["since"] = since,
                    ["detail"] = outage.Detail,
                },
            }.ToJsonString(ContractJson.Options);

        private static string Words(Outage outage, bool isOver) =>
            isOver
                ? $"IotOrleans: {outage.Part} is back."
                : $"IotOrleans: {outage.Part} is away since {outage.Since.UtcDateTime:HH:mm} UTC. {outage.Detail}";
    }
}
