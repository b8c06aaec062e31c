using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation;

/// <summary>
/// What really happened, as the world outside saw it: what was answered to a hub, what was ordered of a switch, who
/// pressed which key. It is what the rows are held against.
/// </summary>
internal sealed partial class Ledger(World world)
{
    private readonly List<string> _broken = [];
    private readonly Dictionary<CallId, int> _orders = [];
    private readonly Dictionary<(string, DeviceId), EventReceipt> _receipts = [];
    private readonly HashSet<(string, DeviceId)> _accepted = [];
    private readonly HashSet<(DeviceId, string)> _endedUnheard = [];
    private readonly Dictionary<string, int> _handed = [];
    private readonly Dictionary<string, int> _arrived = [];
    private readonly Dictionary<CallId, HashSet<DeviceId>> _winners = [];
    private readonly HashSet<CallId> _askedFor = [];
    private readonly HashSet<CallId> _handedOn = [];
    private readonly List<(CallId Leg, string Key, long At)> _pressed = [];
    private readonly HashSet<CallId> _pickedUp = [];
    private readonly HashSet<IncidentId> _acknowledgeable = [];
    private readonly HashSet<IncidentId> _begun = [];

    public IReadOnlyList<string> Broken => _broken;

    private Rows Rows => world.Database.Rows;

    public void Break(string what)
    {
        world.Say($"BROKEN: {what}");
        _broken.Add(what);
    }

    /// <summary>Nobody knows whether it is on the disk, or will be.</summary>
    public void Unheard(Happens happens)
    {
        if (happens.Payload.Contains(":false", StringComparison.Ordinal))
            _endedUnheard.Add((happens.Device, happens.Type));
    }

    /// <summary>Whether an end of such events was told and not heard of.</summary>
    public bool IsUnheard(DeviceId device, string type) => _endedUnheard.Contains((device, type));

    /// <summary>A hub has its answer: from now on it forgets the event.</summary>
    public void Answered(Happens happens, Answer<EventReceipt> answer)
    {
        var key = (happens.EventId, happens.Device);
        if (answer is not { Refusal: Refusal.None, Value: { } receipt })
        {
            Break($"{happens.EventId} was refused: {answer.Refusal}");
            return;
        }
        world.Say($"{happens.EventId} is answered {receipt.Status}");
        if (Rows.Event(happens.EventId, happens.Device) is not { } row)
            Break($"{happens.EventId} was answered and is not on disk");
        else if (!row.Incidents.Order(ById).SequenceEqual(receipt.Incidents.Order(ById)))
            Break($"{happens.EventId} was answered with other incidents than it has");
        if (receipt.Status == EventStatus.Accepted && !_accepted.Add(key))
            Break($"{happens.EventId} was accepted twice");
        _receipts.TryAdd(key, receipt);
    }

    public void AskedFor(CallId call) => _askedFor.Add(call);

    public void MayBeAcknowledged(IncidentId? incident)
    {
        if (incident is { } id)
            _acknowledgeable.Add(id);
    }

    public void Pressed(CallId leg, string key) => _pressed.Add((leg, key, world.Calendar.Now));

    public void PickedUp(CallId leg)
    {
        _pickedUp.Add(leg);
        world.Calendar.After(JoinedWithin, () => ExpectJoined(leg));
    }

    /// <summary>
    /// Whoever picked up a call that rings for another one hears somebody, when nothing was wrong lately.
    /// </summary>
    private void ExpectJoined(CallId leg)
    {
        var living = world.Switches.SelectMany(one => one.Living).ToArray();
        var phone = Array.Find(living, channel => channel.Id == leg);
        var parent = Rows.Leg(leg)?.ParentId;
        if (phone is null || parent is null || !living.Any(channel => channel.Id == parent && !channel.IsOver))
            return;
        // What a switch has told and nobody heard is found when the leg is looked at next: when it would have rung out.
        var isUnheard = world.Day.Acts.Any(act => act is EventsAreTroubled { Trouble.Lost: > 0 });
        if (!world.IsCalmFor(isUnheard ? UnheardMax : JoinedWithin))
            world.Calendar.After(JoinedWithin, () => ExpectJoined(leg));
        else if (!phone.IsOver && phone.Partner is null && phone.Room is null)
            Break($"leg {world.Name(leg)} was picked up, and is joined to nobody");
    }

    public void SpeakerAnswered(CallId call, DeviceId speaker, Refusal refusal)
    {
        if (refusal is not (Refusal.None or Refusal.AlreadyDone))
            return;
        var winners = _winners.TryGetValue(call, out var known) ? known : _winners[call] = [];
        if (winners.Add(speaker) && winners.Count > 1 && !_handedOn.Contains(call))
            Break($"call {world.Name(call)} was won by {string.Join(" and ", winners)}");
    }

    /// <summary>From now on another one may have it.</summary>
    public void HandedOn(CallId call) => _handedOn.Add(call);

    public int Handed(string id) => _handed[id] = _handed.GetValueOrDefault(id) + 1;

    public void Arrived(string id, string kind, string target)
    {
        world.Say($"{kind} arrives at {target}");
        _arrived[id] = _arrived.GetValueOrDefault(id) + 1;
    }

    /// <summary>The order leaves the process: from now on nothing can take it back.</summary>
    public void Sending(LegOrder order)
    {
        if (Rows.Leg(order.CallId) is { IsLifeSafety: false, Order.OrderedAt: null })
            Break($"leg {world.Name(order.CallId)} is ordered before the disk says so");
    }

    /// <summary>An order reaches the switch.</summary>
    public void Ordered(LegOrder order)
    {
        var id = order.CallId;
        if ((_orders[id] = _orders.GetValueOrDefault(id) + 1) > 1)
            Break($"leg {world.Name(id)} was ordered {_orders[id]} times");
        if (Rows.Leg(id) is not { } leg)
        {
            Break($"leg {world.Name(id)} was ordered and is not on disk");
            return;
        }
        if (leg.IsOver)
            Break($"leg {world.Name(id)} was ordered when it was over");
        if (order.Number is { } number && (NumberPlan.IsEmergency(number) || number.ToString() != leg.To))
            Break($"leg {world.Name(id)} goes to {number}");
        if (leg.IncidentId is { } owner)
            Ordered(leg, owner);
        else if (leg.ParentId is { } parent)
            OrderedFor(leg, parent);
        else if (!_askedFor.Contains(id))
            Break($"leg {world.Name(id)} was asked for by nobody");
    }

    private void OrderedFor(CallLeg leg, CallId parent)
    {
        if (Rows.Leg(parent) is not { } caller)
            Break($"leg {world.Name(leg.CallId)} rings for no call");
        else if (caller.IsOver && Rows.EndedAt[parent] < world.Calendar.Now - Grace.Ticks)
            Break($"leg {world.Name(leg.CallId)} was ordered after the call it rings for was over");
    }

    private void Ordered(CallLeg leg, IncidentId owner)
    {
        if (Rows.Incident(owner) is not { } incident)
        {
            Break($"leg {world.Name(leg.CallId)} belongs to no incident");
            return;
        }
        // An alarm does not wait for a database that does not say whether it is still wanted.
        var mayBeLate = leg.IsLifeSafety && !world.IsCalmFor(TimeSpan.FromSeconds(45));
        var late = LooksFirst(leg) ? LookLength : Grace;
        if (!mayBeLate && Rows.ClosedAt.TryGetValue(owner, out var closed) && world.Calendar.Now - closed > late.Ticks)
            Break($"leg {world.Name(leg.CallId)} was ordered after its incident was {incident.Status}");
        if (!world.Day.IsCalm)
            return;
        var rule = Array.Find(world.House.Rules, rule => rule.RuleId == incident.RuleId)!;
        if (world.Now < incident.OpenedAt.AddSeconds(rule.HoldSeconds))
            Break($"leg {world.Name(leg.CallId)} was ordered while the alarm was held");
        var others = world
            .Switches.SelectMany(one => one.Living)
            .Select(channel => Rows.Leg(channel.Id))
            .Where(other => other?.IncidentId == owner && other.CallId != leg.CallId && !HasPassed(other.CallId));
        var isLadder = rule.Actions is [CallAction { Mode: not CallMode.All }] && rule.Escalation is null;
        if (isLadder && others.Any())
            Break($"leg {world.Name(leg.CallId)} was ordered while another one rang");
        var isFirst = _begun.Add(owner);
        var isPrompt = rule is { HoldSeconds: 0, Actions: [CallAction, ..] } && world.House.Limits.CallsMax > 3;
        if (isFirst && isPrompt && world.Now > incident.OpenedAt.AddSeconds(2))
            Break($"leg {world.Name(leg.CallId)} was ordered {world.Now - incident.OpenedAt} after the event");
    }

    /// <summary>What was not begun just now looks on the disk whether it is wanted, and goes out at once.</summary>
    private bool LooksFirst(CallLeg leg) =>
        world.Now > leg.StartedAt + CallLeg.FirstLook + LookLength
        && !world.Day.Acts.Any(act => act is ClockIsSet or DatabaseIsTroubled { Trouble.Slow: > 0 });

    /// <summary>Asked for the next one, who is called while this line is still open.</summary>
    private bool HasPassed(CallId leg) => _pressed.Exists(press => press.Leg == leg && press.Key == "5");

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookLength = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan JoinedWithin = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan UnheardMax = TimeSpan.FromSeconds(60) + CallLeg.Grace;

    private static readonly Comparer<IncidentId> ById = Comparer<IncidentId>.Create(
        (one, other) => one.Value.CompareTo(other.Value)
    );
}
