using IotOrleans.Devices;

namespace IotOrleans.Simulation;

/// <summary>One line of the script of a day.</summary>
/// <param name="At">From the beginning of the day, on a clock that never jumps.</param>
internal abstract record Act(TimeSpan At)
{
    /// <summary>What nobody at home does: it comes over them.</summary>
    public virtual bool IsFault => true;

    public sealed override string ToString() => $"{At:hh\\:mm\\:ss\\.fff} {Text}";

    protected abstract string Text { get; }
}

/// <param name="Again">How often the hub sends it once more although it was answered.</param>
internal sealed record Happens(TimeSpan At, DeviceId Device, string EventId, string Type, string Payload, int Again)
    : Act(At)
{
    public override bool IsFault => false;

    protected override string Text =>
        $"{Device} tells {Type} {Payload} as {EventId}{(Again > 0 ? $", {Again} times more" : "")}";
}

internal sealed record CallsIn(TimeSpan At, int Number, TimeSpan Patience) : Act(At)
{
    public override bool IsFault => false;

    protected override string Text => $"call {Number} comes in, patient for {Patience.TotalSeconds:0} s";
}

internal sealed record Acknowledges(TimeSpan At) : Act(At)
{
    public override bool IsFault => false;

    protected override string Text => "an operator acknowledges what was opened last";
}

internal sealed record Cancels(TimeSpan At) : Act(At)
{
    public override bool IsFault => false;

    protected override string Text => "an operator cancels what was opened last";
}

internal sealed record Dials(TimeSpan At, int Number) : Act(At)
{
    public override bool IsFault => false;

    protected override string Text => $"an operator dials (call {Number})";
}

internal sealed record HandsOn(TimeSpan At, int Target) : Act(At)
{
    public override bool IsFault => false;

    protected override string Text => $"an operator hands the talk on to target {Target}";
}

/// <param name="Turns">That many turns after the moment, so that it falls between any two.</param>
internal sealed record Dies(TimeSpan At, int Turns, TimeSpan For) : Act(At)
{
    protected override string Text => $"the process dies {Turns} turns from now, for {For.TotalSeconds:0.0} s";
}

internal sealed record LineBreaks(TimeSpan At, int Switch, TimeSpan For) : Act(At)
{
    protected override string Text => $"the line to switch {Switch} breaks for {For.TotalSeconds:0.0} s";
}

internal sealed record SwitchRestarts(TimeSpan At, int Switch, TimeSpan For) : Act(At)
{
    protected override string Text => $"switch {Switch} restarts in {For.TotalSeconds:0.0} s, all its calls are gone";
}

internal sealed record DatabaseIsTroubled(TimeSpan At, TimeSpan For, DatabaseTrouble Trouble) : Act(At)
{
    protected override string Text => $"the database is troubled for {For.TotalSeconds:0.0} s: {Trouble}";
}

internal sealed record EventsAreTroubled(TimeSpan At, TimeSpan For, EventTrouble Trouble) : Act(At)
{
    protected override string Text => $"events of the switch are troubled for {For.TotalSeconds:0.0} s: {Trouble}";
}

internal sealed record ClockIsSet(TimeSpan At, TimeSpan By) : Act(At)
{
    protected override string Text => $"the clock on the wall is set by {By}";
}
