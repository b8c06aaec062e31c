using IotOrleans.Devices;
using IotOrleans.Subscribers;

namespace IotOrleans.Rules;

internal sealed class RuleGrain([PersistentState("rule")] IPersistentState<RuleBox> box, IRuleBook book)
    : Grain,
        IRuleGrain
{
    public async Task<Answer<Rule>> Define(Rule rule, bool replace)
    {
        var known = box.State.Rule;
        if (known is not null && !replace)
        {
            var same = RuleBox.Same(known, rule);
            if (!same)
                return Refusal.Conflict;
            if (box.State.Placed)
                return new(Refusal.AlreadyDone, known);
        }
        if (await FindUnknown(rule) is { } field)
            return new(Refusal.UnknownReference, null, field);

        var next = rule with { Version = (known?.Version ?? 0) + 1 };
        // Written as not yet placed: after a crash in between the next definition, or start, places it.
        await box.Save(new() { Rule = next, Placed = false });
        if (known is not null && known.Scope != next.Scope)
            await Displace(known);
        var placed = await Place(next);
        if (placed != Refusal.None)
            return placed;
        await box.Save(new() { Rule = next, Placed = true });
        if (next.Scope.DeviceType is not null)
            await book.Refresh();
        return next;
    }

    public Task<Rule?> Look() => Task.FromResult(box.State.Rule);

    public async Task<Refusal> Remove()
    {
        if (box.State.Rule is not { } rule)
            return Refusal.NotFound;
        await Displace(rule);
        await box.Forget();
        if (rule.Scope.DeviceType is not null)
            await book.Refresh();
        return Refusal.None;
    }

    /// <summary>The first member that names a device which does not exist.</summary>
    private async Task<string?> FindUnknown(Rule rule)
    {
        if (await IsUnknown(rule.Scope.DeviceId))
            return "scope.device_id";
        for (var index = 0; index < rule.Actions.Length; index++)
        {
            var named = rule.Actions[index] switch
            {
                NotifyDeviceAction notify => notify.DeviceId,
                CommandDeviceAction command => command.DeviceId,
                BridgeAction bridge => bridge.DeviceId,
                _ => (DeviceId?)null,
            };
            if (await IsUnknown(named))
                return $"actions[{index}].device_id";
        }
        return null;
    }

    private async ValueTask<bool> IsUnknown(DeviceId? device) =>
        device is { } id && await GrainFactory.Device(id).Look() is null;

    private async Task<Refusal> Place(Rule rule)
    {
        if (rule.Scope.DeviceId is { } device)
            return await GrainFactory.Device(device).Hold(rule);
        if (rule.Scope.Msisdn is not { } number)
            return Refusal.None;
        var held = await GrainFactory.Subscriber(number).Hold(rule);
        if (held.Refusal == Refusal.None)
            await Tell(held.Value);
        return held.Refusal;
    }

    private async Task Displace(Rule rule)
    {
        if (rule.Scope.DeviceId is { } device)
            await GrainFactory.Device(device).Drop(rule.RuleId);
        if (rule.Scope.Msisdn is { } number)
            await Tell(await GrainFactory.Subscriber(number).Drop(rule.RuleId));
    }

    private Task Tell(WatchOrder? order) =>
        order is null
            ? Task.CompletedTask
            : Task.WhenAll(order.Devices.Select(device => GrainFactory.Device(device).Watch(order.Watch)));
}

/// <summary>What a rule grain stores.</summary>
[GenerateSerializer, Alias("iot.rule-box")]
public sealed record RuleBox
{
    [Id(0)]
    public Rule? Rule { get; init; }

    /// <summary>Whether the holder of the rule has it.</summary>
    [Id(1)]
    public bool Placed { get; init; }

    /// <summary>
    /// The same but for the version. Records compare arrays by reference, so the written forms are compared.
    /// </summary>
    public static bool Same(Rule left, Rule right) => Written(left) == Written(right);

    private static string Written(Rule rule) =>
        System.Text.Json.JsonSerializer.Serialize(rule with { Version = 0 }, Json.ContractJson.Options);
}
