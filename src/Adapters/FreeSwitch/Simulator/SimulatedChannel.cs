using System.Globalization;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>One side of one call on the stand-in.</summary>
internal sealed class SimulatedChannel(Guid uuid, bool isInbound, string name, string number, DateTimeOffset createdAt)
{
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    public Guid Uuid { get; } = uuid;
    public bool IsInbound { get; } = isInbound;
    public string Name { get; } = name;
    public string Number { get; } = number;
    public string CallerNumber { get; init; } = "0000000000";
    public string CallerName { get; init; } = "";
    public DateTimeOffset CreatedAt { get; } = createdAt;
    public DateTimeOffset? ProgressAt { get; set; }
    public DateTimeOffset? AnsweredAt { get; set; }
    public DateTimeOffset? EndedAt { get; private set; }
    public string? Cause { get; private set; }
    public bool IsAlive => EndedAt is null;
    public bool IsParked { get; set; }

    /// <summary>
    /// The other leg, and whether it was this channel's own <c>bridge</c> application that called it.
    /// </summary>
    public SimulatedChannel? Other { get; set; }
    public RunningApp? BridgeApp { get; set; }

    /// <summary>The conference it is in.</summary>
    public string? Room { get; set; }

    /// <summary>Told once how the order for this channel ended.</summary>
    public Action<string>? Placed { get; set; }
    public Subscriber? Subscriber { get; set; }
    public string? KeysToPress { get; set; }

    /// <summary>Innermost last: an application that is started while another runs nests inside it.</summary>
    public List<RunningApp> Running { get; } = [];

    /// <summary>Applications that were sent with event-lock and wait for their turn.</summary>
    public Queue<RunningApp> Waiting { get; } = new();

    public string? this[string variable]
    {
        get => _variables.GetValueOrDefault(variable);
        set
        {
            if (string.IsNullOrEmpty(value))
                _variables.Remove(variable);
            else
                _variables[variable] = value;
        }
    }

    public void End(string cause, DateTimeOffset now) => (Cause, EndedAt) = (cause, now);

    public SimulatedEvent Describe(SimulatedEvent change, string state, string callState, int stateNumber)
    {
        change
            .With("Channel-State", state)
            .With("Channel-Call-State", callState)
            .With("Channel-State-Number", stateNumber.ToString(CultureInfo.InvariantCulture))
            .With("Channel-Name", Name)
            .With("Unique-ID", Uuid.ToString())
            .With("Call-Direction", Direction)
            .With("Presence-Call-Direction", Direction)
            .With("Channel-HIT-Dialplan", IsInbound ? "true" : "false")
            .With("Channel-Call-UUID", Uuid.ToString())
            .With("Answer-State", AnswerState)
            .With("Hangup-Cause", Cause)
            .With("Channel-Read-Codec-Name", "PCMU")
            .With("Channel-Read-Codec-Rate", "8000")
            .With("Channel-Read-Codec-Bit-Rate", "64000")
            .With("Channel-Write-Codec-Name", "PCMU")
            .With("Channel-Write-Codec-Rate", "8000")
            .With("Channel-Write-Codec-Bit-Rate", "64000");
        DescribeCaller(change);
        change.With("Other-Leg-Unique-ID", Other?.Uuid.ToString());
        foreach (var (variable, value) in Variables())
            change.With("variable_" + variable, value);
        return change;
    }

    private string Direction => IsInbound ? "inbound" : "outbound";

    private string AnswerState =>
        !IsAlive ? "hangup"
        : AnsweredAt is not null ? "answered"
        : "ringing";

    private void DescribeCaller(SimulatedEvent change) =>
        change
            .With("Caller-Direction", Direction)
            .With("Caller-Logical-Direction", Direction)
            .With("Caller-Dialplan", IsInbound ? "XML" : null)
            .With("Caller-Caller-ID-Name", CallerName)
            .With("Caller-Caller-ID-Number", CallerNumber)
            .With("Caller-Orig-Caller-ID-Number", CallerNumber)
            .With("Caller-Network-Addr", "127.0.0.1")
            .With("Caller-ANI", CallerNumber)
            .With("Caller-Destination-Number", Number)
            .With("Caller-Unique-ID", Uuid.ToString())
            .With("Caller-Source", IsInbound ? "mod_sofia" : "src/switch_ivr_originate.c")
            .With("Caller-Context", "default")
            .With("Caller-Channel-Name", Name)
            .With("Caller-Profile-Index", "1")
            .With("Caller-Profile-Created-Time", Microseconds(CreatedAt))
            .With("Caller-Channel-Created-Time", Microseconds(CreatedAt))
            .With("Caller-Channel-Answered-Time", Microseconds(AnsweredAt))
            .With("Caller-Channel-Progress-Time", Microseconds(ProgressAt))
            .With("Caller-Channel-Progress-Media-Time", "0")
            .With("Caller-Channel-Hangup-Time", Microseconds(EndedAt))
            .With("Caller-Channel-Transfer-Time", "0")
            .With("Caller-Channel-Resurrect-Time", "0")
            .With("Caller-Channel-Bridged-Time", "0")
            .With("Caller-Channel-Last-Hold", "0")
            .With("Caller-Channel-Hold-Accum", "0")
            .With("Caller-Screen-Bit", "true")
            .With("Caller-Privacy-Hide-Name", "false")
            .With("Caller-Privacy-Hide-Number", "false");

    private IEnumerable<KeyValuePair<string, string>> Variables()
    {
        yield return new("direction", Direction);
        yield return new("uuid", Uuid.ToString());
        yield return new("call_uuid", Uuid.ToString());
        yield return new("channel_name", Name);
        yield return new("endpoint_disposition", AnsweredAt is null ? "RECEIVED" : "ANSWER");
        foreach (var own in _variables)
            yield return own;
        if (EndedAt is not { } ended)
            yield break;
        yield return new("hangup_cause", Cause!);
        yield return new("duration", Seconds(ended - CreatedAt));
        yield return new("billsec", AnsweredAt is { } answered ? Seconds(ended - answered) : "0");
    }

    private static string Seconds(TimeSpan time) =>
        Math.Round(time.TotalSeconds, MidpointRounding.AwayFromZero).ToString(CultureInfo.InvariantCulture);

    private static string Microseconds(DateTimeOffset? time) =>
        time is { } at ? ((at - DateTimeOffset.UnixEpoch).Ticks / 10).ToString(CultureInfo.InvariantCulture) : "0";
}

/// <summary>An application that runs on a channel or waits to.</summary>
internal sealed class RunningApp(string name, string argument, string id)
{
    public string Name { get; } = name;
    public string Argument { get; } = argument;
    public string Id { get; } = id;

    /// <summary>The application that the order named: when it is over, so is the call.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Its own time is up; it leaves when nothing is nested in it any more.</summary>
    public bool IsOver { get; set; }
    public string Response { get; set; } = "_none_";
    public string Digits { get; set; } = "";

    public bool IsPrompt => Name is "playback" or "speak" or "say" or "play_and_get_digits";

    /// <summary>Speech makes no playback events on the real switch.</summary>
    public bool IsFile => Name is "playback" or "play_and_get_digits";
    public string File => Name == "playback" ? Argument : Argument.Split(' ').ElementAtOrDefault(5) ?? "";
}
