namespace IotOrleans;

/// <summary>An expected "no". A refusal changes nothing; one place turns it into an HTTP status.</summary>
[GenerateSerializer, Alias("iot.refusal")]
public enum Refusal
{
    None,
    NotFound,
    NotAllowed,

    /// <summary>The same thing was done before; asking again is harmless.</summary>
    AlreadyDone,

    /// <summary>Something with this name exists and is different.</summary>
    Conflict,
    AnsweredElsewhere,
    Ended,
    LimitReached,

    /// <summary>The text of a request is right but names something that is not there.</summary>
    UnknownReference,
}

/// <summary>A value, or the reason why there is none.</summary>
[GenerateSerializer, Immutable, Alias("iot.answer`1")]
public readonly record struct Answer<T>(Refusal Refusal, T? Value, string? Detail = null)
{
    public static implicit operator Answer<T>(T value) => new(Refusal.None, value);

    public static implicit operator Answer<T>(Refusal refusal) => new(refusal, default);
}
