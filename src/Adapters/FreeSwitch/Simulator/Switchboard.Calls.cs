using System.Globalization;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>How calls begin, are joined, and end.</summary>
internal sealed partial class Switchboard
{
    private bool _isJobFirst;

    /// <summary>
    /// Places a call. <paramref name="done"/> is told when it is answered or has failed, as the real one does.
    /// </summary>
    public void Originate(string line, Action<string> done)
    {
        if (OriginateText.Parse(line) is not { } order)
            done(OriginateText.Usage);
        else if (order.Endpoint is not ("sofia" or "user" or "loopback"))
            Refuse(order, "CHAN_NOT_IMPLEMENTED", done);
        else if (_channels.Count >= options.ChannelsMax)
            Refuse(order, "DESTINATION_OUT_OF_ORDER", done);
        else if (Name(order) is { } uuid)
            Ring(order, uuid, new RunningApp(order.Application, order.Argument, NewId()) { IsWhole = true }, done);
        else
            Refuse(order, "DESTINATION_OUT_OF_ORDER", done);
    }

    public void Answer(SimulatedChannel channel)
    {
        if (channel.AnsweredAt is not null || !channel.IsAlive)
            return;
        channel.AnsweredAt = clock.GetUtcNow();
        Raise("CHANNEL_ANSWER", channel);
    }

    public void Bridge(SimulatedChannel a, SimulatedChannel b)
    {
        (a.Other, b.Other) = (b, a);
        Unpark(b);
        Unpark(a);
        Raise("CHANNEL_BRIDGE", a, change => Legs(change, a, b));
    }

    public IReadOnlyList<Guid> TalksWith(Guid uuid) =>
        Find(uuid.ToString()) switch
        {
            { Room: { } room } =>
            [
                .. Channels.Where(other => other.Room == room && other.Uuid != uuid).Select(other => other.Uuid),
            ],
            { Other: { } other } => [other.Uuid],
            _ => [],
        };

    public void Park(SimulatedChannel channel)
    {
        if (channel.Other is { } other)
        {
            Part(channel, other);
            End(other, "NORMAL_CLEARING");
        }
        channel.IsParked = true;
        Raise("CHANNEL_PARK", channel);
    }

    /// <summary>The end of a channel, with everything that the real switch tells about it.</summary>
    public void End(SimulatedChannel channel, string cause)
    {
        if (!channel.IsAlive)
            return;
        channel.End(cause, clock.GetUtcNow());
        _channels.Remove(channel.Uuid);
        Raise("CHANNEL_HANGUP", channel);
        Unpark(channel);
        var other = channel.Other;
        if (other is not null)
            Part(channel, other);
        EndApps(channel);

        // Both orders are seen on the real one: the result of the order before the end of the channel, and after it.
        _isJobFirst = !_isJobFirst;
        if (_isJobFirst)
            TellPlaced(channel, $"-ERR {cause}\n");
        Raise("CHANNEL_HANGUP_COMPLETE", channel);
        Raise("CHANNEL_DESTROY", channel);
        TellPlaced(channel, $"-ERR {cause}\n");
        foreach (var peer in Peers.Where(peer => peer.Controlled == channel))
            peer.CallEnded();
        if (other is not null)
            LeaveBridge(other);
    }

    public void Press(SimulatedChannel channel, string keys)
    {
        foreach (var key in keys.Where(_ => channel.IsAlive))
        {
            Raise(
                "DTMF",
                channel,
                change =>
                    change.With("DTMF-Digit", key.ToString()).With("DTMF-Duration", "1440").With("DTMF-Source", "RTP")
            );
            Collect(channel, key);
        }
    }

    /// <summary>The uuid the new channel gets; none when the asked one lives and the endpoint minds that.</summary>
    private Guid? Name(OriginateText order)
    {
        if (!Guid.TryParse(order.Variables.GetValueOrDefault("origination_uuid"), out var asked))
            return Guid.NewGuid();
        if (!_channels.ContainsKey(asked))
            return asked;
        return order.IsLoopback ? Guid.NewGuid() : null;
    }

    private void Refuse(OriginateText order, string cause, Action<string> done)
    {
        Note(order, null);
        done($"-ERR {cause}\n");
    }

    private void Note(OriginateText order, Guid? channel)
    {
        var asked = Guid.TryParse(order.Variables.GetValueOrDefault("origination_uuid"), out var uuid)
            ? uuid
            : (Guid?)null;
        if (_orders.Count >= options.OrdersKeptMax)
            _orders.Dequeue();
        _orders.Enqueue(new(asked, channel, order.Number, clock.GetUtcNow()));
    }

    private SimulatedChannel Ring(OriginateText order, Guid uuid, RunningApp app, Action<string> done)
    {
        Note(order, uuid);
        var earlier = EarlierCalls(order.Number);
        var name = order.Endpoint == "user" ? $"sofia/internal/{order.Number}" : order.DialString;
        var channel = new SimulatedChannel(uuid, isInbound: false, name, order.Number, clock.GetUtcNow())
        {
            CallerNumber = order.Variables.GetValueOrDefault("origination_caller_id_number", "0000000000"),
            CallerName = order.Variables.GetValueOrDefault("origination_caller_id_name", ""),
            Subscriber = Subscriber.Of(order.Number, earlier),
            Placed = done,
        };
        foreach (var (variable, value) in order.Variables)
            channel[variable] = value;
        channel["originate_endpoint"] = order.Endpoint;
        Add(channel);
        Raise("CHANNEL_OUTGOING", channel);
        Raise("CHANNEL_CREATE", channel);
        Raise("CHANNEL_ORIGINATE", channel);
        Await(channel, channel.Subscriber, app);
        return channel;
    }

    /// <summary>Kept only for numbers whose owners care, so that a long run does not collect all the others.</summary>
    private int EarlierCalls(string number)
    {
        if (!Subscriber.Remembers(number))
            return 0;
        var earlier = _callsByNumber.GetValueOrDefault(number);
        _callsByNumber[number] = earlier + 1;
        return earlier;
    }

    private void Await(SimulatedChannel channel, Subscriber subscriber, RunningApp app)
    {
        var answer = TimeSpan.FromMilliseconds(options.AnswerMilliseconds);
        var patience = int.TryParse(channel["originate_timeout"], CultureInfo.InvariantCulture, out var s) ? s : 60;
        if (subscriber.Refusal is { } cause)
        {
            After(answer / 2, () => End(channel, cause));
            return;
        }
        After(answer / 5, () => Progress(channel));
        if (subscriber.Answers)
            After(answer, () => PickUp(channel, subscriber, app));
        After(TimeSpan.FromSeconds(patience), () => GiveUp(channel));
    }

    private void Progress(SimulatedChannel channel)
    {
        if (!channel.IsAlive)
            return;
        channel.ProgressAt = clock.GetUtcNow();
        Raise("CHANNEL_PROGRESS", channel);
    }

    private void GiveUp(SimulatedChannel channel)
    {
        if (channel.AnsweredAt is null)
            End(channel, "NO_ANSWER");
    }

    private void PickUp(SimulatedChannel channel, Subscriber subscriber, RunningApp app)
    {
        if (!channel.IsAlive)
            return;
        Answer(channel);
        TellPlaced(channel, $"+OK {channel.Uuid}\n");
        channel.KeysToPress = subscriber.Keys;
        After(
            subscriber.StaysFor ?? TimeSpan.FromSeconds(options.StaySecondsMax),
            () => End(channel, "NORMAL_CLEARING")
        );
        // Somebody who is asked nothing presses after a second anyway; a prompt that began by then is heard out first.
        After(TimeSpan.FromSeconds(1), () => PressUnlessAsked(channel));
        if (channel.Other is null)
            Execute(channel, app);
    }

    private void PressUnlessAsked(SimulatedChannel channel)
    {
        if (!channel.Running.Exists(app => app.IsPrompt))
            PressKeys(channel);
    }

    private void PressKeys(SimulatedChannel channel)
    {
        var keys = channel.KeysToPress;
        channel.KeysToPress = null;
        if (keys is not null)
            Press(channel, keys);
    }

    private static void TellPlaced(SimulatedChannel channel, string result)
    {
        var placed = channel.Placed;
        channel.Placed = null;
        placed?.Invoke(result);
    }

    private void Unpark(SimulatedChannel channel)
    {
        if (!channel.IsParked)
            return;
        channel.IsParked = false;
        Raise("CHANNEL_UNPARK", channel);
    }

    private void Part(SimulatedChannel channel, SimulatedChannel other)
    {
        // Told once, on the leg that the bridge was told on.
        var a = channel.BridgeApp is not null || other.BridgeApp is null ? channel : other;
        var b = a == channel ? other : channel;
        Raise("CHANNEL_UNBRIDGE", a, change => Legs(change, a, b));
        (channel.Other, other.Other) = (null, null);
    }

    /// <summary>
    /// A leg whose own application had called the other goes on; a leg that was merely joined hangs up.
    /// </summary>
    private void LeaveBridge(SimulatedChannel channel)
    {
        if (channel.BridgeApp is { } bridge)
            Finish(channel, bridge);
        else
            End(channel, "NORMAL_CLEARING");
    }

    private static void Legs(SimulatedEvent change, SimulatedChannel a, SimulatedChannel b) =>
        change.With("Bridge-A-Unique-ID", a.Uuid.ToString()).With("Bridge-B-Unique-ID", b.Uuid.ToString());

    private static string NewId() => Guid.NewGuid().ToString();
}
