using IotOrleans.Calls;
using IotOrleans.Subscribers;

namespace IotOrleans.Incidents;

[GenerateSerializer, Alias("iot.dial-stage")]
public enum DialStage
{
    Waiting,
    Ordered,
    Answered,
    Done,
}

/// <summary>One leg of one step, and how far it has come.</summary>
/// <param name="Target">Who is called; null for a leg that another action made.</param>
/// <param name="CallId">The leg of the latest attempt.</param>
/// <param name="PostingId">Set in place of a leg when it is an SMS or a webhook.</param>
/// <param name="Passed">The person asked for the next one: nobody waits for this line any more.</param>
[GenerateSerializer, Immutable, Alias("iot.dial")]
public sealed record Dial(
    int Step,
    Msisdn? Target,
    DialStage Stage = DialStage.Waiting,
    int Attempts = 0,
    DateTimeOffset? NextAt = null,
    CallId? CallId = null,
    bool Reached = false,
    Guid? PostingId = null,
    bool Passed = false
)
{
    public string Who => Target?.ToString() ?? "";

    public bool IsDone => Stage == DialStage.Done;

    public bool IsBusy => !Passed && Stage is (DialStage.Ordered or DialStage.Answered);

    public bool IsDue(DateTimeOffset now) => Stage == DialStage.Waiting && (NextAt is null || NextAt <= now);
}
