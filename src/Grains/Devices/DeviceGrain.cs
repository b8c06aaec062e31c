using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Journal;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Devices;

internal sealed partial class DeviceGrain(
    [PersistentState("device")] IPersistentState<DeviceBox> box,
    IJournal journal,
    IRuleBook ruleBook,
    LegsHere legs,
    TimeProvider clock,
    EventFigures figures
) : Grain, IDeviceGrain
{
    private readonly RecentEvents _recent = new();
    private RuleIndex? _rules;
    private WordSet? _watched;
    private Dictionary<RuleId, DateTimeOffset>? _lastOpened;
    private Dictionary<string, bool>? _edges;
    private DateTimeOffset? _lastEventAt;
    private DeviceRegistration? _line;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var id = DeviceId.Parse(Keys.Name(this.GetPrimaryKeyString()), null);
        if (id.LineNumber is { } number)
            _line = new(id, DeviceType.Other, number, Name: "the line of " + number);
        return Task.CompletedTask;
    }

    private DeviceRegistration? Registration => box.State.Registration;

    // The line of a number is nobody's registered device and tells of its calls all the same.
    private DeviceRegistration? Teller => Registration ?? _line;

    public async Task<Answer<DeviceRecord>> Register(DeviceRegistration registration, string keyHash)
    {
        if (Registration is { } known)
        {
            return new(known == registration ? Refusal.AlreadyDone : Refusal.Conflict, box.State.ToRecord());
        }
        var watch = await Bind(registration);
        if (watch.Refusal != Refusal.None)
            return watch.Refusal;
        // Rules made before the device are kept by those who made them: the box starts with none.
        await box.Save(
            new()
            {
                Registration = registration,
                KeyHash = keyHash,
                RegisteredAt = clock.GetUtcNow(),
                Watch = watch.Value,
            }
        );
        return box.State.ToRecord()!;
    }

    public Task<DeviceRecord?> Look() => Task.FromResult(box.State.ToRecord());

    public Task<DeviceState?> LookState() =>
        Task.FromResult(
            Registration is null
                ? null
                : new DeviceState(
                    Registration,
                    box.State.RegisteredAt,
                    box.State.Rules,
                    box.State.Watch?.EventTypes ?? [],
                    [.. _recent.Ids],
                    _lastEventAt
                )
        );

    public async Task<Answer<DeviceRecord>> Change(DeviceRegistration registration)
    {
        if (Registration is not { } known)
            return Refusal.NotFound;
        if (known == registration)
            return box.State.ToRecord()!;
        var watch = box.State.Watch;
        if ((known.Msisdn, known.Type, known.Room) != (registration.Msisdn, registration.Type, registration.Room))
        {
            // First the new number, then the old one: between the two an event may reach both, never nobody.
            var bound = await Bind(registration);
            if (bound.Refusal != Refusal.None)
                return bound.Refusal;
            watch = bound.Value;
        }
        await box.Save(box.State with { Registration = registration, ChangedAt = clock.GetUtcNow(), Watch = watch });
        if (known.Msisdn is { } old && old != registration.Msisdn)
            await GrainFactory.Subscriber(old).Unbind(known.DeviceId);
        return box.State.ToRecord()!;
    }

    public async Task<Refusal> ChangeKey(string keyHash)
    {
        if (Registration is null)
            return Refusal.NotFound;
        await box.Save(
            box.State with
            {
                KeyHash = keyHash,
                ChangedAt = clock.GetUtcNow(),
                OldKeyHash = null,
                OldKeyUntil = null,
            }
        );
        return Refusal.None;
    }

    public async Task<Refusal> RotateKey(string keyHash, TimeSpan overlap)
    {
        if (Registration is null)
            return Refusal.NotFound;
        var now = clock.GetUtcNow();
        await box.Save(
            box.State with
            {
                KeyHash = keyHash,
                ChangedAt = now,
                OldKeyHash = box.State.KeyHash,
                OldKeyUntil = now + overlap,
            }
        );
        return Refusal.None;
    }

    public async Task<Refusal> DropOldKey()
    {
        if (box.State.OldKeyHash is null)
            return Refusal.NotFound;
        await box.Save(box.State with { OldKeyHash = null, OldKeyUntil = null, ChangedAt = clock.GetUtcNow() });
        return Refusal.None;
    }

    public async Task<Refusal> Remove()
    {
        if (Registration is not { } known)
            return Refusal.NotFound;
        await box.Forget();
        if (known.Msisdn is { } number)
            await GrainFactory.Subscriber(number).Unbind(known.DeviceId);
        return Refusal.None;
    }

    public async Task<Answer<EventReceipt>> Report(DeviceEvent deviceEvent)
    {
        if (Teller is not { } device)
            return Refusal.NotFound;
        if (_recent.Find(deviceEvent.EventId) is { } repeated)
        {
            figures.Accepted(deviceEvent.EventType, EventStatus.Duplicate);
            return repeated;
        }
        var decision = await Decide(device, deviceEvent, only: null, isLive: true);
        // Also what no rule waits for: a state that lasts is told again and again.
        var edge = decision is null ? Payload.Edge(deviceEvent.Payload) : decision.Edge;
        var reply = await Write(
            new(
                new(deviceEvent, device.Msisdn, decision?.Explanation, edge, decision?.Joined),
                decision?.Incidents,
                decision?.Legs
            )
        );
        if (!reply.Duplicate)
            await Follow(deviceEvent, decision, edge);
        var status = reply.Duplicate ? EventStatus.Duplicate : EventStatus.Accepted;
        figures.Accepted(deviceEvent.EventType, status);
        return _recent.Keep(new(deviceEvent.EventId, status, reply.Incidents));
    }

    public async Task Raise(DeviceEvent deviceEvent)
    {
        if (
            _line?.Msisdn is { } number
            && (await GrainFactory.Subscriber(number).Consult(deviceEvent.EventType)).Rules.Length > 0
        )
            await Report(deviceEvent);
    }

    public async Task<bool?> LastEdge(string eventType)
    {
        if (Registration is not { } device)
            return null;
        _edges ??= await journal.LastEdges(device.DeviceId);
        return _edges.TryGetValue(eventType, out var last) ? last : null;
    }

    public async Task<Answer<Explanation>> Consider(DeviceEvent deviceEvent, Rule? only)
    {
        if (Teller is not { } device)
            return Refusal.NotFound;
        return (await Decide(device, deviceEvent, only, isLive: false))?.Explanation ?? Explanation.Nothing;
    }

    public async Task<Refusal> Hold(Rule rule)
    {
        if (Registration is null)
            return Refusal.NotFound;
        if (box.State.Rules.Length >= DeviceBox.RulesMax && box.State.Without(rule.RuleId) is null)
            return Refusal.LimitReached;
        if (box.State.With(rule) is { } next)
            await box.Save(next);
        return Refusal.None;
    }

    public async Task Drop(RuleId rule)
    {
        if (box.State.Without(rule) is { } next)
            await box.Save(next);
    }

    public async Task Watch(WatchList watch)
    {
        if (Registration?.Msisdn != watch.Subscriber)
            return;
        if (box.State.Watch is { } held && held.Subscriber == watch.Subscriber && held.Version >= watch.Version)
            return;
        await box.Save(box.State with { Watch = watch });
    }

    /// <summary>Null when nothing waits for this event: a quiet event ends here.</summary>
    private async Task<Decision?> Decide(DeviceRegistration device, DeviceEvent deviceEvent, Rule? only, bool isLive)
    {
        var ofType = ruleBook.For(device.Type, deviceEvent.EventType);
        var own = RuleIndex.Find(ref _rules, box.State.Rules, deviceEvent.EventType);
        var isWatched = WordSet.Has(ref _watched, box.State.Watch?.EventTypes ?? [], deviceEvent.EventType);
        if (only is null && ofType.Length == 0 && _line is null && own.Length == 0 && !isWatched)
            return null;
        var counsel = device.Msisdn is { } number
            ? await GrainFactory.Subscriber(number).Consult(deviceEvent.EventType)
            : SubscriberCounsel.None;
        var rules = only is null ? RuleList.For(deviceEvent.EventType, own, ofType, counsel.Rules) : [only];
        if (rules.Length == 0)
            return null;
        var situation = new Situation(
            deviceEvent,
            device,
            counsel.Settings,
            rules,
            await LastOpened(rules),
            await LastEdgeFor(deviceEvent),
            await GrainFactory.GateFor(rules.SelectMany(rule => rule.Actions), legs.Line),
            deviceEvent.ReceivedAt,
            counsel.Silences
        );
        var decision = Decision.Make(situation);
        return isLive ? await Correlation.Settle(GrainFactory, clock, situation, decision) : decision;
    }

    private async Task<JournalReply> Write(JournalEntry entry)
    {
        try
        {
            return await journal.Write(entry);
        }
        catch (JournalUnavailableException)
        {
            // It may be on disk all the same: what is remembered of the past is read again.
            (_lastOpened, _edges) = (null, null);
            NoteUnheard(entry.Event!.Event, entry.Event.Edge);
            throw;
        }
    }

    private async Task Follow(DeviceEvent deviceEvent, Decision? decision, bool? edge)
    {
        _lastEventAt = deviceEvent.ReceivedAt;
        if (edge is { } holds)
            Remember(deviceEvent.EventType, holds);
        if (decision is null)
            return;
        foreach (var incident in decision.Incidents)
        {
            if (_lastOpened is not null)
                _lastOpened[incident.RuleId] = incident.OpenedAt;
            figures.Matched(deviceEvent.EventType);
            await GrainFactory.Begin(incident, decision.Legs);
        }
    }

    private async Task<Answer<WatchList?>> Bind(DeviceRegistration device)
    {
        if (device.Msisdn is not { } number)
            return new(Refusal.None, null);
        var bound = await GrainFactory.Subscriber(number).Bind(device);
        return new(bound.Refusal, bound.Value, bound.Detail);
    }
}
