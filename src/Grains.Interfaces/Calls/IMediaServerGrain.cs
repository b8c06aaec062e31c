namespace IotOrleans.Calls;

/// <summary>One switch: how many calls a second and at once it may be given, and who goes first.</summary>
[Alias("iot.IMediaServerGrain")]
public interface IMediaServerGrain : IGrainWithStringKey
{
    /// <summary>
    /// Asks for room for one call. True: go now. False: in line; <see cref="ICallLegGrain.Proceed"/> comes when it is
    /// its turn.
    /// Asking again is harmless.
    /// </summary>
    [Alias("Admit")]
    Task<Answer<bool>> Admit(CallId call, bool lifeSafety);

    /// <summary>The same; within its class a higher priority goes first.</summary>
    [Alias("AdmitByPriority")]
    Task<Answer<bool>> Admit(CallId call, bool lifeSafety, int priority);

    /// <summary>The call is over, or was never made.</summary>
    [Alias("Release"), OneWay]
    Task Release(CallId call);

    [Alias("Look")]
    Task<MediaServerState> Look();
}

[GenerateSerializer, Immutable, Alias("iot.media-server-state")]
public sealed record MediaServerState(
    string Name,
    int Calls,
    int Waiting,
    int WaitingLifeSafety,
    int CallsPerSecond,
    int CallsMax
);
