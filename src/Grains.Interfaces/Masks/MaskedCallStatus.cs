namespace IotOrleans.Masks;

/// <summary>What became of a call to a shown number.</summary>
public enum MaskedCallStatus
{
    Answered,
    Busy,
    NoAnswer,
    Failed,

    /// <summary>Nobody was behind the number, and it rang nowhere.</summary>
    Unmapped,
}

public static class MaskedCallStatuses
{
    extension(MaskedCallStatus status)
    {
        /// <summary>Somebody was behind the number, and nobody answered.</summary>
        public bool IsMissed => status is MaskedCallStatus.NoAnswer or MaskedCallStatus.Busy or MaskedCallStatus.Failed;
    }

    /// <summary>The cause of a call that nobody was behind; no switch has this word.</summary>
    public const string UnmappedCause = "UNMAPPED";

    /// <param name="cause">In the words of FreeSWITCH, or <see cref="UnmappedCause"/>.</param>
    public static MaskedCallStatus Of(string cause, bool wasAnswered) =>
        cause switch
        {
            _ when wasAnswered => MaskedCallStatus.Answered,
            UnmappedCause => MaskedCallStatus.Unmapped,
            "USER_BUSY" => MaskedCallStatus.Busy,
            // Who calls may give up, and who is called may be away, out of reach or asleep.
            "NO_ANSWER" or "NO_USER_RESPONSE" or "ORIGINATOR_CANCEL" or "ALLOTTED_TIMEOUT" or "SUBSCRIBER_ABSENT" =>
                MaskedCallStatus.NoAnswer,
            _ => MaskedCallStatus.Failed,
        };
}
