namespace IotOrleans.FreeSwitch;

/// <summary>What became of an order. Whether anybody answers is told by the events of the leg.</summary>
public enum OriginateOutcome
{
    /// <summary>The switch has taken the order.</summary>
    Accepted,

    /// <summary>The switch had this order before: the channel lives, or it did. Nothing was sent.</summary>
    AlreadyOrdered,

    /// <summary>The switch said no at once; the cause says why.</summary>
    Refused,

    /// <summary>Not one byte of the order left us.</summary>
    NotSent,

    /// <summary>The link broke after bytes were written. Ask again when the link is up.</summary>
    Unknown,
}

/// <summary>The outcome, and the switch's own word for it where it gave one.</summary>
public readonly record struct OriginateAnswer(OriginateOutcome Outcome, string? Cause = null);
