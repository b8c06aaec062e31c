using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation;

/// <summary>What is done in a day, and by whom.</summary>
internal sealed partial class World
{
    private const int ReportsMax = 12;
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private readonly Dictionary<string, int> _answered = [];
    private TimeSpan _downFor = TimeSpan.FromSeconds(1);
    private long _begun;

    private void Start()
    {
        if (_life is not null)
            return;
        var life = new Life(this, ++_lives);
        _life = life;
        Say($"process {life.Number} starts");
        life.Start();
        foreach (var one in Switches)
            Calendar.After(life.Luck.Of(one.Name).Span(5, 1_500), life.LineTo(one).Connect);
        Calendar.After(TimeSpan.FromMilliseconds(300), Vouch);
    }

    /// <summary>Registers everything before the day begins, when nothing goes wrong yet.</summary>
    private void Furnish()
    {
        var life = _life!;
        var isDone = false;
        life.Do(
            "the house is furnished",
            async () =>
            {
                await life.Grains.Subscriber(House.Number).Settle(House.Settings);
                foreach (var device in House.Devices)
                    await life.Grains.Device(device.DeviceId).Register(device, "");
                foreach (var rule in House.Rules)
                    await life.Grains.Rule(rule.RuleId).Define(rule, replace: false);
                isDone = true;
            }
        );
        Run(() => isDone, TimeSpan.FromMinutes(1).Ticks);
        if (!isDone)
            Ledger.Break("the house could not be furnished");
        _begun = Calendar.Now;
    }

    private void Do(Act act)
    {
        Say($"script: {act}");
        Vouch();
        switch (act)
        {
            case Happens happens:
                Report(happens, attempt: 1);
                break;
            case CallsIn call:
                CallIn(call);
                break;
            case Acknowledges:
                Latest("acknowledges", (incident, id) => incident.Acknowledge("operator", null));
                break;
            case Cancels:
                Latest("cancels", (incident, id) => incident.Cancel("operator"));
                break;
            case Dials dials:
                Dial(dials);
                break;
            case HandsOn hands:
                HandOn(hands);
                break;
            default:
                Fail(act);
                break;
        }
    }

    private void Fail(Act act)
    {
        Troubled(LengthOf(act));
        switch (act)
        {
            case Dies dies when _life is { } life:
                (life.TurnsLeft, _downFor) = (dies.Turns, dies.For);
                break;
            case LineBreaks { Switch: var index } breaks:
                Break(Switches[index % Switches.Length], breaks.For);
                break;
            case SwitchRestarts { Switch: var index } restarts:
                Break(Switches[index % Switches.Length], restarts.For + TimeSpan.FromMilliseconds(200));
                Calendar.After(restarts.For, Switches[index % Switches.Length].Restart);
                break;
            case DatabaseIsTroubled troubled:
                Database.Trouble = troubled.Trouble;
                Calendar.After(troubled.For, () => Database.Trouble = null);
                break;
            case EventsAreTroubled troubled:
                foreach (var one in Switches)
                    one.Trouble = troubled.Trouble;
                Calendar.After(troubled.For, () => Array.ForEach(Switches, one => one.Trouble = null));
                break;
            case ClockIsSet set:
                Skew += set.By;
                break;
        }
    }

    private void Break(ModelSwitch one, TimeSpan length)
    {
        _life?.LineTo(one).Break();
        Calendar.After(length, () => _life?.LineTo(one).Connect());
    }

    /// <summary>The front-ends of the speakers say again that they are there.</summary>
    private void Vouch()
    {
        if (_life is not { } life)
            return;
        foreach (var device in House.Speakers.Select(device => device.DeviceId))
        {
            var speaker = SpeakerOf(life, device);
            life.Do(
                $"{device} connects",
                async () =>
                {
                    foreach (var notice in await life.Grains.Speaker(device).Connect($"{device}", speaker))
                        await speaker.Hear($"{device}", notice);
                }
            );
        }
    }

    private readonly Dictionary<(Life, DeviceId), ModelSpeaker> _speakers = [];

    private ModelSpeaker SpeakerOf(Life life, DeviceId device)
    {
        if (!_speakers.TryGetValue((life, device), out var speaker))
            speaker = _speakers[(life, device)] = new(this, life, device);
        return speaker;
    }

    /// <summary>A hub sends an event until it has an answer, and some send it again all the same.</summary>
    private void Report(Happens happens, int attempt)
    {
        var luck = Chance.Of($"{happens.Device} {happens.EventId}", attempt);
        var before = _answered.GetValueOrDefault(happens.EventId);
        var last = attempt >= ReportsMax;
        var again = luck.Of("again").Span(400, 9_000);
        // Whoever has had no answer, or a refusal, sends it again.
        if (!last)
            Calendar.After(again + TimeSpan.FromSeconds(3), () => SendAgain(happens, attempt + 1, before));
        if (_life is not { } life)
            return;
        life.Do(
            $"{happens.EventId} is reported",
            async () =>
            {
                var reported = new DeviceEvent(
                    happens.EventId,
                    happens.Device,
                    happens.Type,
                    Now,
                    Now,
                    new JsonText(happens.Payload),
                    TraceId
                );
                Answer<EventReceipt> answer;
                try
                {
                    answer = await life.Grains.Device(happens.Device).Report(reported);
                }
                catch (JournalUnavailableException)
                {
                    Ledger.Unheard(happens);
                    throw;
                }
                _answered[happens.EventId] = before + 1;
                Ledger.Answered(happens, answer);
            }
        );
    }

    private void SendAgain(Happens happens, int attempt, int before)
    {
        var answers = _answered.GetValueOrDefault(happens.EventId);
        if (answers == before || answers <= happens.Again)
            Report(happens, attempt);
    }

    private void CallIn(CallsIn call)
    {
        var luck = Chance.Of("caller", call.Number);
        var one = Switches[luck.Below(Switches.Length)];
        var id = new CallId(NamedId.Of("caller", $"{Day.Seed}", $"{call.Number}"));
        var channel = one.Ring(id, call.Patience, luck);
        // Without a line the dialplan goes on as if nobody were there.
        if (_life is not { } life || one.Line is not { IsUp: true })
            return;
        life.Do(
            $"call {Name(id)} arrives",
            async () =>
            {
                var isOurs = false;
                try
                {
                    isOurs = await life
                        .Grains.CallLeg(id)
                        .Arrive(new(id, one.Name, House.Number, "+74951234567", null, TraceId));
                }
                finally
                {
                    if (!isOurs)
                        Calendar.After(TimeSpan.FromSeconds(1), () => one.End(channel, "NO_ROUTE_DESTINATION"));
                }
            }
        );
    }

    private void Dial(Dials dials)
    {
        var id = new CallId(NamedId.Of("operator", $"{Day.Seed}", $"{dials.Number}"));
        Ledger.AskedFor(id);
        _life?.Do(
            "an operator dials",
            () => _life.Grains.CallLeg(id).Dial(new(new("79160000020"), null, new("Hello"), TraceId, 20))
        );
    }

    /// <summary>To one of the speakers, or to a person outside.</summary>
    private void HandOn(HandsOn hands)
    {
        var talks = Database.Rows.LivingLegs.Where(leg => leg is { Phase: CallPhase.Answered, Ring.Winner: not null });
        if (_life is not { } life || talks.MaxBy(leg => leg.StartedAt) is not { CallId: var id })
            return;
        DeviceId[] speakers = [.. House.Speakers.Select(speaker => speaker.DeviceId)];
        var target =
            hands.Target < speakers.Length
                ? new RingTarget(DeviceId: speakers[hands.Target])
                : new RingTarget(Msisdn: new($"7916000002{hands.Target}"));
        life.Do(
            $"an operator hands {Name(id)} on",
            async () =>
            {
                Ledger.HandedOn(id);
                var refusal = await life.Grains.CallLeg(id).Transfer(target, null);
                Say($"an operator hands {Name(id)} on to {target}: {refusal}");
            }
        );
    }

    private void Latest(string what, Func<IIncidentGrain, IncidentId, Task<Refusal>> act)
    {
        if (_life is not { } life || Database.Rows.OpenIncidents.MaxBy(incident => incident.OpenedAt) is not { } latest)
            return;
        var id = latest.IncidentId;
        life.Do(
            $"an operator {what} {Name(id)}",
            async () =>
            {
                Ledger.MayBeAcknowledged(id);
                var refusal = await act(life.Grains.Incident(id), id);
                Say($"an operator {what} {Name(id)}: {refusal}");
            }
        );
    }
}
