using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Rules;

namespace IotOrleans.Subscribers;

internal sealed class SubscriberGrain(
    [PersistentState("subscriber")] IPersistentState<SubscriberBox> box,
    TimeProvider clock
) : Grain, ISubscriberGrain
{
    private const int OpenedMax = 1_000;

    // In memory only: after a restart the next event opens an incident of its own, which is one call too many and not
    // one too few.
    private readonly Dictionary<(RuleId Rule, string Place), (IncidentId Incident, DateTimeOffset At)> _opened = [];

    private RuleIndex? _rules;

    // Whose turn it is after a restart matters to nobody.
    private int _turn;

    private Msisdn Number => new(Keys.Name(this.GetPrimaryKeyString()));

    public async Task<Answer<SubscriberRecord>> Settle(SubscriberSettings settings)
    {
        await box.Save(box.State with { Settings = settings });
        return Record();
    }

    public Task<SubscriberRecord?> Look() => Task.FromResult(box.State.Settings is null ? null : Record());

    public Task<SubscriberState?> LookState() =>
        Task.FromResult(
            box.State.IsKnown
                ? new SubscriberState(Number, box.State.Settings, box.State.DeviceIds, box.State.Rules)
                : null
        );

    public async Task<Refusal> Remove()
    {
        if (box.State.Settings is null)
            return Refusal.NotFound;
        await box.Save(box.State with { Settings = null });
        return Refusal.None;
    }

    public async Task<Answer<WatchList>> Bind(DeviceRegistration device)
    {
        var others = box.State.Devices.Where(other => other.DeviceId != device.DeviceId).ToArray();
        if (others.Length >= SubscriberBox.DevicesMax)
            return Refusal.LimitReached;
        await box.Save(box.State with { Devices = [.. others, new(device.DeviceId, device.CanRing, device.Room)] });
        return box.State.WatchList(Number);
    }

    public async Task Unbind(DeviceId device)
    {
        if (!Array.Exists(box.State.Devices, other => other.DeviceId == device))
            return;
        await box.Save(box.State with { Devices = [.. box.State.Devices.Where(other => other.DeviceId != device)] });
    }

    public async Task<Answer<WatchOrder>> Hold(Rule rule)
    {
        if (box.State.Rules.Length >= SubscriberBox.RulesMax)
            return Refusal.LimitReached;
        if (RuleList.With(box.State.Rules, rule) is { } rules)
            await SaveRules(rules);
        return Order();
    }

    public async Task<WatchOrder?> Drop(RuleId rule)
    {
        if (RuleList.Without(box.State.Rules, rule) is not { } rules)
            return null;
        await SaveRules(rules);
        return Order();
    }

    public Task<SubscriberCounsel> Consult(string eventType) =>
        Task.FromResult(
            new SubscriberCounsel(
                box.State.Settings ?? SubscriberCounsel.None.Settings,
                RuleIndex.Find(ref _rules, box.State.Rules, eventType),
                box.State.Silences.Length == 0 ? null : box.State.Silences
            )
        );

    public Task<IncidentId> Correlate(RuleId rule, IncidentId own, IncidentId? insteadOf, TimeSpan window) =>
        CorrelateAt("", rule, own, insteadOf, window);

    public Task<IncidentId> CorrelateAt(
        string place,
        RuleId rule,
        IncidentId own,
        IncidentId? insteadOf,
        TimeSpan window
    )
    {
        var now = clock.GetUtcNow();
        var key = (rule, place);
        if (_opened.TryGetValue(key, out var last) && last.Incident != insteadOf && now < last.At + window)
            return Task.FromResult(last.Incident);
        if (_opened.Count >= OpenedMax)
            _opened.Clear();
        _opened[key] = (own, now);
        return Task.FromResult(own);
    }

    public async Task<Refusal> BeSilent(Silence silence)
    {
        var others = Array.FindAll(
            box.State.Silences,
            other => other.SilenceId != silence.SilenceId && other.Until > clock.GetUtcNow()
        );
        if (others.Length >= Silence.CountMax)
            return Refusal.LimitReached;
        await box.Save(box.State with { Silences = [.. others, silence] });
        return Refusal.None;
    }

    public async Task<Refusal> EndSilence(string silenceId)
    {
        var left = Array.FindAll(box.State.Silences, silence => silence.SilenceId != silenceId);
        if (left.Length == box.State.Silences.Length)
            return Refusal.NotFound;
        await box.Save(box.State with { Silences = left });
        return Refusal.None;
    }

    public Task<Silence[]> Silences() =>
        Task.FromResult(Array.FindAll(box.State.Silences, silence => silence.Until > clock.GetUtcNow()));

    public Task<DeviceId[]> Speakers() => Task.FromResult(box.State.Speakers);

    public async Task<CallPlan?> PlanCall(string caller)
    {
        var away = box.State.Settings?.Policy is { SkipAway: true } ? await Away() : [];
        return CallPlans.For(box.State, new(caller, clock.GetUtcNow(), _turn++ & int.MaxValue, away));
    }

    public Task<DeviceId[]?> PlanSms(string from) => Task.FromResult(CallPlans.ForSms(box.State, from));

    public Task<bool> Rings() =>
        Task.FromResult(CallPlans.For(box.State, new("", DateTimeOffset.MaxValue, 0, [])) is not null);

    public Task<bool> TakesSms() => Task.FromResult(CallPlans.TakesSms(box.State));

    public Task<bool> MayHandTo(RingTarget target) => Task.FromResult(CallPlans.Knows(box.State, target));

    private async Task<HashSet<DeviceId>> Away()
    {
        var away = new HashSet<DeviceId>();
        foreach (var speaker in CallPlans.Speakers(box.State))
        {
            if ((await GrainFactory.Speaker(speaker).Look()).Connections.Length == 0)
                away.Add(speaker);
        }
        return away;
    }

    private Task SaveRules(Rule[] rules) =>
        box.Save(box.State with { Rules = rules, WatchVersion = box.State.WatchVersion + 1 });

    private SubscriberRecord Record() => new(Number, box.State.Settings!, box.State.DeviceIds);

    private WatchOrder Order() => new(box.State.WatchList(Number), box.State.DeviceIds);
}
