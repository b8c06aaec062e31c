using IotOrleans.FreeSwitch;
using IotOrleans.Rules;
using IotOrleans.Subscribers;

namespace IotOrleans.Calls;

/// <summary>A FreeSWITCH as the calls slice sees a switch.</summary>
public sealed class FreeSwitch(FreeSwitchOptions options, FreeSwitchLink link, LegEvents legs, TimeProvider clock)
    : ISwitch
{
    private readonly LivingChannels _living = new(link, clock);
    private readonly OldNotes _oldNotes = new(clock);

    public string Name => link.Name;

    public bool IsUp => link.IsUp;

    public Task<OrderOutcome> Originate(LegOrder order) => Originate(order, known: null);

    /// <summary>Given only if the switch has not had it since the leg was made.</summary>
    public Task<OrderOutcome> OriginateUnlessKnown(LegOrder order) => Originate(order, order.MadeAt);

    private async Task<OrderOutcome> Originate(LegOrder order, DateTimeOffset? known)
    {
        try
        {
            var answer = await link.Originate(Translate(order) with { FirstOrderedAt = known });
            if (answer.Outcome == OriginateOutcome.Refused)
            {
                // A refusal has no channel and so no event: it is told as one.
                _ = legs.Post(order.CallId, new(SwitchEventKind.HungUp, clock.GetUtcNow(), Cause(answer.Cause)));
            }
            return answer.Outcome switch
            {
                OriginateOutcome.NotSent => OrderOutcome.NotSent,
                OriginateOutcome.Unknown => OrderOutcome.Unknown,
                _ => OrderOutcome.Taken,
            };
        }
        catch (ArgumentException)
        {
            _ = legs.Post(order.CallId, new(SwitchEventKind.HungUp, clock.GetUtcNow(), "INVALID_NUMBER_FORMAT"));
            return OrderOutcome.Taken;
        }
    }

    public async Task<LegTrace> Ask(CallId leg, DateTimeOffset since)
    {
        try
        {
            if (await _living.Find(leg.Value) is { } channel)
            {
                return channel.IsAnswered ? LegTrace.Talking : LegTrace.Ringing;
            }
            return await link.WasOrdered(leg.Value, since) switch
            {
                true => LegTrace.Gone,
                false => LegTrace.NeverOrdered,
                null => LegTrace.NotLiving,
            };
        }
        catch (Exception trouble) when (trouble is EslLostException or EslBusyException or EslProtocolException)
        {
            return LegTrace.Unreachable;
        }
    }

    public Task Ring(CallId leg) => Command(() => link.RingReady(leg.Value));

    public Task Answer(CallId leg) => Command(() => link.Answer(leg.Value));

    public Task Bridge(CallId leg, CallId other) => Command(() => link.Bridge(leg.Value, other.Value));

    public async Task Play(CallId leg, SpokenMessage message, Guid playback)
    {
        await Command(() => link.StopPlay(leg.Value));
        await Command(() =>
            message.File is { } file
                ? link.Play(leg.Value, file, playback)
                : link.Speak(leg.Value, message.Text ?? "", message.Language ?? "en", playback)
        );
    }

    public Task Park(CallId leg) => Command(() => link.Park(leg.Value));

    public Task Join(CallId leg, string room) => Command(() => link.Join(leg.Value, room));

    /// <summary>The dialplan's extension <c>voicemail-NUMBER</c> greets and records; see deploy/freeswitch.</summary>
    public Task Voicemail(CallId leg, Msisdn subscriber) =>
        Command(() => link.Transfer(leg.Value, $"voicemail-{subscriber.Digits}"));

    public async Task HangUp(CallId leg, string cause)
    {
        var answer = await Command(() => link.HangUp(leg.Value, cause));
        // Nothing to hang up, so nothing will be told: the leg is over all the same.
        if (answer.Outcome == CommandOutcome.NoSuchChannel)
        {
            _ = legs.Post(leg, new(SwitchEventKind.HungUp, clock.GetUtcNow(), cause));
        }
    }

    public async Task Forget(CallId leg)
    {
        _oldNotes.Add(leg.Value);
        while (_oldNotes.TryTake(out var old))
            await Forget(old);
    }

    private async Task Forget(Guid leg)
    {
        try
        {
            await link.Forget(leg);
        }
        catch (Exception trouble) when (trouble is EslLostException or EslBusyException)
        {
            _oldNotes.Add(leg);
            throw new SwitchUnreachableException(trouble.Message, trouble);
        }
    }

    private OriginateOrder Translate(LegOrder order) =>
        new(
            order.CallId.Value,
            order.Number is { } number
                ? DialTarget.Number(number.Digits)
                : DialTarget.DialString(Destination(order.DialString ?? "")),
            new CallApp.Park()
        )
        {
            CallerNumber = order.CallerNumber,
            CallerName = order.CallerName,
            RingSeconds = order.RingSeconds,
            Variables = new Dictionary<string, string> { [LegEvents.TraceVariable] = order.TraceId },
        };

    /// <summary>A device's SIP address in the switch's own words; anything else is in them already.</summary>
    private string Destination(string text) =>
        Scheme(text) is { } scheme
            ? options.SipTemplate.Replace("{address}", text[scheme.Length..], StringComparison.Ordinal)
            : text;

    private static string? Scheme(string text) =>
        Array.Find(SipSchemes, scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    private static readonly string[] SipSchemes = ["sip:", "sips:"];

    private static string Cause(string? text) => HangupCauses.IsCause(text) ? text! : "NORMAL_UNSPECIFIED";

    private static async Task<CommandAnswer> Command(Func<Task<CommandAnswer>> command)
    {
        try
        {
            return await command();
        }
        catch (Exception trouble) when (trouble is EslLostException or EslBusyException)
        {
            throw new SwitchUnreachableException(trouble.Message, trouble);
        }
    }
}
