namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>How the owner of a number takes a call; the last two digits of the number decide.</summary>
/// <param name="Refusal">The cause with which the call fails instead of being answered.</param>
/// <param name="StaysFor">How long after the answer the line is kept; null for as long as anybody stays.</param>
/// <param name="Keys">Pressed when the prompt is over.</param>
internal sealed record Subscriber(bool Answers, string? Refusal = null, TimeSpan? StaysFor = null, string? Keys = null)
{
    private static readonly string[] Congestion = ["NORMAL_TEMPORARY_FAILURE", "NORMAL_CIRCUIT_CONGESTION"];

    /// <summary>Whether earlier calls make a difference to this number.</summary>
    public static bool Remembers(string number) => number.EndsWith("07", StringComparison.Ordinal);

    /// <param name="earlierCalls">How often this number was called before.</param>
    public static Subscriber Of(string number, int earlierCalls) =>
        (number.Length < 2 ? "" : number[^2..]) switch
        {
            "00" => new(false, "USER_BUSY"),
            "01" => new(false),
            "02" => new(false, "CALL_REJECTED"),
            "03" => new(false, "UNALLOCATED_NUMBER"),
            "04" => new(true, StaysFor: TimeSpan.FromSeconds(1)),
            "05" => new(true, Keys: "1"),
            "06" => new(true, Keys: "9"),
            "07" when earlierCalls < Congestion.Length => new(false, Congestion[earlierCalls]),
            _ => new(true),
        };
}
