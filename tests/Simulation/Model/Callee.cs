namespace IotOrleans.Simulation;

internal enum Manner
{
    PicksUp,
    Busy,
    Silent,
    Rejects,
    SwitchedOff,
    Voicemail,
    Unallocated,
    Congested,
}

/// <summary>What the one who is called does with one call.</summary>
/// <param name="After">From the first ring to whatever is done.</param>
/// <param name="Keys">Pressed one after another, each this long after what went before.</param>
/// <param name="HangsUpAfter">From the answer; null: waits until the other side ends it.</param>
internal sealed record Callee(
    Manner Manner,
    TimeSpan After,
    (TimeSpan After, string Key)[] Keys,
    TimeSpan? HangsUpAfter
)
{
    public static Callee Of(Chance luck, int ringSeconds)
    {
        var manner = luck.Of("manner")
            .Pick(
                Manner.PicksUp,
                Manner.PicksUp,
                Manner.PicksUp,
                Manner.PicksUp,
                Manner.Busy,
                Manner.Silent,
                Manner.Silent,
                Manner.Rejects,
                Manner.SwitchedOff,
                Manner.Voicemail,
                Manner.Unallocated,
                Manner.Congested
            );
        var after = manner switch
        {
            Manner.PicksUp => luck.Of("after").Span(500, Math.Max(600, ringSeconds * 1000 - 300)),
            Manner.Voicemail => luck.Of("after").Span(1_000, Math.Max(1_100, ringSeconds * 800)),
            Manner.Rejects => luck.Of("after").Span(800, Math.Max(900, ringSeconds * 700)),
            Manner.Silent => TimeSpan.FromSeconds(ringSeconds),
            _ => luck.Of("after").Span(20, 1_500),
        };
        return new(manner, after, KeysOf(manner, luck.Of("keys")), HangUp(manner, luck.Of("end")));
    }

    public string Cause =>
        Manner switch
        {
            Manner.Busy => "USER_BUSY",
            Manner.Silent => "NO_ANSWER",
            Manner.Rejects => "CALL_REJECTED",
            Manner.SwitchedOff => "SUBSCRIBER_ABSENT",
            Manner.Unallocated => "UNALLOCATED_NUMBER",
            Manner.Congested => "NORMAL_CIRCUIT_CONGESTION",
            _ => "NORMAL_CLEARING",
        };

    public bool Answers => Manner is Manner.PicksUp or Manner.Voicemail;

    private static (TimeSpan, string)[] KeysOf(Manner manner, Chance luck)
    {
        if (manner != Manner.PicksUp)
            return [];
        string[] keys = luck.Of("which").Below(8) switch
        {
            0 or 1 => ["1"],
            2 => ["2"],
            3 => ["5", "1"],
            4 => ["9"],
            5 => ["1", "1"],
            6 => ["5"],
            _ => [],
        };
        return [.. keys.Select((key, index) => (luck.Of("pause", index).Span(300, 9_000), key))];
    }

    private static TimeSpan? HangUp(Manner manner, Chance luck) =>
        manner == Manner.Voicemail ? TimeSpan.FromSeconds(45)
        : luck.In(40) ? luck.Of("when").Span(1_000, 40_000)
        : null;
}
