using IotOrleans.Calls;
using IotOrleans.Devices;

namespace IotOrleans.Subscribers;

/// <summary>Makes the plan of a call from what is settled for the number. Pure.</summary>
internal static class CallPlans
{
    /// <summary>Who rings, in which order. Null when the number is not ours.</summary>
    public static CallPlan? For(SubscriberBox box, CallQuestion question)
    {
        var settings = box.Settings ?? new SubscriberSettings();
        var policy = settings.Policy ?? new CallPolicy();
        var targets = Targets(box, policy);
        RingTarget[] fallback = policy.Fallback ?? [];
        if (settings.Line == LineUse.Sms || (targets.Length == 0 && fallback.Length == 0))
            return null;
        var rule = Array.Find(settings.Callers ?? [], rule => rule.Is(question.Caller));
        if (rule is { Action: CallerVerdict.Block })
            return new([], Refusal: "CALL_REJECTED");
        var isDisturbed = settings.DoNotDisturbUntil > question.Now && rule is not { Action: CallerVerdict.Allow };
        RingStep[] home = isDisturbed ? [] : Steps(policy, Present(targets, policy, question), question.Turn);
        RingStep[] all = [.. home, .. fallback.Select(target => new RingStep([target], policy.RingSeconds))];
        var name = rule is { Action: CallerVerdict.Announce } ? rule.Name : null;
        return all.Length > 0
            ? new(all, home.Length, CallerName: name)
            : new([], Refusal: isDisturbed ? HangupCauses.UserBusy : HangupCauses.NoAnswer);
    }

    /// <summary>Where a text is shown; null when its sender is blocked.</summary>
    public static DeviceId[]? ForSms(SubscriberBox box, string from)
    {
        if (Array.Find(box.Settings?.Callers ?? [], rule => rule.Is(from)) is { Action: CallerVerdict.Block })
            return null;
        return Speakers(box) is { Length: > 0 } chosen ? chosen : box.Speakers;
    }

    /// <summary>The speakers and displays that the settled targets come to.</summary>
    public static DeviceId[] Speakers(SubscriberBox box) =>
        [
            .. Targets(box, box.Settings?.Policy ?? new())
                .Where(target => target.DeviceId is not null)
                .Select(target => target.DeviceId!.Value),
        ];

    public static bool TakesSms(SubscriberBox box) =>
        (box.Settings?.Line ?? LineUse.Both) != LineUse.Calls
        && (
            Targets(box, box.Settings?.Policy ?? new()).Length > 0 || box.Settings?.Policy?.Fallback is { Length: > 0 }
        );

    public static bool Knows(SubscriberBox box, RingTarget target) =>
        target is { DeviceId: { } device }
            ? box.Speakers.Contains(device)
            : (box.Settings?.Policy?.Targets ?? []).Contains(target)
                || (box.Settings?.EmergencyContacts ?? []).Any(contact => contact.Msisdn == target.Msisdn);

    private static RingTarget[] Targets(SubscriberBox box, CallPolicy policy) =>
        policy.Targets is { Length: > 0 } chosen
            ? [.. chosen.SelectMany(target => target.Room is { } room ? In(box, room) : [target]).Distinct()]
            : [.. box.Speakers.Select(speaker => new RingTarget(DeviceId: speaker))];

    private static IEnumerable<RingTarget> In(SubscriberBox box, string room) =>
        box
            .Devices.Where(device => device.CanRing && room.Equals(device.Room, StringComparison.OrdinalIgnoreCase))
            .Select(device => new RingTarget(DeviceId: device.DeviceId));

    private static RingTarget[] Present(RingTarget[] targets, CallPolicy policy, CallQuestion question) =>
        policy.SkipAway
            ? Array.FindAll(targets, target => target.DeviceId is not { } device || !question.Away.Contains(device))
            : targets;

    private static RingStep[] Steps(CallPolicy policy, RingTarget[] targets, int turn)
    {
        if (targets.Length == 0)
            return [];
        if (policy.Mode == RingMode.Simultaneous)
            return [new(targets, policy.RingSeconds)];
        var first = policy.Mode == RingMode.RoundRobin ? turn % targets.Length : 0;
        return
        [
            .. targets[first..].Concat(targets[..first]).Select(target => new RingStep([target], policy.RingSeconds)),
        ];
    }
}

/// <summary>What a plan depends on beside what is settled.</summary>
/// <param name="Caller">As the network gave it; empty when it is withheld.</param>
/// <param name="Turn">How many calls there were before; for round robin.</param>
/// <param name="Away">Speakers that are not connected; only looked at when the policy passes over them.</param>
internal sealed record CallQuestion(string Caller, DateTimeOffset Now, int Turn, IReadOnlyCollection<DeviceId> Away);
