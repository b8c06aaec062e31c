using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>The legs that ring for this one.</summary>
internal sealed partial class CallLegGrain
{
    private (CallLeg Leg, string Target)[] PhonesOf(CallLeg leg)
    {
        var ring = leg.Ring!;
        return
        [
            .. ring
                .Current.Targets.Where(target => target.DialString is not null || target.Msisdn is not null)
                .Select(target =>
                    Phone(
                        leg,
                        target.DialString ?? target.Msisdn!.Value.ToString(),
                        target.Msisdn,
                        target.DialString,
                        ring.Current.RingSeconds
                    )
                ),
        ];
    }

    private (CallLeg Leg, string Target) Phone(
        CallLeg parent,
        string name,
        Msisdn? number,
        string? dialString,
        int seconds
    )
    {
        var id = InboundRing.LegOf(Id, parent.Ring!.Step, name);
        var order = new OutboundOrder(
            number,
            dialString,
            null,
            false,
            seconds,
            false,
            CallerNumber: parent.Ring!.IsMasked ? parent.Ring.Presented?.ToString() : Caller(parent),
            CallerName: parent.Ring.IsMasked ? null : parent.CallerName
        );
        return (CallLeg.New(id, order, parent.TraceId, Now) with { ParentId = Id, Switch = parent.Switch }, name);
    }

    private static RingingLeg[] Names((CallLeg Leg, string Target)[] phones) =>
        [.. phones.Select(phone => new RingingLeg(phone.Leg.CallId, phone.Target))];
}
