using IotOrleans.Devices;
using IotOrleans.Journal;

namespace IotOrleans.Calls;

/// <summary>
/// Bringing the caller and who has won together. Each word to the switch may be said again: whoever finds on the disk
/// that somebody has won, and not that they were joined, says all of them.
/// </summary>
internal sealed partial class CallLegGrain
{
    /// <summary>Tells the switch what follows from the winner.</summary>
    /// <returns>False when the line is down: then it is done when the leg is looked at next.</returns>
    private async Task<bool> Join()
    {
        var ring = _leg!.Ring!;
        if (ring.IsRecorded)
            return Joined(await OnLine(line => line.Voicemail(Id, ring.Number)));
        if (ring.IsConference)
            return Joined(await EnterRoom(ring));
        if (_leg.Phase != CallPhase.Answered && !await OnLine(line => line.Answer(Id)))
            return false;
        if (ring.Bridged is { } phone)
            return !await IsTalking(phone) || await Bridge(phone);
        // A leg whose partner hangs up is hung up too: it has to leave the talk first.
        if (ring.Handing?.Left is not null && !await OnLine(line => line.Park(Id)))
            return false;
        await LetGo();
        return (_leg.AnsweredBy is { } speaker && await Rings(speaker)) || Joined(true);
    }

    /// <summary>That it was done is worth no commit: at worst a talk is joined once more after a crash.</summary>
    private bool Joined(bool done)
    {
        if (done && _leg is { IsOver: false, Ring: { } ring } leg)
            _leg = leg with { Ring = ring with { IsParted = false } };
        return done;
    }

    private async Task<bool> Bridge(CallId phone)
    {
        if (!Joined(await OnLine(line => line.Bridge(Id, phone))))
            return false;
        await LetGo();
        return true;
    }

    private async Task<bool> EnterRoom(InboundRing ring)
    {
        if (!await EnterRoom(Id))
            return false;
        foreach (var phone in ring.Legs)
        {
            if (await IsTalking(phone.CallId) && !await EnterRoom(phone.CallId))
                return false;
        }
        return true;
    }

    private Task<bool> EnterRoom(CallId who) => OnLine(line => line.Join(who, $"iot-{Id}"));

    /// <summary>The others talk already.</summary>
    private async Task EnterLater(CallLeg leg, CallId phone)
    {
        _leg = leg with { Ring = leg.Ring! with { IsParted = true } };
        Joined(await EnterRoom(phone));
    }

    private async Task<bool> IsTalking(CallId phone) =>
        await GrainFactory.CallLeg(phone).Look() is { Phase: CallPhase.Answered };

    /// <summary>A speaker with a SIP address of its own is called; joined to it is who has picked up there.</summary>
    /// <returns>False when it has none, and hears the caller by itself.</returns>
    private async Task<bool> Rings(DeviceId speaker)
    {
        var device = await GrainFactory.Device(speaker).Look();
        if (
            device?.Device.Endpoint is not { } endpoint
            || !endpoint.StartsWith("sip", StringComparison.OrdinalIgnoreCase)
        )
            return false;
        var phone = Phone(_leg!, endpoint, null, endpoint, seconds: 20);
        var ring = _leg!.Ring!;
        var legs = ring.Legs.Append(new(phone.Leg.CallId, phone.Target));
        await Save(_leg with { Ring = ring with { Bridged = phone.Leg.CallId, Legs = [.. legs] } }, [phone.Leg]);
        await GrainFactory.Begin(phone.Leg);
        return true;
    }
}
