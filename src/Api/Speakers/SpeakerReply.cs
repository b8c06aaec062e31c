namespace IotOrleans.Speakers;

/// <summary>What a speaker hears of its own call. The reasons are words that clients may rely on.</summary>
public sealed record SpeakerReply(bool Ok, string? Reason = null)
{
    public static SpeakerReply Done { get; } = new(true);

    public static SpeakerReply BadRequest { get; } = new(false, "bad_request");

    /// <summary>It may work when it is tried again.</summary>
    public static SpeakerReply Unavailable { get; } = new(false, "unavailable");

    private static readonly SpeakerReply NotFound = new(false, "not_found");
    private static readonly SpeakerReply NotAllowed = new(false, "not_allowed");
    private static readonly SpeakerReply AnsweredElsewhere = new(false, "answered_elsewhere");
    private static readonly SpeakerReply Ended = new(false, "ended");

    /// <summary>What was done before is done: a speaker may say everything twice.</summary>
    public static SpeakerReply Of(Refusal refusal) =>
        refusal switch
        {
            Refusal.None or Refusal.AlreadyDone => Done,
            Refusal.NotFound or Refusal.UnknownReference => NotFound,
            Refusal.NotAllowed => NotAllowed,
            Refusal.AnsweredElsewhere => AnsweredElsewhere,
            Refusal.Ended => Ended,
            Refusal.LimitReached => Unavailable,
            _ => BadRequest,
        };
}
