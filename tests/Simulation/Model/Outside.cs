using IotOrleans.Actions;
using IotOrleans.Devices;
using IotOrleans.Json;
using IotOrleans.Rules;
using IotOrleans.Speakers;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation;

/// <summary>An SMS centre that takes, refuses, or is not heard.</summary>
internal sealed class ModelCentre(World world, Life life) : IMessageCentre
{
    public Task<Delivery> Send(
        string messageId,
        string? from,
        Msisdn to,
        string text,
        CancellationToken cancellation
    ) => Handing.Over(world, life, "sms", messageId, to.ToString());
}

/// <summary>Web addresses likewise.</summary>
internal sealed class ModelWebhooks(World world, Life life) : IWebhookSender
{
    public Task<Delivery> Post(
        string messageId,
        Uri address,
        JsonText body,
        Guid? subscription,
        CancellationToken cancellation
    ) => Handing.Over(world, life, "webhook", messageId, address.ToString());
}

internal static class Handing
{
    public static Task<Delivery> Over(World world, Life life, string kind, string id, string target)
    {
        var answer = new TaskCompletionSource<Delivery>();
        var attempt = world.Ledger.Handed(id);
        var luck = world.Chance.Of(kind, Guid.Parse(id), attempt);
        var isTaken = luck.Of("taken").In(75);
        var isHeard = luck.Of("heard").In(90);
        world.Calendar.After(
            luck.Of("there").Span(2, 60),
            () =>
            {
                if (isTaken)
                    world.Ledger.Arrived(id, kind, target);
            }
        );
        world.Calendar.After(
            luck.Of("back").Span(70, 900),
            () =>
            {
                if (life.IsAlive)
                    answer.SetResult(
                        !isHeard ? new(false, Unsure: true, Detail: "no answer")
                        : isTaken ? new(true)
                        : new(false, MayRetry: luck.Of("again").In(80), Detail: "refused")
                    );
            }
        );
        return answer.Task;
    }
}

/// <summary>The rules about whole types, as every process reads them.</summary>
internal sealed class ModelRuleBook(House house) : IRuleBook
{
    public Rule[] For(DeviceType type, string eventType) =>
        RuleList.For(eventType, [.. house.Rules.Where(rule => rule.Scope.DeviceType == type)]);

    public Task Refresh() => Task.CompletedTask;
}

/// <summary>A speaker at home, and somebody who may hear it.</summary>
internal sealed class ModelSpeaker(World world, Life life, DeviceId device) : ISpeakerObserver
{
    private readonly HashSet<string> _heard = [];

    public Task Hear(string connectionId, SpeakerNotice notice)
    {
        if (notice is RingNotice ring && _heard.Add($"ring {ring.CallId}"))
            Rings(ring);
        else if (notice is AnnouncementNotice said && _heard.Add(said.AnnouncementId))
            Says(said);
        return Task.CompletedTask;
    }

    private void Rings(RingNotice ring)
    {
        var luck = world.Chance.Of(device.Value, ring.CallId.Value);
        var act = luck.Of("act").Below(10);
        if (act < 5)
            world.Calendar.After(luck.Of("when").Span(500, 20_000), () => Answer(ring, luck, again: true));
        else if (act < 7)
            life.DoAfter(
                luck.Of("when").Span(500, 20_000),
                $"{device} rejects",
                () => life.Grains.CallLeg(ring.CallId).Reject(device)
            );
    }

    private void Answer(RingNotice ring, Chance luck, bool again) =>
        life.Do(
            $"{device} answers {world.Name(ring.CallId)}",
            async () =>
            {
                try
                {
                    var refusal = await life.Grains.CallLeg(ring.CallId).Answer(device);
                    world.Ledger.SpeakerAnswered(ring.CallId, device, refusal);
                }
                catch (Exception trouble) when (HouseLog.IsOfTheWorld(trouble) && again)
                {
                    await Task.Delay(luck.Of("again").Span(200, 4_000), life.Time);
                    Answer(ring, luck, again: false);
                }
            }
        );

    private void Says(AnnouncementNotice said)
    {
        var luck = world.Chance.Of($"{device} reads {said.AnnouncementId}");
        if (!luck.In(20))
            return;
        life.DoAfter(
            luck.Of("when").Span(1_000, 60_000),
            $"{device} reads",
            async () =>
            {
                world.Ledger.MayBeAcknowledged(said.Incident);
                await life.Grains.Speaker(device).Acknowledge(said.AnnouncementId);
            }
        );
    }
}
